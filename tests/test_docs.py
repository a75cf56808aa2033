"""The docs say what is so: names exist, links lead somewhere, commands and examples work, formulas can be drawn."""

from __future__ import annotations

import csv
import importlib
import inspect
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest
from PIL import Image
from typer.main import get_command

from scripts.render_docs import DocsError, formula, pages, render, slug
from workbench.cli import app
from workbench.records.sheets import DATA_SHEET
from workbench.review.store import Store
from workbench.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
METHODS = sorted((ROOT / "docs" / "methods").glob("*.md"))
WITH_CODE = [
    ROOT / "docs" / "tour.md",
    ROOT / "docs" / "coming-from.md",
    *METHODS,
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
]
FOLDERS = {path.name for path in (ROOT / "workbench").iterdir() if path.is_dir()}
LARGEST_PICTURE = 300_000


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def code_words(page: Path) -> set[str]:
    return set(
        re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL))
    )


def finds(dotted: str) -> bool:
    """Whether a name such as ``records.answers.read_answers`` or ``review.store.Store.submit`` exists."""
    parts = ["workbench", *dotted.split(".")]
    for end in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            known = inspect.get_annotations(found) if inspect.isclass(found) else {}
            if part in known:
                return True
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@pytest.mark.parametrize("page", WITH_CODE, ids=name)
def test_paths_and_functions_that_the_docs_name_exist(page: Path) -> None:
    words = code_words(page)
    paths = {
        w
        for w in words
        if re.fullmatch(r"(workbench|notebooks|templates|tests|benchmarks|scripts|docs)(/[\w.*-]+)*/?", w)
    }
    assert [w for w in sorted(paths) if not list(ROOT.glob(w.rstrip("/")))] == []
    dotted = {w.removesuffix("()") for w in words if re.fullmatch(r"[a-z_]+(\.\w+)+(\(\))?", w)}
    named = {
        w
        for w in dotted
        if w.split(".")[0] in FOLDERS | {"workspace", "cli", "i18n"} and not w.endswith((".py", ".toml"))
    }
    assert [w for w in sorted(named) if not finds(w)] == []
    if page.name == "tour.md":
        assert len(paths) > 25
        assert len(named) > 30


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    local = [unquote(t.split("#")[0]) for t in targets if not t.startswith(("http://", "https://", "#"))]
    assert [t for t in local if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_that_the_docs_name_exist(page: Path) -> None:
    verbs = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"workbench (?:-m )?([a-z]+)\b(?= |`|$|\n)", "\n".join(code_words(page))))
    assert named <= verbs


def test_pictures_are_small_and_shown() -> None:
    pictures = sorted((ROOT / "docs" / "images").glob("*.png"))
    assert {"report.png", "review.png"} <= {p.name for p in pictures}
    shown = "\n".join(page.read_text("utf-8") for page in PAGES)
    for picture in pictures:
        assert picture.stat().st_size <= LARGEST_PICTURE, picture.name
        assert f"images/{picture.name})" in shown, picture.name
        with Image.open(picture) as image:
            assert image.width >= 600, picture.name


@pytest.mark.parametrize(
    "page", [p for p in METHODS if p.name not in {"README.md", "gates.md", "review-security.md"}], ids=name
)
def test_a_method_names_its_error_its_gate_and_its_reference(page: Path) -> None:
    text = page.read_text("utf-8")
    marked = " ".join("".join(found) for found in re.findall(r"^##+ (.*)$|\*\*(.+?)\*\*", text, flags=re.MULTILINE))
    for what in ("interval|error", "gate", "reference"):
        assert re.search(what, marked.lower()), what
    assert f"]({page.name})" in (page.parent / "README.md").read_text("utf-8")


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]+`", "", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


class Reader(HTMLParser):
    """What a rendered page holds: text outside code, anchors, links, pictures, formulas."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.elements: list[str] = []
        self.text = ""
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.elements.append(tag)
        self._code += tag in {"code", "style"}
        if "id" in values:
            self.anchors.add(str(values["id"]))
        self.links += [str(values[key]) for key in ("href", "src") if key in values]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in {"code", "style"}

    def handle_data(self, data: str) -> None:
        self.text += "" if self._code else data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Reader]:
    folder = tmp_path_factory.mktemp("site")
    read = {}
    for path in render(folder):
        reader = Reader()
        reader.feed(path.read_text("utf-8"))
        read[path] = reader
    return read


def test_the_site_holds_every_page_and_every_formula(site: dict[Path, Reader]) -> None:
    sources = {page.source: page for page in pages()}
    assert {name(p) for p in PAGES if p.parent != ROOT or p.name in {"README.md", "CONTRIBUTING.md"}} == set(sources)
    folder = next(path for path in site if path.name == "index.html" and (path.parent / "docs").is_dir()).parent
    written = 0
    for page in sources.values():
        reader = site[folder / page.target]
        wanted = re.findall(r"\$\$.+?\$\$|\$[^$\n]+\$", without_code(page.text), flags=re.DOTALL)
        assert reader.elements.count("math") == len(wanted), page.source
        assert "$" not in reader.text, page.source
        assert not {"script", "link", "iframe"} & set(reader.elements), page.source
        # GitHub reads Markdown before mathematics: escapes and asterisks inside a line do not reach its formulas.
        assert [f for f in wanted if not f.startswith("$$") and re.search(r"\\[^A-Za-z]|\*", f)] == [], page.source
        written += len(wanted)
    assert written > 200


def test_links_and_pictures_of_the_site_lead_somewhere(site: dict[Path, Reader]) -> None:
    wrong = []
    for path, reader in site.items():
        for link in reader.links:
            target, _hash, fragment = unquote(link).partition("#")
            if link.startswith(("http://", "https://")):
                continue
            there = (path.parent / target).resolve() if target else path
            if not there.exists() or (fragment and there in site and fragment not in site[there].anchors):
                wrong.append((path.name, link))
    assert wrong == []
    assert sum(reader.elements.count("img") for reader in site.values()) >= 3


@pytest.mark.parametrize(
    "latex", [r"\frac{a", r"\nosuchcommand x", r"\frac{a}", r"x_", r"\begin{aligned} a &= b \end{aligned}", r"\left( x"]
)
def test_a_formula_that_cannot_be_drawn_is_an_error(latex: str) -> None:
    with pytest.raises(DocsError, match="formula"):
        formula(latex, display=True)


def test_a_wrong_page_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# A\n\n[b](docs/b.md#c)\n", "utf-8")
    (tmp_path / "docs" / "b.md").write_text("# B\n\n## C\n\n$a^2$\n", "utf-8")
    assert len(render(tmp_path / "site", tmp_path)) == 2
    assert 'href="docs/b.html#c"' in (tmp_path / "site" / "index.html").read_text("utf-8")
    for wrong in ("[c](c.md)", "$\\nosuchcommand$", "![p](../p.png)"):
        (tmp_path / "docs" / "b.md").write_text(f"# B\n\n{wrong}\n", "utf-8")
        with pytest.raises(DocsError, match=r"docs/b\.md: "):
            render(tmp_path / "site", tmp_path)


def test_anchors_are_those_of_github() -> None:
    assert slug("Where R differs: S-X2 & <code>M2</code>") == "where-r-differs-s-x2--m2"


def test_the_examples_for_those_who_come_from_elsewhere() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "coming-from.md").read_text("utf-8"), re.M | re.S)
    code = "\n".join(blocks)
    promised = re.findall(r"# -> (.*)$", code, flags=re.MULTILINE)
    assert len(blocks) >= 8
    assert len(promised) == code.count("print(") >= 8
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == promised


def five_minutes() -> list[list[str]]:
    """The commands of the README's path for one's own data, word by word."""
    text = (ROOT / "README.md").read_text("utf-8")
    block = re.search(r"## Five minutes.*?```bash\n(.*?)```", text, flags=re.DOTALL)
    assert block
    return [shlex.split(line, comments=True) for line in block[1].splitlines()]


def fill(templates: Path, inputs: Path) -> None:
    """Fill the empty workbooks with a round's tables, as a person does in a spreadsheet."""
    for source in sorted(inputs.glob("*.csv")):
        with source.open(encoding="utf-8", newline="") as handle:
            heading, *rows = csv.reader(handle)
        target = templates / f"{source.stem}.xlsx"
        if target.is_file():
            book = openpyxl.load_workbook(target)
            sheet = book[DATA_SHEET]
            columns = [cell.value for cell in sheet[1]]
        else:  # responses: one file an instrument and form, with the items as headings
            book = openpyxl.Workbook()
            sheet, columns = book.active, heading
            sheet.append(heading)
        for row in rows:
            values = dict(zip(heading, row, strict=True))
            sheet.append([values.get(column) or None for column in columns])
        book.save(target)


@pytest.mark.slow
def test_the_five_minute_path_of_the_readme(tmp_path: Path, workbench) -> None:
    commands = five_minutes()
    assert [words[1] for words in commands] == ["new", "new", "run", "review", "minutes", "verify"]
    assert workbench("new", tmp_path / "round", "--cohort", "pekalongan-2024").returncode == 0

    def follow(words: list[str]) -> str:
        assert words[0] == ".venv/bin/workbench"
        command = [sys.executable, "-m", "workbench", *words[1:]]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout

    template, own, run, review, minutes, verify = commands
    follow(template)
    assert (tmp_path / template[2] / "data-dictionary.md").is_file()
    fill(tmp_path / template[2], tmp_path / "round" / "inputs")
    follow(own)
    follow(run)
    workspace = Workspace(tmp_path / own[2])
    report = next(workspace.path.glob("reports/*/report.html"))
    assert "DRAF" in report.read_text("utf-8")
    open_and_close(review, tmp_path)
    store = Store(workspace.database_url)
    try:
        case = store.cases()[0]
        vote = {"action": "box", "box": 5, "reason_code": "evidence", "reason": "bukti cukup", "confidence": 2}
        store.submit(actor="asesor", case_id=case.case_id, idempotency_key="k" * 32, **vote)
    finally:
        store.close()
    follow(minutes)
    assert "FINAL" in report.read_text("utf-8")
    assert "utuh" in follow(verify)


def open_and_close(words: list[str], folder: Path) -> None:
    """Open the review page as the README says, fetch it, and close it by Ctrl-C."""
    server = subprocess.Popen(
        [sys.executable, "-m", "workbench", *words[1:]], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout
        address = re.search(r"http://\S+", server.stdout.readline())
        assert address
        with urllib.request.urlopen(address[0], timeout=60) as answer:
            assert answer.status == 200
            assert "workbench-page" in answer.read().decode("utf-8")
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=60) == 0
        if server.stdout:
            server.stdout.close()
