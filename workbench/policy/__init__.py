"""Regulations as data: each rule is a TOML table with its source and how sure it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from workbench.i18n import _
from workbench.policy.explanation import describe, explain, kinerja_label, kinerja_sentence, marks, rules
from workbench.policy.ip_asn import IpAsn, describe_ip_asn, list_ip_asn, load_ip_asn
from workbench.policy.kamus import KAMUS_FILE, Kamus, load_kamus
from workbench.policy.models import (
    BoxGrid,
    CategoryScale,
    Competencies,
    Component,
    InstrumentSpec,
    ItemRules,
    KinerjaError,
    Policy,
)
from workbench.policy.points_received import with_points_received
from workbench.policy.reading import DATA, checked, read_toml
from workbench.policy.talent_rules import (
    TalentRules,
    describe_talent_rules,
    explain_talent_rules,
    load_talent_rules,
)

__all__ = [
    "KAMUS_FILE",
    "BoxGrid",
    "CategoryScale",
    "Competencies",
    "Component",
    "InstrumentSpec",
    "IpAsn",
    "ItemRules",
    "Kamus",
    "KinerjaError",
    "Policy",
    "TalentRules",
    "describe",
    "describe_ip_asn",
    "describe_rules",
    "describe_talent_rules",
    "explain",
    "explain_talent_rules",
    "kinerja_label",
    "kinerja_sentence",
    "list_ip_asn",
    "list_item_rules",
    "list_policies",
    "load_competencies",
    "load_instruments",
    "load_ip_asn",
    "load_item_rules",
    "load_kamus",
    "load_policy",
    "load_talent_rules",
    "marks",
    "policy_key",
    "policy_path",
    "rules",
    "scale_titles",
    "with_points_received",
]


def list_policies() -> tuple[str, ...]:
    """Return the keys of the policies that come with the package."""
    return tuple(sorted(path.stem for path in (DATA / "policies").glob("*.toml")))


def policy_path(key: str | Path) -> Path:
    """Return the file of a policy, by key or by path.

    Raises
    ------
    ValueError
        When there is none.
    """
    path = Path(key) if str(key).endswith(".toml") else DATA / "policies" / f"{key}.toml"
    if not path.is_file():
        raise ValueError(
            _("Kebijakan '{key}' tidak ada; yang tersedia: {known}, atau sebut berkas .toml sendiri.").format(
                key=key, known=", ".join(list_policies())
            )
        )
    return path


def policy_key(named: str) -> str:
    """Return how settings name a policy: a key as it is, a file by its whole path, whatever folder a run starts in."""
    return str(Path(named).resolve()) if named.endswith(".toml") else named


@cache
def load_instruments() -> dict[str, InstrumentSpec]:
    """Return every instrument by key."""
    files = sorted((DATA / "instruments").glob("*.toml"))
    return {path.stem: checked(InstrumentSpec, read_toml(path), path.name) for path in files}


def scale_titles() -> dict[str, str]:
    """Return the title of every scale that the instruments know."""
    return {scale.key: scale.title for instrument in load_instruments().values() for scale in instrument.scales}


@cache
def load_competencies() -> Competencies:
    """Return the competency standard (PermenPANRB 38/2017)."""
    return checked(Competencies, read_toml(DATA / "competencies.toml"), "competencies.toml")


def list_item_rules() -> tuple[str, ...]:
    """Return the keys of the rule sets for items that come with the package."""
    return tuple(sorted(path.stem for path in (DATA / "item_rules").glob("*.toml")))


def load_item_rules(name: str) -> ItemRules:
    """Return a named set of limits for items.

    Raises
    ------
    ValueError
        When there is none of that name.
    """
    path = DATA / "item_rules" / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(list_item_rules())
        raise ValueError(_("Aturan butir '{name}' tidak ada; yang tersedia: {known}.").format(name=name, known=known))
    return checked(ItemRules, read_toml(path), path.name)


def load_policy(key: str | Path) -> Policy:
    """Return a policy by key, or an instansi's own from a TOML file.

    A file says at least what the shipped ones say; it may give its own ``boxes`` and ``categories`` tables, and takes
    the common ones otherwise.

    Raises
    ------
    ValueError
        When there is none, or it contradicts itself: one sentence with file and field.
    """
    path = policy_path(key)
    content = {"boxes": read_toml(DATA / "boxes.toml"), **read_toml(path)}
    jpm = content.get("jpm")
    if "categories" not in content and isinstance(jpm, dict):
        # The purpose chooses the scale of categories; an unknown purpose is refused by the policy itself.
        scales = read_toml(DATA / "jpm_categories.toml")
        content["categories"] = scales.get(str(jpm.get("purpose")), next(iter(scales.values())))
    return checked(
        Policy,
        {**content, "competencies": load_competencies(), "instruments": load_instruments()},
        path.name,
    )


def describe_rules(key: str) -> str:
    """Return the rules of a key as a text for a terminal: a policy, a version of IP ASN, or ``talent``.

    Parameters
    ----------
    key : str
        A key, or the path of a TOML file of one's own (policy or IP ASN).

    Raises
    ------
    ValueError
        When there is none, or it contradicts itself.
    """
    if key == "talent":
        return describe_talent_rules(load_talent_rules())
    own = key.endswith(".toml") and Path(key).is_file() and "dimensions" in read_toml(Path(key))
    if own or (DATA / "ip_asn" / f"{key}.toml").is_file():
        return describe_ip_asn(load_ip_asn(key))
    return describe(load_policy(key))
