"""What the pleno's page knows and may do, without any widget.

Every message from the page is client input: the case must exist and be one that this person may see, the actor comes
from the server, what a decision needs is checked by the store. Votes of a case leave the server once they are revealed
(`Ledger.is_revealed`) and not before; a participant's name leaves it once the reading is written down.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from workbench.apps.messages import text, unasked, whole
from workbench.apps.pleno.shown import (
    came_before_pleno,
    decision_view,
    event_view,
    list_of,
    row_view,
    vote_view,
)
from workbench.i18n import _
from workbench.records.identities import has_identities, read_identity
from workbench.review import pleno

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.review.ledger import Ledger
    from workbench.review.store import Store

__all__ = ["LISTS", "PlenoModel"]

LISTS = ("open", "conflict", "decided", "withdrawn")
MOST_PEOPLE = 99
PURPOSE = "pleno"
# Who was drawn at random is not told: such cases must be judged like any other.
HIDDEN = frozenset({"random"})
PAST = frozenset({"pleno", "decision", "withdraw"})


class PlenoModel:
    """State of the page of one person in the pleno.

    Parameters
    ----------
    store : Store
    actor, account : str
        Who sits before the page, and the account of the operating system.
    title : str
        Name of the round.
    names : tuple of str
        The people of the office; empty where no list was made, then the chair writes names.
    folder : Path, optional
        Where the identities lie; without one there are none.

    Raises
    ------
    ValueError
        When this person may not see the pleno.
    """

    def __init__(
        self,
        store: Store,
        *,
        actor: str,
        account: str,
        title: str,
        names: tuple[str, ...] = (),
        folder: Path | None = None,
    ) -> None:
        store.permissions.require(actor, "see_pleno")
        self.store, self.actor, self.account, self.title = store, actor, account, title
        self.names, self.folder = names, folder
        self.guests: list[str] = []
        self.case_id = ""
        self._stamp: tuple[object, str] = (None, "")
        self._load()

    def handle(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Do what the page asks and return what it shows next.

        Returns
        -------
        dict
            ``kind``, the token of the request, and what belongs to the kind: ``state`` with the whole view and perhaps
            a ``problem`` or a ``notice``, ``identity`` with a name, ``error`` with a sentence, ``pong`` with a stamp
            that changes when the lists do.
        """
        actions = {
            "refresh": self._refresh,
            "show": self._show,
            "find": self._find,
            "attend": self._attend,
            "bring": self._bring,
            "decide": self._decide,
            "withdraw": self._withdraw,
            "identity": self._identity,
        }
        nothing = unasked(message, actions, lambda: {"stamp": self._stamp_now()})
        if nothing is not None:
            return nothing
        replaced = self.store.run() != self._run
        if replaced:
            self._load()
        try:
            answer = {"kind": "state", **actions[text(message, "kind")](message)}
        except ValueError as problem:
            answer = {"kind": "state", "problem": str(problem)}
        if answer["kind"] == "state":
            answer |= self.view()
            if replaced:
                answer["notice"] = _("Kotak dibuat ulang oleh proses baru; daftar dimuat ulang.")
        return answer | {"token": text(message, "token")}

    def view(self) -> dict[str, Any]:
        """Return everything the page shows."""
        ledger = self.store.ledger()
        lists = self._lists(ledger)
        return {
            "actor": self.actor,
            "title": self.title,
            "quorum": self.store.quorum,
            "votes_required": max([self.store.votes_required, *self.store.votes_by_tier.values()]),
            "why_not": self._refusal(),
            "lists": lists,
            "done": len(lists["decided"]),
            "total": sum(len(lists[name]) for name in ("open", "conflict", "decided")),
            "case": self._case_view(ledger),
            "listed": bool(self.names),
            "stamp": self._stamp_of(lists),
        }

    # what the page asks for

    def _refresh(self, _message: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def _show(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self.case_id = self._known(text(message, "case_id"))
        return {}

    def _find(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self.store.permissions.require(self.actor, "pleno")
        wanted = text(message, "wanted").strip()
        found = [
            head.case_id
            for head in self._heads.values()
            if str(head.position) == wanted
            or wanted.casefold() in {head.participant_id.casefold(), head.case_id.casefold()}
        ]
        if not found:
            raise ValueError(
                _("Kasus '{wanted}' tidak ada; tulis nomor 1 sampai {last} atau nama samaran pesertanya.").format(
                    wanted=wanted[:40], last=max((head.position for head in self._heads.values()), default=0)
                )
            )
        self.case_id = found[0]
        return {}

    def _attend(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Take in the names that the chair wrote, so that the page can say beforehand who may not take part."""
        if self.names:
            raise ValueError(_("Yang hadir dipilih dari daftar people di workbench.toml."))
        self.guests = [name for name in _names(message.get("names")) if name != self.actor]
        return {}

    def _bring(self, message: Mapping[str, Any]) -> dict[str, Any]:
        case_id = self._known(text(message, "case_id"))
        seq, _new = pleno.bring_before(
            self.store,
            actor=self.actor,
            account=self.account,
            case_id=case_id,
            run=text(message, "run"),
            reason=text(message, "reason"),
            idempotency_key=text(message, "idempotency_key"),
        )
        self.case_id = case_id
        return self._acknowledged("bring", case_id, seq)

    def _decide(self, message: Mapping[str, Any]) -> dict[str, Any]:
        case_id = self._known(text(message, "case_id"))
        present = _names(message.get("present"))
        unknown = [name for name in present if self.names and name not in (*self.names, self.actor)]
        if unknown:
            raise ValueError(
                _(
                    "'{name}' tidak ada pada daftar people di workbench.toml ({known}); tambahkan nama itu dahulu."
                ).format(name=unknown[0][:40], known=", ".join(self.names))
            )
        seq, _new = pleno.decide(
            self.store,
            actor=self.actor,
            account=self.account,
            case_id=case_id,
            run=text(message, "run"),
            action=text(message, "action"),
            box=whole(message, "box"),
            reason=text(message, "reason"),
            present=present,
            dissent=_dissent(message.get("dissent")),
            idempotency_key=text(message, "idempotency_key"),
            supersedes=whole(message, "supersedes") or 0,
        )
        self._go_on(case_id)
        return self._acknowledged("decide", case_id, seq)

    def _withdraw(self, message: Mapping[str, Any]) -> dict[str, Any]:
        case_id = self._known(text(message, "case_id"))
        seq, _new = pleno.withdraw(
            self.store,
            actor=self.actor,
            account=self.account,
            case_id=case_id,
            reason=text(message, "reason"),
            idempotency_key=text(message, "idempotency_key"),
            supersedes=whole(message, "supersedes") or 0,
        )
        self._go_on(case_id)
        return self._acknowledged("withdraw", case_id, seq)

    def _identity(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Open one name: only of a case that came before the pleno, only to who needs it, and never unwritten."""
        case_id = self._known(text(message, "case_id"))
        self.store.permissions.require(self.actor, "identity")
        if not came_before_pleno(self.store.state(case_id)):
            raise ValueError(_("Nama peserta baru dapat dibuka setelah kasusnya dibawa ke pleno."))
        if self.folder is None or not has_identities(self.folder):
            raise ValueError(_("Ruang kerja ini tidak menyimpan nama dan NIP peserta."))
        head = self._heads[case_id]
        nip, name = read_identity(
            self.folder,
            head.participant_id,
            purpose=PURPOSE,
            actor=self.actor,
            account=self.account,
            case_id=case_id,
        )
        return {"kind": "identity", "case_id": case_id, "name": name, "nip": nip}

    # lists

    def _load(self) -> None:
        """Read the cases as the last complete run left them, without those kept from this person."""
        self._run = self.store.run()
        self._heads = {head.case_id: head for head in self.store.heads(actor=self.actor)}
        if self.case_id not in self._heads:
            self.case_id = ""
            self._go_on("")

    def _lists(self, ledger: Ledger) -> dict[str, list[dict[str, Any]]]:
        lists: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTS}
        states = ledger.states()
        for case_id, head in self._heads.items():
            state = states.get(case_id)
            name = "" if state is None else list_of(ledger, case_id, state)
            if state is not None and name:
                lists[name].append(row_view(head, state, ledger))
        return lists

    def _go_on(self, after: str) -> None:
        """Go to the next case that waits for the pleno: before it already, or in conflict; else stay."""
        lists = self._lists(self.store.ledger())
        waiting = [row["case_id"] for name in ("open", "conflict") for row in lists[name]]
        behind = [c for c in waiting if after in self._heads and self._heads[c].position > self._heads[after].position]
        brought = {row["case_id"] for row in lists["open"]}
        ahead = [c for c in behind if c in brought] or [c for c in waiting if c in brought] or behind or waiting
        anything = [row["case_id"] for name in LISTS for row in lists[name]]
        self.case_id = next(iter(ahead), "") or after or next(iter(anything), "")

    def _known(self, case_id: str) -> str:
        """Return a case that this person may look at: the chair any, others those on the lists."""
        known = case_id in self._heads
        if known and not self.store.permissions.may(self.actor, "pleno"):
            ledger = self.store.ledger()
            known = bool(list_of(ledger, case_id, ledger.state(case_id)))
        if not known:
            raise ValueError(_("Kasus '{case}' tidak ada pada ruang kerja ini.").format(case=case_id[:40]))
        return case_id

    def _refusal(self) -> str:
        """Return why the one who sits here may not lead the pleno; empty when they may."""
        try:
            self.store.permissions.require(self.actor, "pleno")
        except ValueError as problem:
            return str(problem)
        return ""

    def _obstacle(self, name: str, instansi: str) -> str:
        """Return why somebody may not take part in deciding a case, as the store will say it."""
        try:
            self.store.permissions.require(name, "attend")
            self.store.permissions.require_case(name, instansi)
        except ValueError as problem:
            return str(problem)
        return ""

    def _acknowledged(self, what: str, case_id: str, seq: int) -> dict[str, Any]:
        position = self._heads[case_id].position
        return {"acknowledged": seq, "acted": what, "acted_on": case_id, "acted_position": position}

    def _stamp_now(self) -> str:
        ledger = self.store.ledger()
        if self._stamp[0] != (self._run, ledger.seq):
            self._stamp = ((self._run, ledger.seq), self._stamp_of(self._lists(ledger)))
        return self._stamp[1]

    def _stamp_of(self, lists: dict[str, list[dict[str, Any]]]) -> str:
        """Return a mark of what the lists show: it tells nothing that they do not."""
        return hashlib.blake2b(repr((self._run, lists)).encode("utf-8", "replace"), digest_size=8).hexdigest()

    # the case

    def _case_view(self, ledger: Ledger) -> dict[str, Any] | None:
        case = self.store.case(self.case_id) if self.case_id in self._heads else None
        if case is None:
            return None
        revealed, state = ledger.is_revealed(case.case_id), ledger.state(case.case_id)
        came = came_before_pleno(state)
        content = {name: value for name, value in case.content.items() if name not in HIDDEN}
        return content | {
            "case_id": case.case_id,
            "run": case.run,
            "position": case.position,
            "participant": case.participant_id,
            "list": list_of(ledger, case.case_id, state) or "named",
            "closed": ledger.is_closed(case.case_id),
            "revealed": revealed,
            "votes": [vote_view(vote) for vote in state.votes] if revealed else [],
            "decision": None if state.pleno is None else decision_view(state.pleno),
            "history": self._history(case.case_id) if came or ledger.is_withdrawn(case.case_id) else [],
            "people": self._people(case.instansi),
            "identity": self._may_open(came),
        }

    def _history(self, case_id: str) -> list[dict[str, Any]]:
        return [event_view(event) for event in self.store.events(case_id) if event.kind in PAST]

    def _people(self, instansi: str) -> list[dict[str, Any]]:
        """Return who can be present, in which roles, and why not where one may not take part: for the chair alone."""
        if not self.store.permissions.may(self.actor, "pleno"):
            return []
        roles = {person.name: person.roles for person in self.store.permissions.people}
        return [
            {"name": name, "roles": list(roles.get(name, ())), "obstacle": self._obstacle(name, instansi)}
            for name in dict.fromkeys((*(self.names or (self.actor, *self.guests)), self.actor))
        ]

    def _may_open(self, came: bool) -> str:
        """Return ``may``, ``none`` where the workspace holds no names, or empty where this person needs none."""
        if not came or not self.store.permissions.may(self.actor, "identity"):
            return ""
        return "may" if self.folder is not None and has_identities(self.folder) else "none"


def _names(value: object) -> list[str]:
    """Return a list of names of a message."""
    given = value if isinstance(value, list) else []
    if len(given) > MOST_PEOPLE or not all(isinstance(name, str) for name in given):
        raise ValueError(_("Daftar yang hadir tidak dapat dibaca; muat ulang halaman."))
    return list(
        dict.fromkeys(
            " ".join(name.encode("utf-8", "replace").decode("utf-8").split()) for name in given if name.strip()
        )
    )


def _dissent(value: object) -> dict[str, str]:
    """Return who differs and why: a list of pairs in the message."""
    given = value if isinstance(value, list) else []
    pairs = [
        pair for pair in given if isinstance(pair, list) and len(pair) == 2 and all(isinstance(x, str) for x in pair)
    ]
    if len(pairs) < len(given) or len(pairs) > MOST_PEOPLE:
        raise ValueError(_("Perbedaan pendapat tidak dapat dibaca; muat ulang halaman."))
    return {name.encode("utf-8", "replace").decode("utf-8"): why for name, why in pairs}
