"""The pleno: cases brought before it, what it decides with quorum and dissent, and cases taken out of the review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.i18n import _
from workbench.review import log
from workbench.review.ballot import check_box, checked_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.engine import Connection

    from workbench.review.store import Store

__all__ = ["bring_before", "decide", "withdraw"]

ROLE = "chair"


def bring_before(
    store: Store, *, actor: str, case_id: str, reason: str, idempotency_key: str, account: str = ""
) -> tuple[int, bool]:
    """Bring a case before the pleno: its votes are revealed and the voting on it ends.

    Parameters
    ----------
    store : Store
    actor, account : str
        Who chairs, and the account of the operating system.
    case_id : str
        A conflict, or any other case by name, unless it has some of its votes only.
    reason : str
        At least three letters.
    idempotency_key : str
        16 to 64 letters.

    Returns
    -------
    seq : int
    new : bool
        False when the same submission was already there.

    Raises
    ------
    ValueError
        When the voting has begun and is not complete, the case is closed, withdrawn or there already, or this person
        may not.
    """
    words = checked_reason(reason)
    store.required_case(case_id)

    def check(_connection: Connection) -> None:
        status = store.known.state(case_id).status
        if status == "voting":
            raise ValueError(_("Suara atas kasus ini belum lengkap; tunggu sampai semua suara masuk."))
        if store.known.is_fixed(case_id):
            raise ValueError(_("Kasus ini sudah dibawa ke pleno."))

    payload = {"reason": words, "account": account}
    return _append(store, actor, "pleno", case_id, payload, idempotency_key, check)


def decide(
    store: Store,
    *,
    actor: str,
    case_id: str,
    action: str,
    box: int | None,
    reason: str,
    present: Sequence[str],
    dissent: Mapping[str, str],
    idempotency_key: str,
    account: str = "",
) -> tuple[int, bool]:
    """Write what the pleno decides; a later decision takes the place of an earlier one until the minutes.

    Parameters
    ----------
    store : Store
    actor, account : str
        Who chairs, and the account of the operating system.
    case_id : str
        A case before the pleno.
    action : str
        ``box``, ``retest`` or ``withdraw``.
    box : int or None
        1 to 9, with ``box``.
    reason : str
        At least three letters.
    present : sequence of str
        Who takes part; as many as the quorum, each once, none of whom the case must be kept from.
    dissent : mapping of str to str
        Those present who differ, with their reason.
    idempotency_key : str
        16 to 64 letters.

    Returns
    -------
    seq : int
    new : bool
        False when the same submission was already there.

    Raises
    ------
    ValueError
        On anything that is not a complete decision on a case before the pleno by somebody who may chair.
    """
    if action not in {"box", "retest", "withdraw"}:
        raise ValueError(_("Keputusan pleno tidak dikenal; pilih kotak 1-9, uji ulang, atau tarik."))
    if action == "box":
        check_box(box)
    words = checked_reason(reason)
    differing = [[name, checked_reason(why)] for name, why in sorted(dissent.items())]
    case = store.required_case(case_id)
    there = sorted(set(present))
    if len(there) < max(store.quorum, 1) or len(there) < len(present):
        raise ValueError(
            _("Kuorum pleno {quorum} orang, tercatat hadir {n}; sebut setiap yang hadir satu kali.").format(
                quorum=store.quorum, n=len(there)
            )
        )
    absent = [name for name in dissent if name not in there]
    if absent:
        raise ValueError(_("{name} berbeda pendapat tetapi tidak tercatat hadir.").format(name=absent[0]))

    def check(_connection: Connection) -> None:
        for name in there:
            store.permissions.require_case(name, case.instansi)
        if not store.known.is_fixed(case_id):
            raise ValueError(_("Kasus ini belum dibawa ke pleno."))

    payload = {
        "action": action,
        "box": box if action == "box" else None,
        "reason": words,
        "present": there,
        "quorum": store.quorum,
        "dissent": differing,
        "stated": case.content["box"],
        "risk": case.content["risk"],
        "account": account,
    }
    return _append(store, actor, "decision", case_id, payload, idempotency_key, check)


def withdraw(
    store: Store, *, actor: str, case_id: str, reason: str, idempotency_key: str, account: str = ""
) -> tuple[int, bool]:
    """Take a case out of the review, where it cannot be decided at all; the stated box remains.

    Parameters
    ----------
    store : Store
    actor, account, case_id : str
    reason : str
        At least three letters.
    idempotency_key : str
        16 to 64 letters.

    Returns
    -------
    seq : int
    new : bool
        False when the same submission was already there.

    Raises
    ------
    ValueError
        When the case is closed or withdrawn already, or this person may not.
    """
    words = checked_reason(reason)
    store.required_case(case_id)

    payload = {"reason": words, "account": account}
    return _append(store, actor, "withdraw", case_id, payload, idempotency_key, lambda _connection: None)


def _append(
    store: Store,
    actor: str,
    kind: str,
    case_id: str,
    payload: dict[str, Any],
    key: str,
    check: Callable[[Connection], None],
) -> tuple[int, bool]:
    log.check_key(key)

    def allowed(connection: Connection) -> None:
        store.permissions.require(actor, "pleno")
        check(connection)

    return store.append(actor, ROLE, kind, case_id, payload, key, allowed)
