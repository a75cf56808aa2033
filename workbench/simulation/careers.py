"""What posts ask for, which are vacant, and the training that the professionalism index counts; all of it assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.simulation.designs import load_posts

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["fields_of", "make_development", "make_posts", "make_vacancies"]


def fields_of(jabatan: str) -> list[str]:
    """Return the fields of study that a post accepts, the technical one first; none where it accepts any."""
    by_start: dict[str, list[str]] = load_posts()["requirement"]["fields"]
    fitting = [start for start in by_start if jabatan.startswith(start)]
    return by_start[max(fitting, key=len)] if fitting else []


def make_posts() -> pd.DataFrame:
    """Return what every post asks for: ``jabatan``, ``field``, ``education_level``, ``years_in_tier``."""
    posts = load_posts()
    asked = posts["requirement"]
    rows: list[dict[str, Any]] = []
    for tier, entry in posts["post"].items():
        for name in entry["names"]:
            accepted = fields_of(name)
            rows.append(
                {
                    "jabatan": name,
                    "field": "|".join(accepted) if accepted else None,
                    "education_level": asked["education"].get(tier),
                    "years_in_tier": asked["years"].get(tier, np.nan),
                }
            )
    return pd.DataFrame(rows)


def make_vacancies(participants: pd.DataFrame, streams: Callable[..., np.random.Generator]) -> pd.DataFrame:
    """Return vacant posts: like posts that somebody of the round holds.

    Parameters
    ----------
    participants : pandas.DataFrame
    streams : callable
        Returns the generator of a named concern.

    Returns
    -------
    pandas.DataFrame
        ``vacancy``, ``instansi``, ``unit``, ``jabatan``, ``jenjang``, ``position``, ``openings``.
    """
    asked = load_posts()["requirement"]["vacant"]
    likely = participants[participants["jenjang"].isin(asked["tiers"])]
    wanted = int(np.clip(round(asked["share"] * len(participants)), asked["fewest"], asked["most"]))
    random = streams("vacancies")
    chosen = likely.iloc[np.sort(random.permutation(len(likely))[:wanted])]
    columns = chosen[["instansi", "unit", "jabatan", "jenjang", "position"]].reset_index(drop=True)
    codes = [f"L{number:03d}" for number in range(1, len(columns) + 1)]
    return columns.assign(vacancy=codes, openings=1)[["vacancy", *columns.columns, "openings"]]


def make_development(nip: pd.Series, streams: Callable[..., np.random.Generator]) -> pd.DataFrame:
    """Return who has had the training that the professionalism index counts; a few people have no record."""
    shares = dict(load_posts()["requirement"]["development"])
    known = shares.pop("known")
    uniform = streams("development").random((len(shares) + 1, len(nip)))
    frame = pd.DataFrame({"nip": nip, **{name: uniform[i] < share for i, (name, share) in enumerate(shares.items())}})
    return frame[uniform[-1] < known].reset_index(drop=True)
