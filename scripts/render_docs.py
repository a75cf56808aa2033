"""Render the docs as a small site of plain HTML under docs/site/, which opens without a server and without a network.

The pages are README.md, CONTRIBUTING.md and everything under docs/. Formulas between dollar signs become MathML, which
browsers draw themselves; links between pages lead to the rendered page, other links to the file of this folder.
A formula that does not convert, or a link that leads nowhere, ends the rendering with a sentence.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import mistune
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from latex2mathml.converter import convert

__all__ = ["DocsError", "Page", "formula", "pages", "render", "slug"]

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "docs" / "site"
INDEX = "README.md"
# Reading order; pages of a folder stand together.
ORDER = (
    "README.md",
    "docs/tour.md",
    "docs/methods",
    "docs/coming-from.md",
    "docs/benchmarks.md",
    "docs/data-dictionary.md",
    "docs/panduan",
    "docs/decisions",
    "CONTRIBUTING.md",
)
INDONESIAN = ("docs/panduan/", "docs/data-dictionary.md")
EXTERNAL = ("http://", "https://", "mailto:")
# How many parts an element of MathML has; one too few is a formula cut short.
PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "mover": 2, "munder": 2, "munderover": 3, "mroot": 2}


class DocsError(ValueError):
    """A page that cannot be rendered: which one, and what is wrong with it."""


@dataclass(frozen=True)
class Page:
    """One page of the site.

    Attributes
    ----------
    source : str
        Path of the Markdown file below the root of the project.
    text : str
    """

    source: str
    text: str

    @property
    def target(self) -> str:
        """Path of the HTML file below the site."""
        path = Path(self.source)
        if path.name != INDEX:
            return path.with_suffix(".html").as_posix()
        return (path.parent / "index.html").as_posix()

    @property
    def title(self) -> str:
        """The first heading."""
        found = re.search(r"^# (.+)$", self.text, flags=re.MULTILINE)
        return re.sub(r"[`*]", "", found[1]) if found else Path(self.source).stem

    @property
    def language(self) -> str:
        """The language of the page: ``id`` for what is written for readers, else ``en``."""
        return "id" if self.source.startswith(INDONESIAN) else "en"


def pages(root: Path = ROOT) -> list[Page]:
    """Return all pages in reading order; inside a folder in the order in which its index names them."""
    found = [root / name for name in ("README.md", "CONTRIBUTING.md") if (root / name).is_file()]
    found += [path for path in (root / "docs").rglob("*.md") if "site" not in path.relative_to(root).parts]
    known = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in found}

    def place(source: str) -> tuple[int, int, str]:
        floor = next((k for k, name in enumerate(ORDER) if source == name or source.startswith(f"{name}/")), len(ORDER))
        index = (Path(source).parent / INDEX).as_posix()
        if source == index:
            return floor, -1, source
        named = re.findall(r"\]\(([^)#\s]+)", known.get(index, ""))
        name = Path(source).name
        return floor, named.index(name) if name in named else len(named), source

    return [Page(source, known[source]) for source in sorted(known, key=place)]


def slug(heading: str) -> str:
    """Return the anchor of a heading as GitHub makes it."""
    words = re.sub(r"[^\w\- ]", "", re.sub(r"<[^>]+>", "", heading).strip().lower())
    return words.replace(" ", "-")


def formula(latex: str, *, display: bool) -> str:
    """Return a formula as MathML.

    Raises
    ------
    DocsError
        When a command is unknown to the converter, a part is missing, or something was left as it stood.
    """
    try:
        text = convert(latex, display="block" if display else "inline")
        tree = ElementTree.fromstring(text)
    except Exception as reason:  # the converter has no common base for what it raises
        raise DocsError(f"formula ${latex}$: {type(reason).__name__} {reason}") from reason
    for element in tree.iter():
        name = element.tag.rpartition("}")[2]
        own = element.text or ""
        if "\\" in own or "&" in own or (name in {"mi", "mo"} and not own.strip()):
            raise DocsError(f"formula ${latex}$: '{own}' is not understood")
        if len(element) != PARTS.get(name, len(element)) or (name == "msqrt" and not len(element)):
            raise DocsError(f"formula ${latex}$: <{name}> has {len(element)} parts")
    if latex.count("{") != latex.count("}") or latex.count(r"\left") != latex.count(r"\right"):
        raise DocsError(f"formula ${latex}$: brackets do not pair")
    # Names of functions stand a little apart from what follows; the converter makes some of them plain letters.
    return re.sub(r"<mo>([A-Za-z]+)</mo>|<mi>([A-Za-z]{2,})</mi>", r'<mo lspace="0.1em" rspace="0.1em">\1\2</mo>', text)


class _Renderer(mistune.HTMLRenderer):
    """HTML of one page: headings with anchors, links to rendered pages, formulas as MathML."""

    def __init__(self, page: Page, targets: dict[str, str], root: Path, site: Path) -> None:
        super().__init__(escape=True)
        self.page, self.targets, self.root, self.site = page, targets, root, site
        self.anchors: dict[str, int] = {}

    def heading(self, text: str, level: int, **_attributes: object) -> str:
        anchor = slug(text)
        count = self.anchors.get(anchor, 0)
        self.anchors[anchor] = count + 1
        anchor = f"{anchor}-{count}" if count else anchor
        return f'<h{level} id="{anchor}">{text}</h{level}>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return f'<a href="{escape(self.address(url))}">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return f'<img src="{escape(self.address(url, copied=True))}" alt="{escape(text)}">'

    def table(self, text: str) -> str:
        return f'<div class="table"><table>\n{text}</table></div>\n'

    def inline_math(self, text: str) -> str:
        return formula(text, display=False)

    def block_math(self, text: str) -> str:
        return f'<div class="formula">{formula(text, display=True)}</div>\n'

    def address(self, url: str, *, copied: bool = False) -> str:
        """Return where a link of the page leads in the site."""
        path, _hash, fragment = url.partition("#")
        if url.startswith(EXTERNAL) or not path:
            return url
        here = self.site / Path(self.page.target).parent
        there = Path(os.path.normpath(self.root / Path(self.page.source).parent / unquote(path)))
        if not there.exists() or not there.is_relative_to(self.root):
            raise DocsError(f"link {url} leads nowhere")
        source = there.relative_to(self.root).as_posix()
        target = self.targets.get(source) or self.targets.get(f"{source}/{INDEX}")
        if target is not None:
            there = self.site / target
        elif copied:
            there = self.site / source
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / source, there)
        relative = quote(Path(os.path.relpath(there, here)).as_posix())
        return f"{relative}#{fragment}" if fragment else relative


def render(site: Path = SITE, root: Path = ROOT) -> list[Path]:
    """Render all pages into a folder, which is made anew, and return the files.

    Raises
    ------
    DocsError
        When a formula or a link of a page is wrong.
    """
    everything = pages(root)
    targets = {page.source: page.target for page in everything}
    template = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    ).get_template("docs_page.html")
    shutil.rmtree(site, ignore_errors=True)
    written = []
    for page in everything:
        renderer = _Renderer(page, targets, root, site)
        try:
            body = mistune.create_markdown(renderer=renderer, plugins=["table", "math", "strikethrough"])(page.text)
        except DocsError as reason:
            raise DocsError(f"{page.source}: {reason}") from reason
        path = site / page.target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            template.render(page=page, body=body, groups=_navigation(page, everything)), encoding="utf-8", newline="\n"
        )
        written.append(path)
    return written


def _navigation(page: Page, everything: list[Page]) -> list[dict[str, object]]:
    """Return the pages by folder, each with its address from this page and whether it is this page."""
    here = Path(page.target).parent
    names = {"docs/methods": "Methods", "docs/panduan": "Panduan", "docs/decisions": "Decisions"}
    groups: list[dict[str, object]] = []
    for other in everything:
        folder = names.get(Path(other.source).parent.as_posix(), "")
        link = {
            "title": other.title,
            "href": quote(Path(os.path.relpath(other.target, here)).as_posix()),
            "current": other is page,
        }
        if groups and groups[-1]["name"] == folder:
            links = groups[-1]["links"]
            assert isinstance(links, list)
            links.append(link)
        else:
            groups.append({"name": folder, "links": [link]})
    return groups


def main() -> int:
    """Render the site of this folder."""
    try:
        written = render()
    except DocsError as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"{(SITE / 'index.html').relative_to(ROOT)}  {len(written)} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
