"""What makes a vote complete; everything here is client input."""

from __future__ import annotations

from workbench.i18n import _
from workbench.review import log

__all__ = ["REASONS", "check_ballot", "check_box", "checked_reason", "reason_titles"]

REASONS = ("evidence", "level", "performance", "quality", "record", "other")
LONGEST_REASON = 2000


def reason_titles() -> dict[str, str]:
    """Return the reason codes with their words; agreeing needs a reason as much as departing does."""
    return {
        "evidence": _("Bukti tes mendukung"),
        "level": _("Level dekat batas"),
        "performance": _("Rekam kinerja"),
        "quality": _("Mutu respons diragukan"),
        "record": _("Riwayat jabatan atau disiplin"),
        "other": _("Lainnya, dijelaskan"),
    }


def checked_reason(reason: str) -> str:
    """Return a written reason as it is stored.

    Raises
    ------
    ValueError
        When it is too short or too long.
    """
    # A lone surrogate would neither be hashed nor stored.
    words = reason.encode("utf-8", "replace").decode("utf-8").strip()
    if not 3 <= len(words) <= LONGEST_REASON:
        raise ValueError(_("Tulis alasan, 3 sampai {n} huruf.").format(n=LONGEST_REASON))
    return words


def check_box(box: int | None) -> None:
    """Refuse what is no box.

    Raises
    ------
    ValueError
        When it is not a whole number from 1 to 9.
    """
    if not isinstance(box, int) or isinstance(box, bool) or not 1 <= box <= 9:
        raise ValueError(_("Kotak harus 1 sampai 9."))


def check_ballot(
    action: str, box: int | None, reason_code: str, reason: str, confidence: int, idempotency_key: str
) -> str:
    """Return the written reason of a complete vote; everything here is client input."""
    if action not in {"box", "retest", "postpone"}:
        raise ValueError(_("Pilihan tidak dikenal; pilih kotak 1-9, uji ulang, atau tunda."))
    if action == "box":
        check_box(box)
    if reason_code not in REASONS:
        raise ValueError(_("Pilih kode alasan."))
    words = checked_reason(reason)
    if isinstance(confidence, bool) or confidence not in {1, 2, 3}:
        raise ValueError(_("Keyakinan harus 1, 2, atau 3."))
    log.check_key(idempotency_key)
    return words
