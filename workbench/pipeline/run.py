"""Run the chain: only what is not yet done, one lock a workspace, results published whole."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

from workbench.i18n import _
from workbench.kernel import WarmKernels
from workbench.pipeline.addresses import code_version, digest, file_hash, input_hashes
from workbench.pipeline.intake import is_taken_in, take_in
from workbench.pipeline.notebooks import Job, NotebookError, is_done, one_thread_each, run_job
from workbench.pipeline.publish import holds, mark_published, publish, published, sweep
from workbench.pipeline.stages import Stage, stage_names, stages_of
from workbench.policy import policy_path
from workbench.records.bank import bank_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Future

    from workbench.workspace import Workspace

__all__ = [
    "WARM_UP",
    "Outcome",
    "Reporter",
    "reachable_stages",
    "run_chain",
    "stage_inputs",
    "stage_units",
    "stages_to_run",
]

WARM_UP = "workbench.pipeline.warm_up:warm_up"


class Reporter:
    """What the chain says while it runs; the command line shows it."""

    def stage(self, name: str, jobs: int, todo: int) -> None:
        """Say that a stage begins: how many notebooks it has, how many of them are to run."""

    def done(self, label: str, seconds: float) -> None:
        """Say that one notebook is done."""

    def failed(self, sentence: str) -> None:
        """Say that one notebook failed."""


@dataclass
class Outcome:
    """How a run of the chain ended.

    Attributes
    ----------
    ran, kept : list of str
        Run ids that ran now, and that were done already.
    failures : list of str
        Sentences.
    holds : list of str
        Sentences of gates that say HOLD.
    ended : str
        Why the chain ended before its last stage, or empty.
    """

    ran: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)
    ended: str = ""

    @property
    def exit_status(self) -> int:
        """0 done; 1 a gate says HOLD or something failed."""
        return 1 if self.failures or self.holds else 0


def run_chain(
    workspace: Workspace,
    *,
    stages: Sequence[str] = (),
    instansi: Sequence[str] = (),
    jobs: int = 0,
    fresh: bool = False,
    debug: bool = False,
    reporter: Reporter | None = None,
) -> Outcome:
    """Run the stages that are asked for, or all of them.

    A failed notebook is named and the others of its stage go on. Reports of the instansi that did not fail are
    published; a stage that later ones build on is published only when all of it is done.

    Parameters
    ----------
    workspace : Workspace
    stages : sequence of str
        Names of `stage_names`; empty means all.
    instansi : sequence of str
        Only these reports; empty means all.
    jobs : int
        Notebooks at a time; 0 means one a processor.
    fresh : bool
        Run again even what is done.
    debug : bool
        Let a failing notebook raise.
    reporter : Reporter, optional

    Returns
    -------
    Outcome

    Raises
    ------
    ValueError
        On an unknown stage or instansi, bad inputs, boxes with votes on them, or a lock that is held.
    """
    unknown = [name for name in stages if name not in stage_names()]
    if unknown:
        raise ValueError(
            _("Tahap '{stage}' tidak dikenal; pilih: {known}.").format(stage=unknown[0], known=", ".join(stage_names()))
        )
    if jobs < 0:
        raise ValueError(_("--jobs harus 0 (satu per prosesor) atau lebih, bukan {n}.").format(n=jobs))
    warm = WarmKernels(WARM_UP)
    chain = _Chain(workspace, instansi, jobs or os.cpu_count() or 1, fresh, debug, reporter or Reporter(), warm)
    with workspace.lock(), one_thread_each(), warm:
        sweep(workspace)
        before = _asked_for(workspace, stages)
        chain.guard(before)
        if fresh or not is_taken_in(workspace):
            chain.warm_up_for(len(before))  # goes on beside the intake
        take_in(workspace, fresh=fresh)
        # What the files declare may have changed with them, and with it the notebook that places people.
        possible = _asked_for(workspace, stages)
        wanted = [stage for stage in stages_of(workspace) if not stages or stage.name in stages]
        _check_instansi(workspace, instansi)
        for place, stage in enumerate(possible):
            chain.run(stage, stages_behind=len(possible) - place - 1)
            if chain.outcome.failures:
                break
        else:
            chain.outcome.ended = workspace.settings.ends_because if possible != wanted else ""
        chain.outcome.holds = holds(workspace, stage_names())
    return chain.outcome


def _asked_for(workspace: Workspace, names: Sequence[str]) -> list[Stage]:
    return [stage for stage in reachable_stages(workspace) if not names or stage.name in names]


def reachable_stages(workspace: Workspace) -> list[Stage]:
    """Return the stages that the data of this workspace allow."""
    last, order = workspace.settings.ends_after, stage_names()
    return [stage for stage in stages_of(workspace) if not last or order.index(stage.name) <= order.index(last)]


def stages_to_run(workspace: Workspace) -> list[str]:
    """Return the names of the stages that a run would do now: the first whose results are old, and all behind it."""
    stages = reachable_stages(workspace)
    if not is_taken_in(workspace):
        return [stage.name for stage in stages]
    chain = _Chain(workspace, (), 1, fresh=False, debug=False, reporter=Reporter())
    for place, stage in enumerate(stages):
        if published(workspace, stage) != [job.run_id for job in chain.jobs_of(stage)]:
            return [later.name for later in stages[place:]]
    return []


def _check_instansi(workspace: Workspace, instansi: Sequence[str]) -> None:
    known = set(workspace.read("instansi")["instansi"])
    unknown = [name for name in instansi if name not in known]
    if unknown:
        raise ValueError(
            _("Instansi '{name}' tidak ada pada putaran ini; yang ada: {known}.").format(
                name=unknown[0], known=", ".join(sorted(known)[:10])
            )
        )


@dataclass
class _Chain:
    """One call of `run_chain`."""

    workspace: Workspace
    instansi: Sequence[str]
    jobs: int
    fresh: bool
    debug: bool
    reporter: Reporter
    warm: WarmKernels | None = None
    outcome: Outcome = field(default_factory=Outcome)

    def guard(self, stages: Sequence[Stage]) -> None:
        """Ask before anything is done whether the results that this call may replace may be replaced."""
        last = max((place for place, stage in enumerate(stages) if stage.guard is not None), default=-1)
        changes = self.fresh or not is_taken_in(self.workspace)
        for stage in stages[: last + 1]:
            changes = changes or published(self.workspace, stage) != [job.run_id for job in self.jobs_of(stage)]
            if changes and stage.guard is not None:
                stage.guard(self.workspace)

    def warm_up_for(self, notebooks: int) -> None:
        """Start the warm process when it is worth it: for one notebook it takes longer than it saves."""
        if notebooks > 1 and self.warm is not None:
            self.warm.begin()

    def run(self, stage: Stage, stages_behind: int = 0) -> None:
        """Run what is to be done of one stage and publish it; `stages_behind` are still to come."""
        workspace = self.workspace
        everything = self.jobs_of(stage)
        wanted = [
            job for job in everything if stage.over != "instansi" or not self.instansi or job.label in self.instansi
        ]
        todo = [job for job in wanted if self.fresh or not is_done(workspace, job.run_id)]
        self.outcome.kept += [job.run_id for job in wanted if job not in todo]
        self.reporter.stage(stage.name, len(wanted), len(todo))
        if todo:
            self.warm_up_for(len(todo) + stages_behind)  # what runs here makes those behind it run too
            self._execute(todo)
        done = [job for job in everything if is_done(workspace, job.run_id)]
        if self.outcome.failures and stage.over != "instansi":
            return
        ids = [job.run_id for job in done]
        if self.fresh or published(workspace, stage) != ids:
            publish(workspace, stage, ids)
            failed = stage.after(workspace, ids, [job.label for job in everything]) if stage.after is not None else {}
            if stage.over != "instansi":
                self._pages(stage, {job.label: job.run_id for job in done})
            for sentence in failed.values():
                self._fail(sentence)
            mark_published(workspace, stage, [job.run_id for job in done if job.label not in failed])

    def _pages(self, stage: Stage, runs: dict[str, str]) -> None:
        """Write what the notebooks of a stage show as pages for readers."""
        from workbench.reports.reading import publish_pages

        publish_pages(self.workspace, stage.pages or stage.notebook.partition("_")[2], runs)

    def jobs_of(self, stage: Stage) -> list[Job]:
        """Return every notebook of a stage with its address."""
        jobs: list[Job] = []
        for unit in stage_units(self.workspace, stage):
            same = bool(jobs) and stage.over != "instrument"  # every instansi reads the same files
            inputs = jobs[0].inputs if same else stage_inputs(self.workspace, stage, unit)
            jobs.append(_job(self.workspace, stage, unit, inputs))
        return jobs

    def _execute(self, todo: list[Job]) -> None:
        stopping = Event()
        with ThreadPoolExecutor(min(self.jobs, len(todo))) as pool:
            futures = {pool.submit(run_job, self.workspace, job, stopping, debug=self.debug): job for job in todo}
            try:
                for future in as_completed(futures):
                    job = futures[future]
                    try:
                        self.reporter.done(f"{job.notebook} · {job.label}", future.result())
                        self.outcome.ran.append(job.run_id)
                    except NotebookError as problem:
                        self._fail(str(problem))
            except BaseException:
                # Ctrl-C, or a failure shown in full: nobody waits for the other kernels, and none stays behind.
                stopping.set()
                if self.warm is not None:
                    self.warm.close()
                pool.shutdown(wait=False, cancel_futures=True)
                _kill_until_over(futures)
                raise

    def _fail(self, sentence: str) -> None:
        self.outcome.failures.append(sentence)
        self.reporter.failed(sentence)


def _kill_until_over(futures: Iterable[Future[float]]) -> None:
    from workbench.pipeline.kernels import kill_kernels

    running = {future for future in futures if not future.cancelled()}
    while running:
        kill_kernels()
        running = wait(running, timeout=0.2).not_done


def stage_units(workspace: Workspace, stage: Stage) -> list[str]:
    """Return what a stage runs over: instruments, the cohort, or instansi."""
    if stage.over == "cohort":
        return [workspace.settings.name]
    if stage.over == "instrument":
        names = workspace.read("instruments")["instrument"]
        return [str(name) for name in names if workspace.response_forms(str(name))]
    return sorted(str(name) for name in workspace.read("participants", ["instansi"])["instansi"].unique())


def stage_inputs(workspace: Workspace, stage: Stage, unit: str) -> dict[str, str]:
    """Return the hash of everything that a run reads, by name."""
    settings = workspace.settings
    # A round with a bank is not scored on its own calibration, so a new calibration must not run the scores again.
    patterns = [*stage.reads, *(() if settings.bank else stage.own_calibration)]
    inputs = input_hashes(workspace.path, [pattern.format(instrument=unit) for pattern in patterns])
    if settings.policy and "policy" in stage.settings:
        inputs["policy"] = file_hash(policy_path(settings.policy))
    if settings.bank and "bank" in stage.settings:
        inputs["bank"] = digest(input_hashes(bank_folder(workspace.bank_source), ["*"]))
    return inputs | (stage.also(workspace) if stage.also is not None else {})


def _job(workspace: Workspace, stage: Stage, unit: str, inputs: dict[str, str]) -> Job:
    settings = workspace.settings.model_dump(mode="json", include=set(stage.settings))
    parameters = {} if stage.over == "cohort" else {stage.over: unit}
    address = digest(
        {
            "notebook": stage.notebook,
            "parameters": parameters,
            "inputs": inputs,
            "code": code_version(),
            "settings": settings,
        }
    )
    slug = re.sub(r"[^a-z0-9]+", "-", unit.lower()).strip("-")[:40]
    return Job(f"{stage.name}-{slug}-{address}", stage.name, stage.notebook, unit, parameters, inputs, settings)
