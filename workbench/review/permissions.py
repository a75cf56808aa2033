"""Who may do what in the review: roles, scopes, and cases that are not given to a person.

Imported by the kernel of the review page, which must be usable in a few seconds: nothing here may import NumPy, pandas
or pandera before a table of conflicts is there to be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.settings import Person, Role
    from workbench.workspace import Workspace

__all__ = ["EVERYBODY", "Described", "Permissions"]

CONFLICTS = "conflicts"
_MAY: Mapping[str, tuple[Role, ...]] = {
    "vote": ("assessor",),
    "items": ("psychometrician",),
    "pleno": ("chair",),
    "minutes": ("chair", "secretary"),
    "see_pleno": ("chair", "secretary", "observer", "assessor"),
    "attend": ("chair", "secretary", "assessor", "psychometrician"),
    "see_talent": ("chair", "secretary", "observer"),
    "see_progress": ("chair", "secretary", "observer", "administrator"),
    "identity": ("chair", "secretary"),
    "keep": ("administrator",),
}


@dataclass(frozen=True)
class Described:
    """What is declared of one person, in words.

    Attributes
    ----------
    name : str
        As on the list; folded to small letters where only the table of conflicts knows the person.
    roles, may : tuple of str
        Roles, and what they allow; both empty for those who only look on, or who are not on the list.
    instansi : str
        Where the person works, or empty.
    scope : tuple of str
        Instansi whose cases are given to them; empty: all.
    conflicts : tuple of str
        Instansi whose cases are not, folded to small letters.
    """

    name: str
    roles: tuple[str, ...]
    may: tuple[str, ...]
    instansi: str
    scope: tuple[str, ...]
    conflicts: tuple[str, ...]


@dataclass(frozen=True)
class Permissions:
    """What the workspace's list of people and its table of conflicts allow.

    Attributes
    ----------
    people : tuple of Person
        Empty: everybody may do everything, as long as no conflict is declared.
    conflicts : frozenset of (str, str)
        Person and instansi, folded to small letters.
    own_instansi : bool
        Whether people may review cases of their own instansi.
    """

    people: tuple[Person, ...] = ()
    conflicts: frozenset[tuple[str, str]] = frozenset()
    own_instansi: bool = False

    @classmethod
    def of(cls, workspace: Workspace) -> Permissions:
        """Return what the settings and the tables of a workspace allow."""
        settings = workspace.settings
        return cls(settings.persons, _declared(workspace), settings.own_instansi)

    def require(self, actor: str, action: str) -> None:
        """Refuse what a person's roles do not allow.

        Parameters
        ----------
        actor : str
        action : str
            ``vote``, ``items``, ``pleno``, ``minutes``, ``see_pleno``, ``attend`` (count among those who decide in the
            pleno), ``see_talent``, ``see_progress``, ``identity`` or ``keep``.

        Raises
        ------
        ValueError
            When the person is not on the list, or has none of the roles that it takes.
        """
        if not self.people:
            return
        person = self._person(actor)
        if person is None:
            raise ValueError(
                _("{name} tidak ada pada daftar people di workbench.toml; tambahkan dengan perannya.").format(
                    name=actor
                )
            )
        if not self.may(actor, action):
            raise ValueError(
                _("Peran {name} ({roles}) tidak boleh {what}; yang boleh: {allowed}.").format(
                    name=actor,
                    roles=", ".join(_title(role) for role in person.roles) or _("belum diberi"),
                    what=_action(action),
                    allowed=", ".join(_title(role) for role in _MAY[action]),
                )
            )

    def may(self, actor: str, action: str) -> bool:
        """Return whether a person's roles allow an action; see `require`."""
        person = self._person(actor)
        return not self.people or (person is not None and bool(set(person.roles) & set(_MAY[action])))

    def role_for(self, actor: str, action: str, otherwise: Role) -> Role:
        """Return in which role a person does something; `otherwise` where no roles are listed."""
        person = self._person(actor)
        held = () if person is None else person.roles
        return next((role for role in _MAY[action] if role in held), otherwise)

    def described(self) -> tuple[Described, ...]:
        """Return everybody who is on the list or has a declared conflict, with what they may do, in words."""
        of_conflict: dict[str, list[str]] = {}
        for who, where in sorted(self.conflicts):
            of_conflict.setdefault(who, []).append(where)
        listed = [
            Described(
                person.name,
                tuple(_title(role) for role in person.roles),
                tuple(_action(what) for what, roles in _MAY.items() if set(person.roles) & set(roles)),
                person.instansi,
                person.scope,
                tuple(of_conflict.pop(person.name.strip().casefold(), ())),
            )
            for person in self.people
        ]
        return (*listed, *(Described(who, (), (), "", (), tuple(where)) for who, where in of_conflict.items()))

    def may_have(self, actor: str, instansi: str) -> bool:
        """Return whether cases of an instansi are given to a person."""
        return not self._obstacle(actor, instansi)

    def require_case(self, actor: str, instansi: str) -> None:
        """Refuse a case that is not given to a person.

        Raises
        ------
        ValueError
            Own instansi, a declared conflict, or outside the person's scope.
        """
        obstacle = self._obstacle(actor, instansi)
        if obstacle:
            raise ValueError(obstacle)

    def _obstacle(self, actor: str, instansi: str) -> str:
        """Return why cases of an instansi are not given to a person, or an empty text."""
        where = instansi.strip().casefold()
        if (actor.strip().casefold(), where) in self.conflicts:
            return _(
                "{name} punya benturan kepentingan dengan {instansi}; serahkan kasus ini kepada orang lain."
            ).format(name=actor, instansi=instansi)
        person = self._person(actor)
        if person is None:
            return ""
        own = person.instansi.strip().casefold()
        if own and own == where and not self.own_instansi:
            return _("Kasus ini dari instansi {name} sendiri ({instansi}); serahkan kepada orang lain.").format(
                name=actor, instansi=instansi
            )
        if person.scope and where not in {name.strip().casefold() for name in person.scope}:
            return _("Kasus {instansi} tidak termasuk bagian {name}; serahkan kepada orang lain.").format(
                name=actor, instansi=instansi
            )
        return ""

    def _person(self, actor: str) -> Person | None:
        return next((person for person in self.people if person.name == actor), None)


EVERYBODY = Permissions()


def _declared(workspace: Workspace) -> frozenset[tuple[str, str]]:
    path = workspace.table_path(CONFLICTS)
    if not path.is_file():
        return frozenset()
    from pyarrow import parquet

    rows = parquet.read_table(path, columns=["assessor", "instansi"]).to_pylist()
    return frozenset((row["assessor"].strip().casefold(), row["instansi"].strip().casefold()) for row in rows)


def _title(role: Role) -> str:
    return {
        "assessor": _("asesor"),
        "psychometrician": _("psikometrisi"),
        "chair": _("ketua"),
        "secretary": _("sekretaris"),
        "observer": _("pengamat"),
        "administrator": _("pengelola"),
    }[role]


def _action(action: str) -> str:
    return {
        "vote": _("memberi suara"),
        "items": _("memutuskan butir"),
        "pleno": _("memimpin pleno"),
        "minutes": _("membuat berita acara"),
        "see_pleno": _("membuka pleno"),
        "attend": _("ikut memutuskan dalam pleno"),
        "see_talent": _("membuka penjelajah talenta"),
        "see_progress": _("membuka halaman ketua"),
        "identity": _("membaca nama dan NIP peserta"),
        "keep": _("mengelola catatan telaah"),
    }[action]
