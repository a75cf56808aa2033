"""Kernels of one warm process: each as fresh, as private and as mortal as an ordinary one."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import psutil
import pytest

from workbench.kernel import ORDINARY, SWITCH

SECRET = "rahasia-milik-peladen"


def test_a_kernel_is_forked_and_looks_like_any_other(warm, start, tmp_path_factory):
    folder = tmp_path_factory.mktemp("f")
    kernel = start(folder=folder)
    assert psutil.Process(kernel.pid).ppid() == warm.pid
    command = psutil.Process(kernel.pid).cmdline()
    assert command[1:4] == ["-m", "ipykernel_launcher", "-f"]
    assert command[4] == kernel.manager.connection_file
    facts = "import os, sys; print(os.getpid() == os.getsid(0) == os.getpgid(0), os.getcwd(), sys.argv[1], __name__)"
    assert kernel.run(facts) == f"True {folder} -f __main__"
    assert stat.S_IMODE(warm.place.parent.stat().st_mode) == 0o700
    assert psutil.Process(warm.pid).num_threads() == 1


def test_it_has_the_environment_it_was_given_and_no_other(warm, start, monkeypatch):
    monkeypatch.setenv("DATABASE_PASSWORD", SECRET)
    first = start(environment={"TOKEN_OF_FIRST": SECRET + "-1"})
    second = start(environment={"WHO": "Budi"})
    assert psutil.Process(second.pid).environ()["WHO"] == "Budi"
    assert first.run("import os; print(os.environ['TOKEN_OF_FIRST'])") == SECRET + "-1"
    assert "TOKEN_OF_FIRST" not in second.run("import os; print(sorted(os.environ))")
    for kernel in (first, second):
        assert kernel.run("import os; print('DATABASE_PASSWORD' in os.environ)") == "False"
    assert SECRET.encode() not in Path(f"/proc/{second.pid}/environ").read_bytes()
    assert SECRET.encode() not in Path(f"/proc/{warm.pid}/environ").read_bytes()
    assert SECRET.encode() not in memory_of(second.pid), "nor anywhere else in its memory"


def memory_of(pid: int) -> bytes:
    """Return all memory of a process that it may write to."""
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, mode, *_rest = line.split()
            if mode.startswith("rw"):
                first, last = (int(edge, 16) for edge in place.split("-"))
                memory.seek(first)
                try:
                    found.append(memory.read(last - first))
                except OSError:
                    continue
    return b"".join(found)


def test_nothing_that_one_visitor_did_reaches_the_next(warm, start, monkeypatch):
    first, second = start(), start()
    assert first.run("left = 1; import textwrap, builtins; textwrap.dedent = None; builtins.left_here = 1; 7 * 6") == ""
    third = start()
    for kernel in (second, third):
        assert kernel.run("left") == "NameError"
        assert kernel.run("import textwrap; print(textwrap.dedent('  a'))") == "a"
        assert kernel.run("left_here") == "NameError"
    facts = "print(get_ipython().execution_count, len(In), Out, [n for n in dir() if n[0] != '_'])"
    forked = start().run(facts)
    monkeypatch.setenv(SWITCH, ORDINARY)
    assert forked == start().run(facts)
    assert third.run(facts) != forked


DRAWS = (
    "import os, random, secrets, tempfile, uuid, numpy\n"
    "print(os.urandom(8), random.random(), secrets.token_hex(), uuid.uuid4(), next(tempfile._get_candidate_names()), "
    "numpy.random.random(), numpy.random.default_rng().random(), sep='|')"
)


def test_two_kernels_draw_different_random_numbers(warm, start):
    drawn = [start().run(DRAWS).split("|") for _ in range(3)]
    for values in zip(*drawn, strict=True):
        assert len(set(values)) == 3


def open_files(pid: int) -> set[str]:
    """Return the sockets, pipes and files that a process has open."""
    found = {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()}
    return {name for name in found if name.startswith(("socket", "pipe")) or "kernels-" in name}


def test_a_kernel_holds_no_file_of_the_warm_process_or_of_another_kernel(warm, start):
    first, second = start(), start()
    assert len(open_files(warm.pid)) > 4
    assert not open_files(second.pid) & (open_files(warm.pid) | open_files(first.pid))


def test_output_goes_where_it_was_asked_to_go(warm, start, tmp_path):
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        kernel = start(stdout=out, stderr=err)
    kernel.run(
        "import sys; print('kata', file=sys.__stdout__, flush=True); print('galat', file=sys.__stderr__, flush=True)"
    )
    kernel.end()
    assert "kata" in (tmp_path / "out").read_text()
    assert "galat" in (tmp_path / "err").read_text()


def test_a_killed_kernel_leaves_the_others_and_the_warm_process(warm, start, wait_until):
    killed, stays = start(), start()
    os.kill(killed.pid, signal.SIGKILL)
    wait_until(lambda: killed.status() is not None)
    assert killed.status() == -signal.SIGKILL
    assert not killed.manager.is_alive()
    assert not psutil.pid_exists(killed.pid), "no zombie stays"
    assert stays.run("print(1)") == "1"
    assert psutil.Process(start().pid).ppid() == warm.pid


def test_a_kernel_is_interrupted_ends_with_its_status_and_starts_again(warm, start, wait_until):
    kernel = start()
    message = kernel.client.execute("import time; time.sleep(60)")
    wait_until(lambda: kernel.client.get_iopub_msg(timeout=5)["msg_type"] == "execute_input")
    kernel.manager.interrupt_kernel()
    answer = kernel.client.get_shell_msg(timeout=10)
    assert answer["parent_header"]["msg_id"] == message
    assert answer["content"]["ename"] == "KeyboardInterrupt"
    before = kernel.pid
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=30)
    assert kernel.pid != before
    assert psutil.Process(kernel.pid).ppid() == warm.pid
    kernel.client.execute("import os; os._exit(3)")
    wait_until(lambda: kernel.status() is not None)
    assert kernel.status() == 3


def test_a_kernel_that_is_asked_to_end_does_so_in_order(warm, start, home, tmp_path):
    kernel = start()
    kernel.run(f"import atexit, pathlib; atexit.register(pathlib.Path({str(tmp_path / 'own')!r}).touch)")
    kernel.run("import tempfile; mine = tempfile.TemporaryDirectory()")
    mine = Path(kernel.run("print(mine.name)"))
    process = kernel.manager.provisioner.process
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel()
    assert process.poll() == 0
    assert (tmp_path / "own").exists()
    assert not mine.exists()
    assert not (home / "ended").exists(), "the warm process's own end is not the kernel's"
    assert len([path for path in home.iterdir() if path.name.startswith("tmp")]) == 1


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_terminate_and_kill(warm, start, wait_until, signum):
    kernel = start()
    process = kernel.manager.provisioner.process
    (process.terminate if signum == signal.SIGTERM else process.kill)()
    wait_until(lambda: process.poll() is not None)
    assert process.poll() == -signum
    process.send_signal(signum)  # to nobody


def test_nbclient_says_that_a_kernel_died(warm, environment, tmp_path, monkeypatch):
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import os, signal; os.kill(os.getpid(), 9)")])
    client = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    with pytest.raises(DeadKernelError):
        client.execute()
