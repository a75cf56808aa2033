"""The page that keeps what benchmarks printed: `docs/benchmarks.md`, one section a benchmark."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["panels", "save_picture", "save_section"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def save_section(title: str, text: str) -> None:
    """Put a text under its heading, with the date, instead of what stood there; a new heading goes to the end."""
    page = PAGE.read_text(encoding="utf-8").rstrip("\n")
    section = f"### {title}\n\n{datetime.now(UTC):%Y-%m-%d}. {text.strip()}"
    found = re.search(rf"^### {re.escape(title)}\n.*?(?=\n### |\n## |\Z)", page, flags=re.MULTILINE | re.DOTALL)
    page = f"{page}\n\n{section}" if found is None else f"{page[: found.start()]}{section}\n{page[found.end() :]}"
    PAGE.write_text(page.rstrip("\n") + "\n", encoding="utf-8")


def panels(number: int, width: float, height: float) -> tuple[Any, Any]:
    """Return a figure of so many panels side by side, in inches, and the panels."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    return plt.subplots(1, number, figsize=(width, height), layout="constrained")


def save_picture(figure: Any, name: str) -> None:
    """Save a figure among the pictures of the docs, equal byte for byte when it shows the same; then forget it."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    path = PAGE.parent / "images" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": path.stem}):
        figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
