"""The pictures of docs/scaling.md: drawn from the simulator, the same each time, small."""

from pathlib import Path

import pytest
from tests.docs.book import page_named
from tests.docs.pages import REPOSITORY
from tests.docs.pictures.__main__ import main
from tests.docs.pictures.drawing import draw_runs, draw_staffing
from tests.docs.pictures.runs import watch

_IMAGES = REPOSITORY / "docs" / "images"
_MOST_BYTES = 150_000


def test_a_run_is_watched_to_its_end_and_drawn_the_same_each_time(tmp_path: Path) -> None:
    run = watch("HPA CPU", "spot", seed=1)
    for name in ("one.svg", "two.svg"):
        draw_runs([run], tmp_path / name, title="Twice")

    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert run.moments[-1].at_seconds > 0.9 * run.trace.seconds


def test_the_staffing_picture_is_what_the_operators_staffing_makes(tmp_path: Path) -> None:
    title = "What a load needs so that one segment in a thousand waits too long"
    draw_staffing(tmp_path / "made.svg", title=title)

    assert (tmp_path / "made.svg").read_text() == (_IMAGES / "scaling-staffing.svg").read_text()


def test_the_pages_pictures_are_there_and_small() -> None:
    page = page_named("docs/scaling.md")
    shown = [page.resolved(link)[0] for link in page.links if link.target.endswith(".svg")]

    assert len(shown) == 4
    assert [path for path in shown if not 0 < path.stat().st_size < _MOST_BYTES] == []


@pytest.mark.slow
def test_all_pictures_are_what_the_simulator_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["scaling-pictures", "--out", str(tmp_path)])
    main()

    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_text() for path in _IMAGES.glob("scaling-*.svg")}
