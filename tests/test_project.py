"""The project's own promises: lock file, environment file, code quality, no trace of one machine."""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def test_environment_file_is_made_from_the_lock_file() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    written = (ROOT / "environment.yml").read_text(encoding="utf-8")
    script = runpy.run_path(str(ROOT / "scripts" / "environment_file.py"))
    assert written == script["environment_text"](lock)
    environment = yaml.safe_load(written)
    python, pip, packages = environment["dependencies"]
    assert environment["name"] == "assessor-workbench"
    assert environment["channels"][0] == "conda-forge"
    assert (python, pip) == ("python=3.11", "pip")
    assert packages["pip"] == [*filter(None, lock.splitlines()), "-e ."]


def test_lock_file_names_every_direct_dependency_and_no_index() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {re.split(r"[=\[ ;]", line)[0].lower() for line in lock.splitlines() if line and line[0].isalnum()}
    names = {re.split(r"[<>=\[ ;]", requirement)[0].lower() for requirement in wanted}
    assert names <= locked
    assert not re.search(r"https?://|--index|--find-links|file:", lock)


def test_installed_versions_are_the_locked_ones() -> None:
    from importlib.metadata import version

    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)$", lock, flags=re.MULTILINE))
    assert len(pins) > 100
    assert {name: version(name) for name in pins} == pins


# What turns a hook that mends into a check that changes nothing.
CHECK_ONLY = {"ruff-format": ["--check"], "ruff": ["--no-fix"], "nbstripout": ["--verify"]}
HOOKS = {
    hook["id"]: hook
    for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    for hook in repository["hooks"]
}


def test_the_commit_hook_has_every_check() -> None:
    assert set(HOOKS) == {"ruff-format", "ruff", "mypy", "import-linter", "nbstripout", "codespell"}
    assert all(hook["language"] == "system" for hook in HOOKS.values()), "nothing is fetched"
    assert "pre-commit run --all-files" in make("--dry-run", "lint")


@pytest.mark.parametrize("name", HOOKS)
def test_code_quality(name: str) -> None:
    """The commands of the commit hook, on the files that it would give them."""
    hook = HOOKS[name]
    command = shlex.split(hook["entry"])
    assert command[0].startswith(".venv/bin/"), "the versions of the lock file"
    command = [str(BIN / command[0].removeprefix(".venv/bin/")), *command[1:], *CHECK_ONLY.get(name, [])]
    if hook.get("pass_filenames", True):
        pattern = re.compile(hook.get("files", r"\.py$"))
        not_these = re.compile(hook.get("exclude", r"^$"))
        files = [str(path.relative_to(ROOT)) for path in tracked()]
        command += [file for file in files if pattern.search(file) and not not_these.search(file)]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def make(*arguments: str) -> str:
    """Return what make prints, also when these tests run under make, whose settings a child would inherit."""
    outside = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    command = ["make", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, env=outside).stdout


@pytest.mark.parametrize(
    ("target", "calls"),
    [
        ("setup", "scripts/setup.sh"),
        ("run", "scripts/demo.py demo/cirebon-2024 demo/iqitems"),
        ("review", "workbench review demo/cirebon-2024"),
        ("test", '-m "not slow"'),
        ("test-all", "pytest"),
        ("bench", "-m benchmarks"),
        ("lint", "pre-commit"),
        ("docs", "scripts/make_docs.py"),
    ],
)
def test_make_targets_set_up_and_do_what_they_say(target: str, calls: str) -> None:
    lines = make("--dry-run", target).splitlines()
    assert "scripts/setup.sh" in lines[0]
    assert calls in lines[-1]
    assert re.search(rf"^{target}\s", make("help"), flags=re.MULTILINE)


def test_continuous_integration_is_make_test() -> None:
    script = ROOT / ".ci" / "run"
    commands = [line for line in script.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert commands[-1] == "exec make test"
    assert "export CI=true" in commands
    assert os.access(script, os.X_OK)


def test_licence_is_bsd_with_three_clauses() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "BSD 3-Clause" in text.splitlines()[0]
    assert len(re.findall(r"^[123]\. ", text, flags=re.MULTILINE)) == 3
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "BSD-3-Clause"


def test_notebooks_narrate_and_call() -> None:
    notebooks = tracked("notebooks/*.ipynb")
    assert notebooks
    for path in notebooks:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code":
                assert cell["outputs"] == [], path.name
                assert cell["execution_count"] is None, path.name
                assert not re.search(r"^\s*(def|class|async def) |\blambda\b", source, flags=re.MULTILINE), path.name


def test_nothing_of_one_machine_is_in_the_tree() -> None:
    forbidden = re.compile(r"(/root/|/home/[a-z]|/opt/[a-z]|/work/[a-z]|\.\./shared|file:///)")
    texts = [p for p in tracked() if p.suffix in {".py", ".md", ".toml", ".yml", ".yaml", ".sh", ".ipynb", ".lock", ""}]
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in texts
        if path != Path(__file__).resolve()
        for match in [forbidden.search(path.read_text(encoding="utf-8"))]
        if match
    ]
    assert found == []


def test_no_module_grows_beyond_reading() -> None:
    long = {
        str(p.relative_to(ROOT)): n for p in tracked("workbench/*.py") if (n := len(p.read_text().splitlines())) > 450
    }
    assert long == {}
