"""Links lead somewhere, lines are where they are said to be, and made pages are fresh."""

import subprocess
from pathlib import Path

import pytest
from tests.docs.lines import corrected, line_links, line_of
from tests.docs.pages import REPOSITORY, Page, read_page, slug

_NEAR_LINES = 40


def _pages() -> list[Path]:
    """List every Markdown file that git knows, or would add."""
    listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md")
    found = subprocess.run(listed, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    paths = (REPOSITORY / name for name in found.stdout.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


PAGES = _pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    page = read_page(path)

    assert [fault for link in page.links if (fault := _fault(page, link.target))] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_a_link_to_a_line_leads_near_it(path: Path) -> None:
    far = [
        f"{link.symbol} in {link.place} is at line {line}, not {link.line}"
        for link in line_links(path.read_text())
        for line in [line_of(link.symbol, (path.parent / link.place).read_text())]
        if line is None or (link.line and abs(line - link.line) > _NEAR_LINES)
    ]

    assert far == [], "make doc-lines"


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        pytest.param("Who holds which key", "who-holds-which-key", id="words"),
        pytest.param("spec.pools[].scale", "specpoolsscale", id="dots and brackets go"),
        pytest.param(
            "6. External pools: operator → KEDA", "6-external-pools-operator--keda", id="arrow"
        ),
        pytest.param("`make bench-transcode`", "make-bench-transcode", id="code"),
    ],
)
def test_a_heading_gets_the_anchor_that_github_gives_it(heading: str, expected: str) -> None:
    assert slug(heading) == expected


def test_a_link_to_a_line_is_corrected(tmp_path: Path) -> None:
    source = "def other() -> None:\n    thing()\n\n\nasync def thing() -> None:\n    pass\n"
    (tmp_path / "code.py").write_text(source)
    (tmp_path / "page.md").write_text("[`thing`](code.py#L1) and [`nothing`](code.py#L2)")

    text = corrected((tmp_path / "page.md").read_text(), tmp_path)

    assert text == "[`thing`](code.py#L5) and [`nothing`](code.py#L2)"


def _fault(page: Page, target: str) -> str:
    """Say what is wrong with a link within the repository; "" where it leads somewhere."""
    link = next(one for one in page.links if one.target == target)
    if link.is_outside:
        return ""
    path, anchor = page.resolved(link)
    if not path.is_relative_to(REPOSITORY):
        return f"{target} leaves the repository"
    if not path.exists():
        return f"{target} is not there"
    if anchor and path.suffix == ".md" and anchor not in read_page(path).anchors:
        return f"{target}: no heading has that anchor"
    if anchor and path.suffix != ".md" and not anchor.startswith("L"):
        return f"{target}: only lines can be meant in a file that is no page"
    return ""
