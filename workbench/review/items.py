"""Items before a psychometrician, and what was decided about them, in the same append-only log as the votes.

Imported by the kernel of the item page, which must be usable in a few seconds: nothing here may import NumPy, pandas or
pandera.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from workbench.i18n import _
from workbench.review import log
from workbench.review.ledger import ITEM_DECISION, ITEM_UNDO
from workbench.review.permissions import EVERYBODY, Permissions
from workbench.review.schema import items_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from workbench.review.log import Event

__all__ = ["ACTIONS", "DOUBLE_KEY", "DROP", "KEEP", "REKEY", "Item", "ItemDecision", "ItemStore"]

KEEP, REVISE, REKEY, DOUBLE_KEY, DROP = "keep", "revise", "rekey", "double_key", "drop"
ACTIONS = (KEEP, REVISE, REKEY, DOUBLE_KEY, DROP)
_KEYED = (REKEY, DOUBLE_KEY)  # what names an option
ROLE = "psychometrician"
LONGEST_REASON = 2000
Name = tuple[str, str]  # instrument and item


@dataclass(frozen=True)
class Item:
    """One item as prepared by the run.

    Attributes
    ----------
    instrument, item_id, run : str
    position : int
        Place in the list, from 1.
    content : dict
        What the list and the form show: titles, forms, recommendation, reason, flag, options, key and proposed key.
    html : str
        The card, a fragment that the analysis wrote; empty where it was not read.
    """

    instrument: str
    item_id: str
    run: str
    position: int
    content: dict[str, Any]
    html: str = ""


@dataclass(frozen=True)
class ItemDecision:
    """One decision on an item.

    Attributes
    ----------
    seq : int
        Number of its event.
    instrument, item_id, actor, at_utc : str
    action : str
        One of `ACTIONS`.
    option : str
        With ``rekey`` the new key, with ``double_key`` the option that is right besides the key; empty otherwise.
    reason : str
    run : str
        The run whose card was looked at.
    key : str
        The key on that card; ``A|C`` where several options were right.
    """

    seq: int
    instrument: str
    item_id: str
    actor: str
    at_utc: str
    action: str
    option: str
    reason: str
    run: str
    key: str = ""

    @property
    def right(self) -> tuple[str, ...]:
        """The options that are right once the decision has taken effect; none where it changes no key."""
        if self.action == DOUBLE_KEY:
            return (*_options_of(self.key), self.option)
        return (self.option,) if self.action == REKEY else ()


class ItemStore:
    """The items of one workspace and the decisions on them, in its review database.

    The last decision on an item is the one in force; withdrawing it leaves the item undecided. No decision changes a
    key, a score or a box: that takes a new key version and a new run.

    Parameters
    ----------
    url : str
        SQLAlchemy address.
    permissions : Permissions
        Who may do what; by default everybody everything.

    Raises
    ------
    ValueError
        When the database cannot be opened.
    """

    def __init__(self, url: str, *, permissions: Permissions = EVERYBODY) -> None:
        self.engine = log.open_engine(url)
        self.permissions = permissions
        self._seq = 0
        self._in_force: dict[Name, ItemDecision] = {}
        self._given: dict[Name, list[ItemDecision]] = {}

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def replace(self, items: Sequence[Item]) -> None:
        """Put the items of a new run in the place of the old ones, in one transaction; decisions stay in the log."""
        rows = [
            {
                "instrument": item.instrument,
                "item_id": item.item_id,
                "run": item.run,
                "position": item.position,
                "payload_json": log.canonical(item.content),
                "html": item.html,
            }
            for item in items
        ]
        with log.writing(self.engine) as connection:
            connection.execute(delete(items_table))
            if rows:
                connection.execute(insert(items_table), rows)

    def count(self) -> int:
        """Return the number of items."""
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(items_table)).scalar_one())

    def runs(self) -> frozenset[str]:
        """Return the runs that made the cards; others mean that the list is old."""
        with self.engine.connect() as connection:
            return frozenset(connection.execute(select(items_table.c.run).distinct()).scalars())

    def items(self) -> list[Item]:
        """Return all items in the order of the list, without their cards."""
        columns = [column for column in items_table.c if column.name != "html"]
        with self.engine.connect() as connection:
            return [_item(row) for row in connection.execute(select(*columns).order_by(items_table.c.position))]

    def item(self, instrument: str, item_id: str) -> Item | None:
        """Return one item with its card, or None."""
        with self.engine.connect() as connection:
            return _find(connection, instrument, item_id)

    def decisions(self) -> dict[Name, ItemDecision]:
        """Return the decision in force on every item that has one."""
        self._read()
        return dict(self._in_force)

    def history(self, instrument: str, item_id: str) -> list[ItemDecision]:
        """Return every decision ever given on an item, the earliest first, those that were withdrawn too."""
        self._read()
        return list(self._given.get((instrument, item_id), []))

    def decide(
        self,
        *,
        actor: str,
        account: str,
        instrument: str,
        item_id: str,
        action: str,
        option: str,
        reason: str,
        run: str,
        idempotency_key: str,
    ) -> tuple[int, bool]:
        """Write one decision; it is on the disk when this returns.

        Parameters
        ----------
        actor, account : str
            Who decides, and the account of the operating system.
        instrument, item_id : str
        action : str
            One of `ACTIONS`.
        option : str
            With ``rekey`` and ``double_key``: an option of the item that is not right now.
        reason : str
            At least three letters.
        run : str
            The run whose card was looked at; refused when another has replaced it since.
        idempotency_key : str
            16 to 64 letters; the same submission sent twice is one decision.

        Returns
        -------
        seq : int
        new : bool
            False when the same submission was already there.

        Raises
        ------
        ValueError
            On anything that is not a complete decision on an item of this workspace by somebody who may decide, and
            when it cannot be written.
        """
        if action not in ACTIONS:
            raise ValueError(_("Pilih keputusan: pertahankan, revisi, ganti kunci, kunci ganda, atau gugurkan."))
        # A lone surrogate would neither be hashed nor stored.
        words = reason.encode("utf-8", "replace").decode("utf-8").strip()
        if not 3 <= len(words) <= LONGEST_REASON:
            raise ValueError(_("Tulis alasan, 3 sampai {n} huruf.").format(n=LONGEST_REASON))
        item = self.item(instrument, item_id)
        if item is None:
            raise ValueError(_("Butir '{item}' tidak ada pada ruang kerja ini.").format(item=item_id[:40]))
        if action in _KEYED:
            _check_option(item, action, option)

        def guard(connection: Connection) -> None:
            self.permissions.require(actor, "items")
            now = _find(connection, instrument, item_id)
            if now is None or now.run != run:
                raise ValueError(_("Kartu butir ini diperbarui oleh proses baru; periksa lagi sebelum memutuskan."))

        payload = {
            "instrument": instrument,
            "item_id": item_id,
            "action": action,
            "option": option if action in _KEYED else "",
            "reason": words,
            "run": run,
            "key": item.content.get("key", ""),
            "recommendation": item.content.get("recommendation", ""),
            "account": account,
        }
        return self._append(actor, ITEM_DECISION, payload, idempotency_key, guard)

    def withdraw(
        self, *, actor: str, account: str, instrument: str, item_id: str, seq: int, idempotency_key: str
    ) -> tuple[int, bool]:
        """Withdraw one's own decision by a superseding event.

        Parameters
        ----------
        seq : int
            Number of the decision that is withdrawn.

        Returns
        -------
        seq : int
        new : bool

        Raises
        ------
        ValueError
            When that decision is not in force or somebody else's.
        """

        def guard(connection: Connection) -> None:
            self._take(log.events_after(connection, self._seq))
            found = self._in_force.get((instrument, item_id))
            if found is None or (found.seq, found.actor) != (seq, actor):
                raise ValueError(
                    _("Keputusan itu tidak berlaku lagi atau bukan milik Anda; tidak ada yang dibatalkan.")
                )

        payload = {"instrument": instrument, "item_id": item_id, "supersedes": seq, "account": account}
        return self._append(actor, ITEM_UNDO, payload, idempotency_key, guard)

    def _append(self, actor: str, kind: str, payload: dict[str, Any], key: str, guard: Any) -> tuple[int, bool]:
        log.check_key(key)
        return log.append(
            self.engine, actor=actor, role=ROLE, kind=kind, payload=payload, idempotency_key=key, guard=guard
        )

    def _read(self) -> None:
        with self.engine.connect() as connection:
            self._take(log.events_after(connection, self._seq))

    def _take(self, events: Sequence[Event]) -> None:
        for event in events:
            self._seq = event.seq
            payload = event.payload
            if payload is None or event.kind not in (ITEM_DECISION, ITEM_UNDO):
                continue
            name = (payload["instrument"], payload["item_id"])
            if event.kind == ITEM_UNDO:
                self._in_force.pop(name, None)
                continue
            given = {field: payload[field] for field in ("action", "option", "reason", "run")}
            decision = ItemDecision(event.seq, *name, event.actor, event.at_utc, **given, key=payload.get("key", ""))
            self._in_force[name] = decision
            self._given.setdefault(name, []).append(decision)


def _options_of(key: str) -> list[str]:
    return key.split("|") if key else []


def _check_option(item: Item, action: str, option: str) -> None:
    """Refuse an option that cannot become a key, or one that would leave no option wrong."""
    options, right = item.content.get("options", []), _options_of(item.content.get("key", ""))
    if not options:
        raise ValueError(_("Butir {item} tidak punya kunci yang dapat diganti.").format(item=item.item_id))
    # Of two right options one may become the only key.
    known = [o for o in options if o not in right or (action == REKEY and len(right) > 1)]
    if option not in known:
        sentences = {
            REKEY: _("Pilih opsi yang menjadi kunci baru butir {item}: {options}."),
            DOUBLE_KEY: _("Pilih opsi yang benar juga di samping kunci butir {item}: {options}."),
        }
        raise ValueError(sentences[action].format(item=item.item_id, options=", ".join(known)))
    if action == DOUBLE_KEY and (not right or len(right) + 1 >= len(options)):
        raise ValueError(
            _(
                "Kunci ganda butir {item} tidak mungkin: harus ada satu kunci sekarang dan satu opsi yang tetap salah."
            ).format(item=item.item_id)
        )


def _find(connection: Connection, instrument: str, item_id: str) -> Item | None:
    query = select(items_table).where(items_table.c.instrument == instrument, items_table.c.item_id == item_id)
    row = connection.execute(query).first()
    return None if row is None else _item(row)


def _item(row: Any) -> Item:
    return Item(
        row.instrument,
        row.item_id,
        row.run,
        row.position,
        json.loads(row.payload_json),
        row._mapping.get("html", ""),
    )
