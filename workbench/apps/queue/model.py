"""What the queue screen knows and may do, without any widget.

Every message from the page is client input: the case must exist, the actor comes from the server, lengths and ranges
are checked by the store. A reviewer sees nobody else's votes.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from workbench.apps.messages import refusal, text, unasked, whole
from workbench.apps.queue.reference import section
from workbench.i18n import _
from workbench.review.store import is_hidden

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.apps.queue.reference import Reference
    from workbench.review.ledger import Ledger
    from workbench.review.store import Store, Vote

__all__ = ["QueueModel"]

OWN_VOTES_SHOWN = 3
# Who was drawn at random is not told: such cases must be judged like any other.
HIDDEN = frozenset({"random"})
# What tells the stated box, and what stands in its place where the box is hidden until the person's first vote: the
# probabilities and the risk point at it, the flip sentence says beside which line it lies.
WITHHELD: Mapping[str, object] = {
    "box": None,
    "box_printed": None,
    "box_source": "",
    "p": None,
    "p_pool": None,
    "risk": None,
    "flip": "",
    "follow_up": "",
}


class QueueModel:
    """State of one reviewer's page.

    Parameters
    ----------
    store : Store
    actor, account : str
        Who reviews, and the account of the operating system.
    title : str
        Name of the round.
    tiers : mapping of str to str
        Names of the tiers for people.
    reference : Reference, optional
        Explains competencies and rules when the page asks.
    """

    def __init__(
        self,
        store: Store,
        *,
        actor: str,
        account: str,
        title: str,
        tiers: Mapping[str, str] | None = None,
        reference: Reference | None = None,
    ) -> None:
        self.store, self.actor, self.account, self.title = store, actor, account, title
        self._tiers = tiers or {}
        self._reference = reference
        self.instansi = ""
        self.jenjang = ""
        self.case_id = ""
        self._load()

    def handle(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Do what the page asks and return what it shows next.

        Returns
        -------
        dict
            ``kind``, the token of the request, and what belongs to the kind: ``state`` with the whole view, ``own``
            with all own votes, ``text`` with a title and sections to read, ``error`` with a sentence, ``pong``. A
            state may bring a ``problem`` or a ``notice``.
        """
        actions = {
            "show": self._show,
            "next": self._next,
            "previous": self._previous,
            "jump": self._jump,
            "filter": self._filter,
            "vote": self._vote,
            "undo": self._undo,
            "own": self._own,
            "rule": self._rule,
            "competency": self._competency,
            "mirror": self._mirror,
        }
        nothing = unasked(message, actions)
        if nothing is not None:
            return nothing
        replaced = self.store.run() != self._run
        if replaced:
            self._load()
        try:
            answer = {"kind": "state", **actions[text(message, "kind")](message)}
        except ValueError as problem:
            if not replaced:
                return refusal(message, str(problem))
            answer = {"kind": "state", "problem": str(problem)}
        if answer["kind"] == "state":
            answer |= self.view()
            if replaced:
                answer["notice"] = _("Kotak dibuat ulang oleh proses baru; antrean dimuat ulang.")
        return answer | {"token": text(message, "token")}

    def view(self) -> dict[str, Any]:
        """Return everything the page shows."""
        ledger = self.store.ledger()
        own = ledger.own(self.actor)
        case = self.store.case(self.case_id, known=True) if self.case_id else None
        if case is not None and ledger.required(case.case_id) > 1 and not _is_done(ledger, self.actor, self.case_id):
            with suppress(ValueError):  # who may not vote on it looks on
                self.store.claim(actor=self.actor, case_id=self.case_id)
        latest = sorted(own.values(), key=lambda vote: -vote.seq)[:OWN_VOTES_SHOWN]
        shown = None
        if case is not None:
            content = {name: value for name, value in case.content.items() if name not in HIDDEN}
            content["hidden"] = is_hidden(ledger, case, self.actor)
            if content["hidden"]:
                content |= WITHHELD
            shown = {
                "case_id": case.case_id,
                "run": case.run,
                "position": case.position,
                "participant": case.participant_id,
                **content,
            }
        return {
            "actor": self.actor,
            "title": self.title,
            "case": shown,
            "vote": self._vote_view(own[self.case_id]) if self.case_id in own else None,
            **_closing(ledger, self.case_id),
            "done": sum(_is_done(ledger, self.actor, case_id) for case_id in self._ids),
            "total": len(self._ids),
            "last": max(self._position.values(), default=0),
            "filters": {
                "instansi": [[name, name] for name in self._filters[0]],
                "jenjang": [[key, self._tiers.get(key, key)] for key in self._filters[1]],
                "chosen": [self.instansi, self.jenjang],
            },
            "own": [self._vote_view(vote) for vote in latest],
            "own_total": len(own),
        }

    def _load(self) -> None:
        """Read the queue as the last complete run left it."""
        self._run = self.store.run()
        self._filters = self.store.filters()
        self._position = dict(self.store.case_heads(actor=self.actor, known=True))
        if self.instansi not in ("", *self._filters[0]) or self.jenjang not in ("", *self._filters[1]):
            self.instansi = self.jenjang = ""
        self._choose(self.instansi, self.jenjang)
        if self.case_id not in self._ids:
            self.case_id = self._next_open()

    def _choose(self, instansi: str, jenjang: str) -> None:
        self.instansi, self.jenjang = instansi, jenjang
        heads = self.store.case_heads(instansi=instansi, jenjang=jenjang, actor=self.actor, known=True)
        self._ids = [case_id for case_id, _position in heads]

    def _tail(self, ledger: Ledger) -> list[str]:
        """Return the cases that this reviewer postponed, the earliest first: they come last in the queue."""
        mine = [vote for vote in ledger.own(self.actor).values() if vote.action == "postpone"]
        here = set(self._ids)
        return [v.case_id for v in sorted(mine, key=lambda vote: vote.seq) if v.case_id in here]

    def _next_open(self, after: str = "") -> str:
        """Return the first case without a vote behind a case or from the start, then the postponed, then any.

        A case of which others look at every vote slot comes up again when one of them lets go.
        """
        ledger = self.store.ledger()
        start = self._ids.index(after) + 1 if after in self._ids else 0
        taken = self.store.taken(self.actor)
        tail = [c for c in self._tail(ledger) if c not in taken and not _is_over(ledger, c)]
        skip = taken.union(tail)
        ahead = [*self._ids[start:], *self._ids[:start]]
        fresh = (c for c in ahead if c not in skip and not _is_done(ledger, self.actor, c))
        return next(fresh, "") or next(iter(tail), "") or after or next(iter(self._ids), "")

    def _show(self, message: Mapping[str, Any]) -> dict[str, Any]:
        wanted = text(message, "case_id")
        if wanted not in self._position:
            raise ValueError(_("Kasus '{case}' tidak ada pada ruang kerja ini.").format(case=wanted[:40]))
        if wanted not in self._ids:
            self._choose("", "")
        self.case_id = wanted
        return {}

    def _step(self, by: int) -> dict[str, Any]:
        tail = self._tail(self.store.ledger())
        skip = set(tail)
        order = [*(case_id for case_id in self._ids if case_id not in skip), *tail]
        if self.case_id in order:
            self.case_id = order[(order.index(self.case_id) + by) % len(order)]
        return {}

    def _next(self, _message: Mapping[str, Any]) -> dict[str, Any]:
        return self._step(1)

    def _previous(self, _message: Mapping[str, Any]) -> dict[str, Any]:
        return self._step(-1)

    def _jump(self, message: Mapping[str, Any]) -> dict[str, Any]:
        number = whole(message, "number")
        found = next((case_id for case_id, position in self._position.items() if position == number), "")
        if not found:
            raise ValueError(
                _("Kasus nomor {number} tidak ada; antrean ini berisi nomor 1 sampai {last}.").format(
                    number=str(message.get("number"))[:12], last=max(self._position.values(), default=0)
                )
            )
        return self._show({"case_id": found})

    def _filter(self, message: Mapping[str, Any]) -> dict[str, Any]:
        instansi, jenjang = text(message, "instansi"), text(message, "jenjang")
        if instansi not in ("", *self._filters[0]) or jenjang not in ("", *self._filters[1]):
            raise ValueError(_("Saringan itu tidak dikenal."))
        if not self.store.case_heads(instansi=instansi, jenjang=jenjang, actor=self.actor, known=True):
            raise ValueError(_("Tidak ada kasus dengan saringan itu."))
        self._choose(instansi, jenjang)
        self.case_id = self._next_open()
        return {}

    def _vote(self, message: Mapping[str, Any]) -> dict[str, Any]:
        case_id = text(message, "case_id")
        seq, new = self.store.submit(
            actor=self.actor,
            account=self.account,
            case_id=case_id,
            run=text(message, "run"),
            action=text(message, "action"),
            box=whole(message, "box"),
            reason_code=text(message, "reason_code"),
            reason=text(message, "reason"),
            confidence=whole(message, "confidence") or 0,
            idempotency_key=text(message, "idempotency_key"),
        )
        self.case_id = self._next_open(case_id)
        case = self.store.case(case_id, known=True)
        # Told now where it was hidden before; postponing is no vote on the outcome and tells nothing.
        told = case is not None and not is_hidden(self.store.ledger(), case, self.actor)
        return {
            "acknowledged": seq,
            "voted": self._position.get(case_id),
            "voted_case": case_id,
            "stated": case.content.get("box") if case is not None and told else None,
            "repeated": not new,
        }

    def _undo(self, message: Mapping[str, Any]) -> dict[str, Any]:
        case_id, seq = text(message, "case_id"), whole(message, "seq") or 0
        vote = self.store.ledger().own(self.actor).get(case_id)
        self.store.undo(
            actor=self.actor,
            account=self.account,
            case_id=case_id,
            seq=seq,
            idempotency_key=text(message, "idempotency_key"),
        )
        self._show({"case_id": case_id})
        return {"undone": self._position[case_id], "withdrawn": None if vote is None else self._vote_view(vote)}

    def _own(self, _message: Mapping[str, Any]) -> dict[str, Any]:
        votes = sorted(self.store.ledger().own(self.actor).values(), key=lambda vote: -vote.seq)
        return {"kind": "own", "votes": [self._vote_view(vote) for vote in votes]}

    def _rule(self, message: Mapping[str, Any]) -> dict[str, Any]:
        return {"kind": "text", **self._explains().rule(text(message, "topic"))}

    def _competency(self, message: Mapping[str, Any]) -> dict[str, Any]:
        case = self.store.required_case(self.case_id, known=True)
        return {"kind": "text", **self._explains().competency(case, text(message, "title"))}

    def _explains(self) -> Reference:
        if self._reference is None:
            raise ValueError(_("Penjelasan tidak tersedia pada halaman ini."))
        return self._reference

    def _mirror(self, _message: Mapping[str, Any]) -> dict[str, Any]:
        """Return what this reviewer's own votes show, to nobody else."""
        from workbench.analysis.review_findings import private_mirror  # not needed to open a page

        found = private_mirror(self.store, self.actor)
        sections = [
            section(
                finding.title,
                finding.sentence,
                tuple(finding.columns),
                [list(map(str, row)) for row in finding.rows],
                finding.caution,
            )
            for finding in found
        ]
        if not sections:
            sections = [section("", _("Belum ada yang dapat dikatakan tentang suara Anda; lanjutkan menelaah."))]
        return {"kind": "text", "title": _("Cermin saya"), "sections": sections}

    def _vote_view(self, vote: Vote) -> dict[str, Any]:
        return {
            "seq": vote.seq,
            "case_id": vote.case_id,
            "position": self._position.get(vote.case_id),
            "action": vote.action,
            "box": vote.box,
            "reason_code": vote.reason_code,
            "reason": vote.reason,
            "confidence": vote.confidence,
            "at_utc": vote.at_utc,
        }


def _is_done(ledger: Ledger, actor: str, case_id: str) -> bool:
    vote = ledger.own(actor).get(case_id)
    return _is_over(ledger, case_id) or (vote is not None and vote.action != "postpone")


def _closing(ledger: Ledger, case_id: str) -> dict[str, Any]:
    """Return whether nobody may vote on a case any more, and why, before somebody writes a reason for nothing."""
    why = ""
    if ledger.is_closed(case_id):
        why = _("Kasus ini sudah masuk berita acara dan tidak dapat diubah.")
    elif ledger.is_withdrawn(case_id):
        why = _("Kasus ini sudah ditarik dari telaah.")
    elif ledger.is_fixed(case_id):
        why = _("Pemungutan suara atas kasus ini sudah selesai; kasus dibawa ke pleno.")
    elif _is_over(ledger, case_id):
        why = _("Semua suara atas kasus ini sudah masuk dan tidak dapat diubah lagi.")
    return {"closed": bool(why), "closed_because": why}


def _is_over(ledger: Ledger, case_id: str) -> bool:
    """Return whether nobody may vote on a case any more."""
    return ledger.is_fixed(case_id) or (ledger.required(case_id) > 1 and ledger.is_complete(case_id))
