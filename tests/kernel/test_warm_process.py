"""The warm process: nothing outlives whoever needed it, and whatever stands in its way, kernels start all the same."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from workbench.kernel import ORDINARY, SWITCH, WarmKernels, provisioner


@pytest.fixture(autouse=True)
def unsaid(monkeypatch):
    monkeypatch.setattr(provisioner, "_said", set())
    monkeypatch.delenv(SWITCH, raising=False)


def is_forked(kernel) -> bool:
    return psutil.Process(kernel.pid).ppid() != os.getpid()


OWNER = """
import os, signal, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from conftest import Kernel
from workbench.kernel import WarmKernels

environment = dict(os.environ)
with WarmKernels("warming:exercise", environment) as warm:
    warm.begin()
    kernel = Kernel(environment, Path({folder!r}))
    kernel.client.execute("import subprocess; subprocess.run(['sleep', '600'])")
    print(warm.pid, kernel.pid, flush=True)
    signal.pause()
"""


def test_owner_killed_leaves_nothing(environment, tmp_path_factory, wait_until):
    folder = tmp_path_factory.mktemp("o")
    script = OWNER.format(tests=str(Path(__file__).parent), folder=str(folder))
    owner = subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True)
    with owner:
        warm, kernel = (psutil.Process(int(number)) for number in owner.stdout.readline().split())
        wait_until(lambda: kernel.children())
        processes = [warm, kernel, *kernel.children()]
        owner.kill()
    wait_until(lambda: not any(process.is_running() for process in processes), 10)


def test_a_killed_warm_process_takes_its_kernels_the_next_is_ordinary_and_those_after_it_are_forked_again(
    environment, start, wait_until, caplog
):
    caplog.set_level(logging.INFO, "workbench.kernel")
    with WarmKernels("warming:exercise", environment) as warm:
        warm.begin()
        kernel = start()
        assert is_forked(kernel)
        psutil.Process(warm.pid).kill()
        wait_until(lambda: kernel.status() is not None and not psutil.pid_exists(kernel.pid))
        after = start()
        assert not is_forked(after)
        assert after.run("print(1)") == "1"
        again = start()
        assert is_forked(again)
        assert again.run("print(2)") == "2"
        assert after.run("print(3)") == "3"
    wait_until(lambda: again.status() is not None)


def test_end_of_need_ends_process_kernels_and_folder(environment, start, wait_until):
    with WarmKernels("warming:exercise", environment) as warm:
        warm.begin()
        kernel = start()
        folder = warm.place.parent
    wait_until(lambda: kernel.status() is not None)
    assert not psutil.pid_exists(kernel.pid)
    assert not psutil.pid_exists(warm.pid)
    assert not folder.exists()
    assert not is_forked(start())


@pytest.mark.parametrize(
    ("warm_up", "why"),
    [
        ("warming:with_thread", "the warm-up left threads"),
        ("warming:broken", "LookupError: nothing to warm"),
        ("no_such_module:exercise", "ModuleNotFoundError"),
    ],
)
def test_without_a_warm_process_kernels_are_ordinary_and_it_is_said_once(environment, start, caplog, warm_up, why):
    caplog.set_level(logging.INFO, "workbench.kernel")
    with WarmKernels(warm_up, environment) as warm:
        warm.begin()
        for _ in range(2):
            kernel = start()
            assert not is_forked(kernel)
            assert kernel.run("print(6 * 7)") == "42"
    said = [record.getMessage() for record in caplog.records]
    assert why in said[0]
    assert len(said) == len(set(said)) <= 2  # the first kernel may still have met the process


@pytest.mark.parametrize(
    "different", [{"OPENBLAS_NUM_THREADS": "2"}, {"PYTHONHASHSEED": "0"}, {"LC_ALL": "C"}, {"PYTHONPATH": "/nowhere"}]
)
def test_a_kernel_that_would_differ_from_an_ordinary_one_is_ordinary(warm, start, caplog, different):
    caplog.set_level(logging.INFO, "workbench.kernel")
    kernel = start(environment=different)
    assert not is_forked(kernel)
    assert [name in caplog.text for name in different] == [True]


def test_code_that_has_changed_since_is_read_anew(environment, home, tmp_path, start):
    module = tmp_path / "changing.py"
    module.write_text("VALUE = 1\ndef exercise(): pass\n")
    path = {"PYTHONPATH": str(tmp_path)}
    with WarmKernels("changing:exercise", environment | path) as warm:
        warm.begin()
        first = start(environment=path)
        assert (is_forked(first), first.run("import changing; print(changing.VALUE)")) == (True, "1")
        module.write_text("VALUE = 22\ndef exercise(): pass\n")
        second = start(environment=path)
        assert (is_forked(second), second.run("import changing; print(changing.VALUE)")) == (False, "22")


def test_ordinary_kernels_can_be_forced(environment, start, monkeypatch):
    monkeypatch.setenv(SWITCH, ORDINARY)
    with WarmKernels("warming:exercise", environment) as warm:
        warm.begin()
        assert warm.pid is None
        assert not is_forked(start())


def test_elsewhere_than_on_linux_there_is_no_warm_process(environment, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("workbench.kernel.warm.sys.platform", "darwin")
        with WarmKernels("warming:exercise", environment) as warm:
            warm.begin()
    assert warm.place is None


ELSEWHERE = """
import os, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from conftest import Kernel

kernel = Kernel(dict(os.environ), Path({folder!r}))
print(kernel.pid, kernel.run("import os; print(os.getppid(), [n for n in os.environ if n in {hidden!r}])"), flush=True)
os._exit(0)
"""


def test_another_process_of_this_account_may_use_it_and_its_kernels_end_with_it(
    warm, environment, tmp_path_factory, wait_until
):
    folder = tmp_path_factory.mktemp("e")
    hidden = sorted(warm.for_others())
    script = ELSEWHERE.format(tests=str(Path(__file__).parent), folder=str(folder), hidden=hidden)
    finished = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, **warm.for_others()},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    pid, parent, *names = finished.stdout.split()
    assert int(parent) == warm.pid
    assert names == ["[]"]
    wait_until(lambda: not psutil.pid_exists(int(pid)), 10)


def test_a_socket_that_others_could_have_made_is_not_used(warm, start, monkeypatch):
    folder = warm.place.parent
    folder.chmod(0o755)
    try:
        assert not is_forked(start())
    finally:
        folder.chmod(0o700)
    assert is_forked(start())
