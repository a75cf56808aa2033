"""A policy whose components come as points that somebody else has computed: weights, cuts and boxes stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.policy.models import Component, Policy

__all__ = ["with_points_received"]


def with_points_received(policy: Policy, headings: Mapping[str, str]) -> Policy:
    """Return the policy with every component read as points, 0 to 100, from the column of its heading.

    Parameters
    ----------
    policy : Policy
    headings : mapping of str to str
        Key of the component that each heading holds the points of.

    Raises
    ------
    ValueError
        When the sheet lacks a component of the policy, or holds one that the policy does not know.
    """
    heading_of = {key: heading for heading, key in headings.items()}
    keys = [part.key for part in (*policy.potensial, *policy.kinerja)]
    strange = [key for key in keys if key not in heading_of] or [key for key in heading_of if key not in keys]
    if strange:
        raise ValueError(
            _(
                "Lembar komponen tidak cocok dengan kebijakan {policy}: komponen '{key}' hanya ada pada salah satunya; "
                "pakai kebijakan dengan komponen lembar itu, misalnya kepka-bkn-411-2025."
            ).format(policy=policy.key, key=strange[0])
        )

    def received(part: Component) -> Component:
        return part.model_copy(
            update={
                "measured_by": heading_of[part.key],
                "scales": "",
                "points": {},
                "steps": (),
                "value_source": _("Lembar komponen sebagaimana diterima"),
                "value_verified": "no",
            }
        )

    # The sheet has points where the policy's own reading may have names; their error is not known from it.
    axis = policy.kinerja_axis.model_copy(update={"value": "numeric"})
    error = policy.kinerja_error.model_copy(
        update={"value": "none", "confusion": {}, "reliability": None, "mean": None, "sd": None}
    )
    return policy.model_copy(
        update={
            "potensial": tuple(map(received, policy.potensial)),
            "kinerja": tuple(map(received, policy.kinerja)),
            "kinerja_axis": axis,
            "kinerja_error": error,
        }
    )
