"""Write environment.yml from requirements.lock, so that conda users get the same versions."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def environment_text(lock: str) -> str:
    """Return the text of environment.yml for the text of a lock file."""
    pins = [line.strip() for line in lock.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    head = [
        "# Made from requirements.lock by scripts/environment_file.py; do not edit.",
        "name: assessor-workbench",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        "  - python=3.11",
        "  - pip",
        "  - pip:",
    ]
    quoted = ["      - " + (f'"{pin}"' if ";" in pin else pin) for pin in pins]
    return "\n".join(head + quoted + ["      - -e ."]) + "\n"


def main() -> int:
    """Write environment.yml beside the lock file."""
    text = environment_text((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    (ROOT / "environment.yml").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
