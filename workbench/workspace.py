"""The folder of one cohort: plain files, one class that knows where each lies.

A workspace holds the inputs as received, the validated tables, the results of each stage, the runs that made them,
the reports and the review log. Everything is written to a temporary name and then renamed, so that an interrupted
run never leaves half a file.
"""

from __future__ import annotations

import json
import os
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from workbench.i18n import _
from workbench.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from workbench.policy import Policy
    from workbench.records.declared import Received

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "MANUAL_RUN",
    "SETTINGS_FILE",
    "Run",
    "Settings",
    "Workspace",
    "replaced_on_success",
    "write_frame",
    "write_text",
]

SETTINGS_FILE = "workbench.toml"
ENVIRONMENT_VARIABLE = "WORKBENCH_WORKSPACE"
MANUAL_RUN = "manual"  # the run of notebooks that somebody runs by hand


@contextmanager
def replaced_on_success(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; rename it to `path` when the block succeeds, remove it otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame to Parquet under a temporary name, then rename it."""
    with replaced_on_success(path) as temporary:
        frame.to_parquet(temporary, index=False)


def write_text(path: Path, text: str) -> None:
    """Write a text under a temporary name, then rename it."""
    with replaced_on_success(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


class Run:
    """The folder of one notebook run, ``runs/<run id>/``.

    A notebook writes here and nowhere else; the pipeline publishes what a finished run left.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name

    def write(self, name: str, frame: pd.DataFrame) -> None:
        """Write one result table of this run."""
        write_frame(self.path / "tables" / f"{name}.parquet", frame)


class Workspace:
    """The folder of one cohort.

    Parameters
    ----------
    path : str or Path
        The folder. Empty means the folder named by the environment variable ``WORKBENCH_WORKSPACE``; a notebook run
        by hand or by nbval uses this.

    Raises
    ------
    ValueError
        When the folder is not a workspace or its settings are wrong.
    """

    def __init__(self, path: str | Path = "") -> None:
        chosen = str(path) or os.environ.get(ENVIRONMENT_VARIABLE, "")
        if not chosen:
            raise ValueError(
                _("Ruang kerja belum disebut; isi parameter 'workspace' atau variabel {name}.").format(
                    name=ENVIRONMENT_VARIABLE
                )
            )
        self.path = Path(chosen).resolve()
        source = self.path / SETTINGS_FILE
        if not source.is_file():
            raise ValueError(
                _("{path} bukan ruang kerja (tidak ada {name}); buat dengan 'workbench new'.").format(
                    path=chosen, name=SETTINGS_FILE
                )
            )
        try:
            self.settings = Settings(**tomllib.loads(source.read_text(encoding="utf-8")))
        except tomllib.TOMLDecodeError as problem:
            raise ValueError(
                _("{name} tidak dapat dibaca ({problem}); perbaiki berkas itu.").format(
                    name=SETTINGS_FILE, problem=problem
                )
            ) from None
        except ValidationError as problem:
            where = ".".join(str(part) for part in problem.errors()[0]["loc"])
            raise ValueError(
                _("{name}: isian '{where}' tidak sah; perbaiki berkas itu.").format(name=SETTINGS_FILE, where=where)
            ) from None

    @classmethod
    def create(cls, path: str | Path, settings: Settings) -> Workspace:
        """Make a new, empty workspace.

        Raises
        ------
        ValueError
            When the folder exists and is not empty.
        """
        folder = Path(path)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ValueError(_("{path} sudah ada dan tidak kosong; pilih folder lain.").format(path=path))
        (folder / "inputs").mkdir(parents=True, exist_ok=True)
        write_text(folder / SETTINGS_FILE, settings.to_toml())
        return cls(folder)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the workspace against every other process that changes it; never waits.

        The settings file carries the lock, so that holding it leaves no trace in the folder.

        Raises
        ------
        ValueError
            When another process holds it.
        """
        import fcntl

        with (self.path / SETTINGS_FILE).open("rb+") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ValueError(
                    _("{path} sedang dikerjakan proses lain; tunggu sampai selesai.").format(path=self.path.name)
                ) from None
            yield

    @property
    def inputs(self) -> Path:
        """Folder of the files as received."""
        return self.path / "inputs"

    @property
    def database_url(self) -> str:
        """SQLAlchemy address of the review log, with a relative SQLite path made absolute."""
        url = self.settings.database
        prefix = "sqlite:///"
        if url.startswith(prefix) and not url.startswith(prefix + "/"):
            return f"{prefix}{self.path / url.removeprefix(prefix)}"
        return url

    @property
    def banks(self) -> Path:
        """Folder of the item banks that were made or applied here."""
        return self.path / "banks"

    @property
    def bank_source(self) -> str | Path:
        """What `records.bank.load_bank` reads for this round: a folder of the workspace, or a version that ships.

        The folder comes first, so that a workspace whose bank was copied into it stands alone; empty without a bank.
        """
        version = self.settings.bank
        own = self.banks / version
        return own if version and (own / "bank.json").is_file() else version

    @property
    def provisional_mark(self) -> str:
        """The sentence that every page of this round must say of itself; empty where a bank has scored its answers.

        A round without an item bank is marked, and one without answers: on whose figures its probabilities rest.
        """
        if not self.has_answers:
            return self.received.sentence if self.settings.policy else ""
        if self.settings.bank:
            return ""
        return _(
            "SEMENTARA: putaran ini dinilai dengan kalibrasinya sendiri dan tidak dapat dibandingkan dengan "
            "putaran lain."
        )

    @property
    def mark_in_title(self) -> str:
        """What follows the name of a round that is marked, where there is room for a word only."""
        if not self.has_answers:
            return _(" · GALAT DINYATAKAN") if self.has_probabilities else _(" · TANPA PELUANG")
        return "" if self.settings.bank else _(" · SEMENTARA")

    @property
    def has_answers(self) -> bool:
        """Whether people's answers are here, or only levels or points that somebody else made of them."""
        return self.settings.entry == "responses"

    @property
    def policy(self) -> Policy:
        """The policy that places people; of a component sheet, with every component read as the points received.

        Raises
        ------
        ValueError
            When the settings name none, or the sheet is not one of the policy's components.
        """
        from workbench.policy import load_policy, with_points_received
        from workbench.records.received_tables import SHEET_COMPONENTS

        if not self.settings.policy:
            raise ValueError(_("Ruang kerja ini tidak menyebut kebijakan; isi 'policy' pada workbench.toml."))
        policy = load_policy(self.settings.policy)
        of_sheet = self.settings.entry == "component_sheet"
        return with_points_received(policy, SHEET_COMPONENTS) if of_sheet else policy

    @property
    def received(self) -> Received:
        """What came in place of answers, and the errors that are declared of it."""
        from workbench.records.declared import Received
        from workbench.records.received_tables import DECLARED_ERRORS, RECEIVED_LEVELS

        name = RECEIVED_LEVELS if self.settings.entry == "levels" else self.settings.entry
        declared = self.read(DECLARED_ERRORS) if self.table_path(DECLARED_ERRORS).is_file() else None
        return Received(self.settings.entry, self.read(name), declared, self.policy)

    @property
    def has_probabilities(self) -> bool:
        """Whether probabilities can be stated: from answers, or from declared errors of all that boxes rest on."""
        return self.has_answers or (bool(self.settings.policy) and self.received.is_declared)

    def require_answers(self, what: str) -> None:
        """Refuse what cannot be computed without people's answers.

        Raises
        ------
        ValueError
            When this round has none.
        """
        if not self.has_answers:
            raise ValueError(
                _("{what} tidak dapat dihitung: putaran ini tidak memuat jawaban; sertakan berkas jawabannya.").format(
                    what=what
                )
            )

    def table_path(self, name: str, stage: str = "") -> Path:
        """Return where a table lies: ``tables/`` for inputs, ``results/<stage>/`` for results."""
        folder = self.path / "results" / stage if stage else self.path / "tables"
        return folder / f"{name}.parquet"

    def find(self, name: str) -> Path | None:
        """Return the file of a table or result by its name alone, or None."""
        candidates = [self.table_path(name), *sorted((self.path / "results").glob(f"*/{name}.parquet"))]
        return next((path for path in candidates if path.is_file()), None)

    def has(self, name: str) -> bool:
        """Return whether a table or result exists."""
        return self.find(name) is not None

    def read(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Read a validated table or a result by name.

        Raises
        ------
        ValueError
            When nothing of that name has been made yet.
        """
        import pandas as pd

        path = self.find(name)
        if path is None:
            raise ValueError(
                _("Tabel '{name}' belum ada di {path}; jalankan 'workbench run' dahulu.").format(
                    name=name, path=self.path.name
                )
            )
        return pd.read_parquet(path, columns=list(columns) if columns is not None else None)

    def write(self, name: str, frame: pd.DataFrame, stage: str = "") -> None:
        """Write a validated table (no stage) or the result of a stage."""
        write_frame(self.table_path(name, stage), frame)

    def response_forms(self, instrument: str) -> tuple[str, ...]:
        """Return the forms of an instrument for which responses are stored."""
        prefix = f"responses_{instrument}__"
        return tuple(sorted(p.stem.removeprefix(prefix) for p in (self.path / "tables").glob(f"{prefix}*.parquet")))

    def read_responses(self, instrument: str, form: str) -> pd.DataFrame:
        """Read the stored responses of one form: ``participant_id``, then one text column an item, by position."""
        return self.read(f"responses_{instrument}__{form}")

    def write_responses(self, instrument: str, form: str, frame: pd.DataFrame) -> None:
        """Write the stored responses of one form."""
        self.write(f"responses_{instrument}__{form}", frame)

    def run(self, run_id: str = "") -> Run:
        """Return the folder of a run; without an id the one for notebooks run by hand."""
        return Run(self.path / "runs" / (run_id or MANUAL_RUN))

    def manifest(self, run_id: str) -> dict[str, Any]:
        """Return the manifest of a run: inputs, versions, seeds and hashes.

        Raises
        ------
        ValueError
            When there is no such run.
        """
        path = self.path / "runs" / run_id / "manifest.json"
        if not path.is_file():
            raise ValueError(_("Proses '{run}' tidak ada di {path}.").format(run=run_id, path=self.path.name))
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return manifest
