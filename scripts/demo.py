"""The main job, from nothing: a full Cirebon round and a round of real responses, each from files to reports."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKBENCH = [sys.executable, "-m", "workbench"]
KINDS = {"item_analysis": "analisis butir", "score_validation": "validasi skor", "talent_boxes": "kotak talenta"}


def step(*arguments: str) -> None:
    """Run one command of the workbench; stop with its exit status when it fails."""
    print(f"\n$ workbench {' '.join(arguments)}", flush=True)
    finished = subprocess.run([*WORKBENCH, *arguments], cwd=ROOT, check=False)
    if finished.returncode:
        sys.exit(finished.returncode)


def main() -> int:
    """Make both workspaces where they are missing, run them, and name what they leave."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohort", type=Path, help="folder of the simulated Cirebon round")
    parser.add_argument("real", type=Path, help="folder of the round on real responses")
    arguments = parser.parse_args()
    started = time.monotonic()
    if not (arguments.cohort / "workbench.toml").exists():
        step("new", str(arguments.cohort), "--cohort", "cirebon-2024")
    if not (arguments.real / "workbench.toml").exists():
        step("new", str(arguments.real), "--real", "iqitems")
    step("run", str(arguments.real))
    step("run", str(arguments.cohort))
    print(f"\nSelesai dalam {time.monotonic() - started:.0f} detik. Yang tersedia sekarang:")
    print(f"  daftar laporan     {arguments.cohort / 'reports' / 'index.html'}")
    for report in sorted(arguments.cohort.glob("reports/*/report.html")):
        print(f"  laporan instansi   {report}")
        print(f"  daftar peserta     {report.with_name('participants.xlsx')}")
    for page in sorted(arguments.cohort.glob("reports/fairness.html")):
        print(f"  keadilan           {page}")
    for workspace in (arguments.cohort, arguments.real):
        for page in sorted(workspace.glob("reports/*_*/*.html")):
            print(f"  {KINDS[page.parent.name]:18} {page}")
    print(f"\nBuka halaman telaah butir:  workbench review {arguments.cohort} --screen items")
    print(f"Buka di JupyterLab:         workbench lab {arguments.cohort}")
    print(f"\nBuka halaman telaah:  make review   (atau: workbench review {arguments.cohort})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
