"""A whole review under failure: who lost a vote, who got two, and does the log say what everybody was told.

python -m benchmarks.chaos [--round DIR] [--minutes N] [--assessors N] [--cases N] [--seed N]
                           [--folder DIR] [--save]

--round DIR     a complete round to work on a copy of, instead of making pekalongan-2024 first
--minutes N     for how long processes are killed and messages are lost; 10 unless told
--assessors N   each with a `workbench review` of their own on one database, as in one office; 12 unless told
--cases N       at most as many as the round has people with a box; 600 unless told
--seed N        of what happens when; drawn and printed when it is not given
--folder DIR    where to work; the round, its log and what the servers complained of stay there
--save          puts what was printed into docs/benchmarks.md

Two votes decide a case, claimed cases return after a minute. Kernels, servers and warm processes are killed at random
(SIGKILL), servers also ended in order, and started again on their ports. Then all is quiet until every case has its two
votes, and every assessor's own record is compared with the log. Exit status 1 when anything differs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from sqlalchemy import select

from benchmarks.assessors import Assessor, Habits
from benchmarks.machine import describe, table
from benchmarks.page import save_section
from benchmarks.served import KERNEL, WARM, WORKBENCH, Server
from workbench.review import Store, log
from workbench.review.cases import Case
from workbench.review.leases import now_utc
from workbench.review.schema import leases_table
from workbench.workspace import SETTINGS_FILE, Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Outcome", "differences", "prepare", "review_under_failure"]

COHORT = "pekalongan-2024"
FIRST_PORT = 18600
STRIKES = (("kernel", 0.6), ("server", 0.2), ("server, in order", 0.1), ("warm process", 0.1))
SECONDS_TO_FINISH = 600.0


@dataclass
class Outcome:
    """What was done, and what it did.

    Attributes
    ----------
    assessors : list of Assessor
    struck : Counter
        Kills by kind.
    seconds : float
        Until every case had its votes.
    """

    assessors: list[Assessor]
    struck: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def count(self, what: str) -> int:
        """Return a count of all assessors together."""
        return sum(assessor.counts[what] for assessor in self.assessors)

    @property
    def waited(self) -> list[float]:
        """Seconds from the first sending of each vote to its acknowledgement, in order."""
        return sorted(a.waited for one in self.assessors for a in one.attempts.values() if a.seq is not None)


def prepare(folder: Path, names: Sequence[str], number: int) -> int:
    """Give a copy of a complete round a fresh log with so many cases, made of those it has; return how many.

    Parameters
    ----------
    folder : Path
    names : sequence of str
        Who reviews.
    number : int
        At most one case a person with a box.
    """
    settings = Workspace(folder).settings
    changed = settings.model_copy(update={"people": tuple(names), "votes_required": 2, "lease_minutes": 1})
    (folder / SETTINGS_FILE).write_text(changed.to_toml(), encoding="utf-8")
    workspace = Workspace(folder)
    with closing(Store.of(workspace)) as store:
        patterns, run = store.cases(), store.run()
    for old in folder.glob("review.sqlite*"):
        old.unlink()
    boxes = workspace.read("boxes")
    placed = boxes[boxes["withheld_reason"] == ""].head(number)
    cases = []
    for place, person in enumerate(placed.itertuples(index=False), start=1):
        content = {**patterns[place % len(patterns)].content, "box": int(person.box)}
        participant, instansi, tier = str(person.participant_id), str(person.instansi), str(person.jenjang)
        cases.append(Case(f"C{place:04d}", run, place, participant, instansi, tier, content))
    with closing(Store.of(workspace)) as store:
        store.replace_cases(cases, run=run)
    return len(cases)


def review_under_failure(
    folder: Path, names: Sequence[str], *, seconds: float, habits: Habits, seed: int, every: float, port: int
) -> Outcome:
    """Let people review a prepared round while things break, then in quiet until every case has its votes.

    Parameters
    ----------
    folder : Path
        From `prepare`.
    names : sequence of str
    seconds : float
        How long things break.
    habits : Habits
    seed : int
    every : float
        Mean seconds between two kills.
    port : int
        The first to try.
    """
    servers = [
        Server(folder, name, port + 60 * place, complaints=folder / f"server-{place}.log")
        for place, name in enumerate(names)
    ]
    with ExitStack() as stack:
        for server in servers:
            server.start()
            stack.callback(server.stop)
        assessors = [
            Assessor(name, server.address, habits, random.Random(f"{seed}/{name}"))
            for name, server in zip(names, servers, strict=True)
        ]
        outcome = Outcome(assessors)
        threads = [threading.Thread(target=assessor.work, daemon=True) for assessor in assessors]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        strike_until(started + seconds, servers, random.Random(seed), every, outcome.struck)
        for assessor in assessors:
            assessor.calm.set()
        until = time.monotonic() + SECONDS_TO_FINISH
        while any(thread.is_alive() for thread in threads) and time.monotonic() < until:
            time.sleep(0.2)
        outcome.seconds = time.monotonic() - started
        for assessor in assessors:
            assessor.over.set()
        for thread in threads:
            thread.join(90)
    return outcome


def strike_until(end: float, servers: list[Server], chance: random.Random, every: float, struck: Counter[str]) -> None:
    """Kill something of somebody's now and then; a server that was ended is started again."""
    kinds, weights = zip(*STRIKES, strict=True)
    while time.monotonic() < end:
        time.sleep(min(chance.expovariate(1 / every), max(0.0, end - time.monotonic())))
        server, kind = chance.choice(servers), chance.choices(kinds, weights)[0]
        if kind.startswith("server"):
            server.stop(signal.SIGKILL if kind == "server" else signal.SIGTERM)
            time.sleep(chance.uniform(0, 1))
            server.start()
            struck[kind] += 1
            continue
        for process in server.processes(KERNEL if kind == "kernel" else WARM)[:1]:
            try:
                process.kill()
                struck[kind] += 1
            except psutil.NoSuchProcess:
                continue


def differences(folder: Path, outcome: Outcome) -> list[str]:
    """Return every difference between what the assessors were told, the log, and the minutes; in sentences.

    The votes in force are counted here from the assessors' own records, not by the code under test.
    """
    found = [problem for one in outcome.assessors for problem in one.problems]
    found += [f"{one.name} was not finished" for one in outcome.assessors if not one.finished]
    workspace = Workspace(folder)
    with closing(Store.of(workspace)) as store:
        with store.engine.connect() as connection:
            events = list(log.rows(connection))
            query = select(leases_table.c.case_id).where(leases_table.c.until_utc > now_utc().isoformat())
            held = list(connection.execute(query).scalars())
        check, states = store.verify(), store.states()
        cases = {case.case_id for case in store.cases()}
    found += [] if check.sound else [check.sentence]
    found += [f"the slot of {case_id} did not return" for case_id in held]
    by_key = {event["idempotency_key"]: event for event in events}
    if len(by_key) != len(events):
        found.append(f"{len(events)} events have {len(by_key)} keys")
    sent = {key: one.name for one in outcome.assessors for key in (*one.attempts, *one.undone)}
    found += [f"event {e['seq']} was sent by nobody" for k, e in by_key.items() if sent.get(k) != e["actor"]]
    found += [line for one in outcome.assessors for line in _of_one(one, by_key)]
    mine = _in_force(outcome, by_key)
    theirs = {(case_id, v.actor): v.seq for case_id, state in states.items() for v in state.votes}
    found += [f"in force only here: {sorted(set(mine.items()) ^ set(theirs.items()))[:3]}"] if mine != theirs else []
    voters = Counter(case_id for (case_id, _), seq in mine.items() if _payload(events, seq)["action"] != "postpone")
    found += [f"{case_id} has {voters[case_id]} votes" for case_id in sorted(cases) if voters[case_id] != 2]
    return found + _minutes_differ(folder, events, mine)


def _of_one(one: Assessor, by_key: dict[str, dict[str, Any]]) -> list[str]:
    """Return what differs between somebody's own record and the log."""
    found = []
    for key, attempt in one.attempts.items():
        event = by_key.get(key)
        if event is None and attempt.seq is not None:
            found.append(f"{one.name} was told that {key} is event {attempt.seq}; it is not in the log")
        elif event is not None and attempt.seq != event["seq"]:
            found.append(f"{one.name} was told {attempt.seq or attempt.refused or 'nothing'} of event {event['seq']}")
        elif event is not None:
            names = ("action", "box", "reason_code", "reason", "confidence", "run")
            if any(event["payload"][name] != attempt.message[name] for name in names):
                found.append(f"event {event['seq']} is not what {one.name} sent")
        elif not attempt.refused:
            found.append(f"{one.name} does not know what became of {key}")
    found += [
        f"{one.name} was told that a vote was taken back"
        for key, told in one.undone.items()
        if told and key not in by_key
    ]
    return found


def _in_force(outcome: Outcome, by_key: dict[str, dict[str, Any]]) -> dict[tuple[str, str], int]:
    """Return the event of the vote in force by case and assessor: the last acknowledged that was not taken back."""
    last: dict[tuple[str, str], int] = {}
    for one in outcome.assessors:
        back = {by_key[key]["payload"]["supersedes"] for key in one.undone if key in by_key}
        for attempt in one.attempts.values():
            place = (attempt.message["case_id"], one.name)
            if attempt.seq is not None and attempt.seq > last.get(place, 0):
                last[place] = attempt.seq
        last = {place: seq for place, seq in last.items() if seq not in back or place[1] != one.name}
    return last


def _payload(events: list[dict[str, Any]], seq: int) -> dict[str, Any]:
    payload: dict[str, Any] = events[seq - 1]["payload"]
    return payload


def _minutes_differ(folder: Path, events: list[dict[str, Any]], mine: dict[tuple[str, str], int]) -> list[str]:
    """Make the minutes, and return what differs between them and the votes in force, or what `verify` finds."""
    if not events:
        return ["nothing was voted at all"]
    for command in (["minutes", folder, "--as", events[0]["actor"]], ["verify", folder]):
        finished = subprocess.run([*WORKBENCH, *map(str, command)], capture_output=True, text=True, check=False)
        if finished.returncode:
            return [f"{command[0]}: {finished.stdout}{finished.stderr}"]
    choices: dict[str, set[tuple[str, int | None]]] = {}
    for (case_id, _actor), seq in mine.items():
        payload = _payload(events, seq)
        if payload["action"] != "postpone":
            choices.setdefault(case_id, set()).add((payload["action"], payload["box"]))
    agreed = {case_id: next(iter(chosen))[1] for case_id, chosen in choices.items() if len(chosen) == 1}
    with closing(Store.of(Workspace(folder))) as store:
        signed = store.events()[-1].payload or {}
    return [] if signed.get("cases") == agreed else ["the minutes decide otherwise than the votes"]


def append_times(folder: Path, names: Sequence[str], votes: int) -> list[float]:
    """Return how long each vote took to be on the disk, in order, while everybody writes at once."""
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(len(names))
    with spawn.Pool(len(names), _share, (barrier,)) as pool:
        taken = pool.starmap(_append, [(folder, name, place, votes) for place, name in enumerate(names)], chunksize=1)
    return sorted(seconds for one in taken for seconds in one)


_barrier: Any = None


def _share(barrier: Any) -> None:
    global _barrier  # the only way into a process of a pool
    _barrier = barrier


def _append(folder: Path, name: str, place: int, votes: int) -> list[float]:
    taken = []
    with closing(Store.of(Workspace(folder))) as store:
        cases = [case_id for case_id, _position in store.case_heads()]
        _barrier.wait()
        for number in range(votes):
            case_id = cases[(number + place // 2 * votes) % len(cases)]  # two people a case
            started = time.perf_counter()
            store.submit(
                actor=name,
                case_id=case_id,
                action="box",
                box=5,
                reason_code="evidence",
                reason="bukti tes",
                confidence=2,
                idempotency_key=secrets.token_hex(16),
            )
            taken.append(time.perf_counter() - started)
    return taken


def quantiles(seconds: list[float]) -> str:
    """Return median, 95th and 99th percentile and the longest, in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return ", ".join(f"{1000 * x:.0f}" for x in (cuts[49], cuts[94], cuts[98], seconds[-1])) + " ms"


def report(number: int, outcome: Outcome, appended: list[float], wrong: list[str]) -> str:
    """Return the figures as a table, and every difference."""
    attempts = [a for one in outcome.assessors for a in one.attempts.values()]
    waited = outcome.waited
    counted = ("sent again", "acknowledged again", "found after a reload", "asked to try again", "reloads")
    broken = ("connections broken", "lost on the way there", "lost on the way back")
    rows = [
        ["cases, assessors", f"{number}, {len(outcome.assessors)}"],
        ["seconds until every case had two votes", f"{outcome.seconds:.0f}"],
        ["votes acknowledged", str(sum(a.seq is not None for a in attempts))],
        ["votes refused: the case was another's by then", str(sum(bool(a.refused) for a in attempts))],
        ["votes taken back", str(sum(told for one in outcome.assessors for told in one.undone.values()))],
        *([f"killed: {kind}", str(times)] for kind, times in sorted(outcome.struck.items())),
        *([what, str(outcome.count(what))] for what in (*broken, *counted)),
        ["a vote waited, seconds: median, 95 %, longest", _three(waited)],
        [f"append under {len(outcome.assessors)} writers: p50, p95, p99, longest", quantiles(appended)],
        ["differences between assessors, log and minutes", str(len(wrong))],
    ]
    return "\n".join([table(("what", "figure"), rows), *(f"- {line}" for line in wrong)])


def _three(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return f"{cuts[9]:.2f}, {cuts[18]:.1f}, {seconds[-1]:.1f}"


def main() -> int:
    """Print one table; return 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--round", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--assessors", type=int, default=12)
    parser.add_argument("--cases", type=int, default=600)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    names = [f"Asesor {number:02d}" for number in range(1, arguments.assessors + 1)]
    seconds = 60 * arguments.minutes
    with tempfile.TemporaryDirectory(prefix="workbench-chaos-") as temporary:
        folder = (arguments.folder or Path(temporary)) / "round"
        if arguments.round:
            shutil.copytree(arguments.round, folder)
        else:
            for command in (["new", str(folder), "--cohort", COHORT], ["run", str(folder)]):
                subprocess.run([*WORKBENCH, *command], check=True, capture_output=True)
        number = prepare(folder, names, arguments.cases)
        apart = Path(temporary) / "append"
        shutil.copytree(folder, apart)
        appended = append_times(apart, names, number // -(-len(names) // 2))
        # So that thinking alone takes about as long as things break.
        habits = Habits(pace=0.7 * seconds * len(names) / (2 * number))
        outcome = review_under_failure(
            folder, names, seconds=seconds, habits=habits, seed=arguments.seed, every=seconds / 60, port=FIRST_PORT
        )
        wrong = differences(folder, outcome)
    words = f"{describe()}; seed {arguments.seed}\n\n{report(number, outcome, appended, wrong)}"
    print(words)
    if arguments.save:
        save_section("Review under failure", words)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
