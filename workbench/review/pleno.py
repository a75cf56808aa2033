"""The pleno: cases brought before it, what it decides with quorum and dissent, and cases taken out of the review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.i18n import _
from workbench.review import log
from workbench.review.ballot import check_box, checked_reason
from workbench.review.cases import require_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.engine import Connection

    from workbench.review.cases import Case
    from workbench.review.store import Store

__all__ = ["bring_before", "decide", "withdraw"]

ROLE = "chair"
LONGEST_NAME = 128


def bring_before(
    store: Store, *, actor: str, case_id: str, reason: str, idempotency_key: str, account: str = "", run: str = ""
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
    run : str
        The run whose case was looked at; refused when another has replaced it since.

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
    case = store.required_case(case_id)

    def check(connection: Connection) -> None:
        require_run(connection, case_id, run or case.run)
        status = store.latest.state(case_id).status
        if status == "voting":
            raise ValueError(_("Suara atas kasus ini belum lengkap; tunggu sampai semua suara masuk."))
        if store.latest.is_fixed(case_id):
            raise ValueError(_("Kasus ini sudah dibawa ke pleno."))

    payload = {"reason": words, "account": account}
    return _append(store, actor, "pleno", case, payload, idempotency_key, check)


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
    run: str = "",
    supersedes: int | None = None,
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
        Who takes part, the chair among them; as many as the quorum, each once, none of whom the case must be kept
        from or whose roles only let them look on.
    dissent : mapping of str to str
        Those present who differ, with their reason.
    idempotency_key : str
        16 to 64 letters.
    run : str
        The run whose case was looked at; refused when another has replaced it since.
    supersedes : int, optional
        Number of the decision whose place this one takes, 0 for none; refused when another is in force by now, so that
        two people who decide at once do not overwrite each other. Without it: whichever is in force.

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
    case = store.required_case(case_id)
    there = _attendance(present, actor, store.quorum)
    differing = {" ".join(name.split()): checked_reason(why) for name, why in dissent.items()}
    absent = [name for name in differing if name not in there]
    if absent:
        raise ValueError(
            _("{name} berbeda pendapat tetapi tidak tercatat hadir.").format(name=absent[0][:LONGEST_NAME])
        )

    def check(connection: Connection) -> None:
        require_run(connection, case_id, run or case.run)
        for name in there:
            store.permissions.require(name, "attend")
            store.permissions.require_case(name, case.instansi)
        if not store.latest.is_fixed(case_id):
            raise ValueError(_("Kasus ini belum dibawa ke pleno."))
        _require_latest(store, case_id, supersedes)

    payload = {
        "action": action,
        "box": box if action == "box" else None,
        "reason": words,
        "present": there,
        "quorum": store.quorum,
        "dissent": [[name, differing[name]] for name in sorted(differing)],
        "participant": case.participant_id,
        "stated": case.content["box"],
        "risk": case.content["risk"],
        "supersedes": supersedes,
        "account": account,
    }
    return _append(store, actor, "decision", case, payload, idempotency_key, check)


def withdraw(
    store: Store,
    *,
    actor: str,
    case_id: str,
    reason: str,
    idempotency_key: str,
    account: str = "",
    supersedes: int | None = None,
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
    supersedes : int, optional
        Number of the decision that this makes void, 0 for none; refused when another is in force by now.

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
    case = store.required_case(case_id)
    payload = {"reason": words, "supersedes": supersedes, "account": account}

    def check(_connection: Connection) -> None:
        _require_latest(store, case_id, supersedes)

    return _append(store, actor, "withdraw", case, payload, idempotency_key, check)


def _attendance(present: Sequence[str], chair: str, quorum: int) -> list[str]:
    """Return who takes part, sorted; names that differ in spaces or capitals alone are one person."""
    names = [" ".join(name.split()) for name in present]
    wrong = [name for name in names if not name or len(name) > LONGEST_NAME or not name.isprintable()]
    if wrong:
        raise ValueError(_("Nama yang hadir harus 1 sampai {n} huruf.").format(n=LONGEST_NAME))
    once = {name.casefold() for name in names}
    if len(once) < max(quorum, 1) or len(once) < len(names):
        raise ValueError(
            _("Kuorum pleno {quorum} orang, tercatat hadir {n}; sebut setiap yang hadir satu kali.").format(
                quorum=quorum, n=len(once)
            )
        )
    if chair not in names:
        raise ValueError(_("{name} memimpin pleno tetapi tidak tercatat hadir.").format(name=chair))
    return sorted(names)


def _require_latest(store: Store, case_id: str, supersedes: int | None) -> None:
    """Refuse to take the place of a decision that the sender has not seen."""
    decision = store.latest.state(case_id).pleno
    if supersedes is None or supersedes == (0 if decision is None else decision.seq):
        return
    if decision is None:
        raise ValueError(_("Keputusan yang hendak Anda ganti tidak berlaku lagi; periksa kasus ini lagi."))
    raise ValueError(
        _("{name} baru saja memutuskan kasus ini; baca keputusannya sebelum menggantinya.").format(name=decision.actor)
    )


def _append(
    store: Store,
    actor: str,
    kind: str,
    case: Case,
    payload: dict[str, Any],
    key: str,
    check: Callable[[Connection], None],
) -> tuple[int, bool]:
    log.check_key(key)

    def allowed(connection: Connection) -> None:
        store.permissions.require(actor, "pleno")
        store.permissions.require_case(actor, case.instansi)
        check(connection)

    return store.append(actor, ROLE, kind, case.case_id, payload, key, allowed)
