"""Who gets another box if an item is dropped or keyed otherwise, counted beside the page.

Opening a round takes the libraries of the analysis and its tables; a question is then a matter of a second or two. Both
run in a thread of the kernel, so that the page's heartbeat is answered meanwhile; the page asks again until the list is
there. What was opened stays until a new run replaces it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

from workbench.i18n import _
from workbench.review.items import DOUBLE_KEY, DROP, REKEY
from workbench.workspace import SETTINGS_FILE, Workspace

if TYPE_CHECKING:
    from concurrent.futures import Future

    from workbench.analysis.opened_round import OpenedRound

    Question = tuple[str, str, str]  # item, action, option
    Fingerprint = tuple[tuple[str, int], ...]

__all__ = ["MOST_PEOPLE", "ChangedLists", "Lists"]

MOST_PEOPLE = 25  # on the page; the command writes all of them
# What is decided about an item, as the question of `analysis.what_if`.
_ASKED = {DROP: "drop", REKEY: "key", DOUBLE_KEY: "also"}
_MADE_FROM = ("scores", "boxes", "keys", "items")


class Lists(Protocol):
    """Who answers."""

    def ask(self, item_id: str, action: str, option: str) -> dict[str, Any]:
        """Return the list, or that it is being counted."""


class ChangedLists:
    """Changed lists of one workspace.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="changed-lists")
        self._jobs: dict[Question, Future[dict[str, Any]]] = {}
        self._of: Fingerprint = ()
        self._opened: OpenedRound | None = None

    def close(self) -> None:
        """Begin nothing more."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def ask(self, item_id: str, action: str, option: str) -> dict[str, Any]:
        """Return the list, or that it is being counted.

        Parameters
        ----------
        item_id : str
        action : str
            ``drop``, ``rekey`` or ``double_key``.
        option : str
            Empty with ``drop``.

        Returns
        -------
        dict
            ``state``: ``opening`` or ``counting``, to be asked again; ``done`` with sentence, notes, changed, people,
            boxes, instansi, left_out.

        Raises
        ------
        ValueError
            When the round has no boxes, or as `analysis.what_if.what_if`.
        """
        if action not in _ASKED:
            raise ValueError(_("Pilih gugurkan, ganti kunci, atau kunci ganda; keputusan lain tidak mengubah kotak."))
        self._require_boxes()
        now = self._fingerprint()
        if now != self._of:
            self._forget(now)
        question = (item_id, _ASKED[action], option if action != DROP else "")
        job = self._jobs.get(question)
        if job is None:
            # Only the last question counts; an earlier one that has not begun is not wanted any more.
            self._jobs = {known: other for known, other in self._jobs.items() if other.done() or not other.cancel()}
            job = self._jobs[question] = self._worker.submit(self._count, question, now)
        if not job.done():
            return {"state": "opening" if self._opened is None else "counting"}
        return {"state": "done", **job.result()}

    def _count(self, question: Question, of: Fingerprint) -> dict[str, Any]:
        from workbench.analysis.boxes import place_cohort
        from workbench.analysis.opened_round import open_round
        from workbench.analysis.what_if import for_a_page, what_if

        asked = self._opened
        if asked is None:
            workspace = Workspace(self.workspace.path)  # the settings may have changed since the page was opened
            asked = open_round(workspace, place_cohort(workspace))
            if of == self._of:
                self._opened = asked
                self._worker.submit(self._read_ahead, asked)
        return for_a_page(what_if(asked, *question), MOST_PEOPLE)

    def _read_ahead(self, asked: OpenedRound) -> None:
        """Read one more instrument, so that the first question about it need not; questions that wait go before."""
        used = asked.items["scale"].isin(asked.result.policy.used_scales)
        unread = [name for name in asked.items.loc[used, "instrument"].unique() if name not in asked.read]
        if unread and asked is self._opened:
            asked.responses(str(unread[0]))
            self._worker.submit(self._read_ahead, asked)

    def _require_boxes(self) -> None:
        settings = self.workspace.settings
        if settings.ends_after:
            raise ValueError(
                _("Putaran ini berakhir sebelum kotak talenta, jadi tidak ada kotak yang berubah: {why}").format(
                    why=settings.ends_because or settings.ends_after
                )
            )
        if not self.workspace.has("boxes"):
            raise ValueError(_("Kotak talenta belum dihitung; jalankan 'workbench run' dahulu."))

    def _fingerprint(self) -> Fingerprint:
        found = [self.workspace.find(name) for name in _MADE_FROM]
        paths = [self.workspace.path / SETTINGS_FILE, *(path for path in found if path is not None)]
        return tuple((path.name, path.stat().st_mtime_ns) for path in paths)

    def _forget(self, now: Fingerprint) -> None:
        for job in self._jobs.values():
            job.cancel()
        self._jobs, self._opened, self._of = {}, None, now
