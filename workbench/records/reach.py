"""How far the chain can go with the tables that a round has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["chain_end"]


def chain_end(
    tables: Collection[str], answers: Mapping[str, int], needed: Sequence[str] = (), minimum: int = 0
) -> tuple[str, str]:
    """Return the last stage that the data allow, and the sentence that says why.

    Parameters
    ----------
    tables : collection of str
        Names of the input tables that were given.
    answers : mapping of str to int
        Scales that the responses measure, and how many people answered each.
    needed : sequence of str
        Scales without which the policy places nobody.
    minimum : int
        People that a scale needs to be scored on the round's own calibration; 0 where a bank scores it.

    Returns
    -------
    stage, sentence : str
        Both empty where the whole chain can run.
    """
    fewest = min(answers, key=lambda scale: answers[scale])
    if answers[fewest] < minimum:
        return "items", _(
            "Tanpa bank butir, tiap skala memerlukan jawaban sedikitnya {minimum} orang, sedangkan skala {scale} "
            "dijawab {n} orang, sehingga skor tidak dihitung dan rangkaian berakhir pada analisis butir."
        ).format(minimum=minimum, scale=fewest, n=answers[fewest])
    if "performance" not in tables:
        return "scores", _(
            "Data ini tanpa catatan kinerja (tabel performance), sehingga kotak talenta tidak dihitung dan rangkaian "
            "berakhir pada validasi skor."
        )
    lacking = [scale for scale in needed if scale not in answers]
    if lacking:
        return "scores", _(
            "Tes putaran ini tidak mengukur {n} dari {all} skala yang diperlukan kebijakan (mulai {first}), sehingga "
            "kotak talenta tidak dihitung dan rangkaian berakhir pada validasi skor."
        ).format(n=len(lacking), all=len(needed), first=lacking[0])
    return "", ""
