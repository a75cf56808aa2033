"""Warming up for the screens: what pages use, one thread, nothing left on the disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from workbench.apps.chair.view import ChairScreen
from workbench.apps.pleno.view import PlenoScreen
from workbench.apps.queue.view import QueueScreen
from workbench.apps.talent.view import TalentScreen

# One thread: what the server gives its kernels, and what the warm process gives Arrow.
AS_WHEN_WARMING = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
CODE = """
import json, os, sys
from workbench.apps.warm_up import warm_up
warm_up()
print(json.dumps([sorted(sys.modules), len(os.listdir("/proc/self/task"))]))
"""


def test_the_screens_are_loaded_and_nothing_else(tmp_path):
    finished = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", CODE],
        env={**os.environ, **AS_WHEN_WARMING, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stderr == ""
    modules, threads = json.loads(finished.stdout)
    assert threads == 1
    used = {screen.__module__ for screen in (QueueScreen, PlenoScreen, TalentScreen, ChairScreen)}
    later = {"workbench.analysis.review_findings", "workbench.reports.release"}
    shown = {"workbench.apps.items.view", "sqlalchemy.dialects.sqlite.pysqlite"}
    assert used | later | shown <= set(modules)
    assert not {"matplotlib", "plotly", "statsmodels"} & set(modules)
    assert list(tmp_path.iterdir()) == []
