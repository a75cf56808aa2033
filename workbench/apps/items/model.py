"""What the item page knows and may do, without any widget.

Every message from the page is client input: the item must exist, the actor comes from the server, what a decision needs
is checked by the store. Decisions on items are not blind: who decided what, and why, is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.apps.messages import refusal, text, unasked, whole
from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.apps.items.changed import Lists
    from workbench.review.items import Item, ItemDecision, ItemStore

__all__ = ["ItemsModel"]


class ItemsModel:
    """State of one psychometrician's page.

    Parameters
    ----------
    store : ItemStore
    actor, account : str
        Who decides, and the account of the operating system.
    title : str
        Name of the round.
    lists : Lists
        Who gets another box if an item changes.
    """

    def __init__(self, store: ItemStore, *, actor: str, account: str, title: str, lists: Lists) -> None:
        self.store, self.actor, self.account, self.title, self.lists = store, actor, account, title, lists
        self._load()
        self.current = next(iter(self._items), None)

    def handle(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Do what the page asks and return what it shows next.

        Returns
        -------
        dict
            ``kind``, the token of the request, and what belongs to the kind: ``state`` with the whole view, ``item``
            with one card, its row in the list and what was done, ``changed`` with the list of those who get another
            box or how far it is, ``error`` with a sentence, ``pong``.
        """
        actions = {"refresh": self._refresh, "show": self._show, "decide": self._decide, "withdraw": self._withdraw}
        kind, token = text(message, "kind"), text(message, "token")
        nothing = unasked(message, (*actions, "changed"))
        if nothing is not None:
            return nothing
        if kind == "changed":
            return {"kind": "changed", "token": token, **self._changed(message)}
        replaced = self.store.runs() != self._runs
        if replaced:
            self._load()
        try:
            answer = {**actions[kind](message), "token": token}
        except ValueError as problem:
            if not replaced:
                return refusal(message, str(problem))
            answer = {"problem": str(problem), "token": token}
        if replaced or kind == "refresh":
            if replaced:
                answer.setdefault("notice", _("Kartu butir dibuat ulang oleh proses baru; daftar dimuat ulang."))
            return {"kind": "state", **self.view(), **answer}
        return {"kind": "item", **self._current_view(), **answer}

    def view(self) -> dict[str, Any]:
        """Return everything the page shows."""
        decisions = self.store.decisions()
        return {
            "actor": self.actor,
            "title": self.title,
            "list": [self._row(item, decisions.get(name)) for name, item in self._items.items()],
            **self._current_view(),
        }

    def _current_view(self) -> dict[str, Any]:
        """Return the card before the reader, its row in the list, and how far the list is."""
        decisions = self.store.decisions()
        done = sum(name in decisions for name in self._items)
        item = self.store.item(*self.current) if self.current else None
        if item is None or self.current is None:
            return {"item": None, "row": None, "done": done, "total": len(self._items)}
        history = self.store.history(*self.current)
        in_force = decisions.get(self.current)
        return {
            "item": {
                "run": item.run,
                **item.content,
                "html": item.html,
                "decision": None if in_force is None else self._decision(in_force, item),
                "history": [self._decision(given, item) for given in reversed(history) if given != in_force],
            },
            "row": self._row(self._items[self.current], in_force),
            "done": done,
            "total": len(self._items),
        }

    def _load(self) -> None:
        """Read the list as the last complete run left it."""
        self._runs = self.store.runs()
        self._items = {(item.instrument, item.item_id): item for item in self.store.items()}
        if getattr(self, "current", None) not in self._items:
            self.current = next(iter(self._items), None)

    def _row(self, item: Item, decision: ItemDecision | None) -> dict[str, Any]:
        return {
            "instrument": item.instrument,
            "item_id": item.item_id,
            "position": item.position,
            **{name: item.content[name] for name in ("instrument_title", "scale", "scale_title", "recommendation")},
            "flagged": bool(item.content["flag"]),
            "decision": "" if decision is None else decision.action,
        }

    def _decision(self, decision: ItemDecision, item: Item) -> dict[str, Any]:
        return {
            "seq": decision.seq,
            "actor": decision.actor,
            "own": decision.actor == self.actor,
            "at_utc": decision.at_utc,
            "action": decision.action,
            "option": decision.option,
            "reason": decision.reason,
            "earlier_run": decision.run != item.run,
        }

    def _refresh(self, _message: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def _show(self, message: Mapping[str, Any]) -> dict[str, Any]:
        name = text(message, "instrument"), text(message, "item_id")
        if name not in self._items:
            raise ValueError(_("Butir '{item}' tidak ada pada ruang kerja ini.").format(item=name[1][:40]))
        self.current = name
        return {}

    def _decide(self, message: Mapping[str, Any]) -> dict[str, Any]:
        seq, new = self.store.decide(
            actor=self.actor,
            account=self.account,
            action=text(message, "action"),
            option=text(message, "option"),
            reason=text(message, "reason"),
            run=text(message, "run"),
            idempotency_key=text(message, "idempotency_key"),
            instrument=text(message, "instrument"),
            item_id=text(message, "item_id"),
        )
        self._show(message)
        return {"acknowledged": seq, "repeated": not new}

    def _changed(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Answer who gets another box; the page asks again while the list is being counted."""
        question = {name: text(message, name) for name in ("instrument", "item_id", "action", "option")}
        try:
            self.store.permissions.require(self.actor, "items")
            if (question["instrument"], question["item_id"]) not in self._items:
                raise ValueError(
                    _("Butir '{item}' tidak ada pada ruang kerja ini.").format(item=question["item_id"][:40])
                )
            answer = self.lists.ask(question["item_id"], question["action"], question["option"])
        except ValueError as problem:
            answer = {"state": "refused", "sentence": str(problem)}
        return {"question": question, **answer}

    def _withdraw(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self.store.withdraw(
            actor=self.actor,
            account=self.account,
            instrument=text(message, "instrument"),
            item_id=text(message, "item_id"),
            seq=whole(message, "seq") or 0,
            idempotency_key=text(message, "idempotency_key"),
        )
        self._show(message)
        return {"withdrawn": whole(message, "seq")}
