from dataclasses import replace

import pytest
from tests.demo.board import Board, Moment
from tests.demo.table import COLUMNS, Rows, cells, plain_line

START = replace(Board().moment(0.0), why="1 open stream")


@pytest.mark.parametrize(
    ("following", "verdict"),
    [
        pytest.param(replace(START, at_seconds=1.0), False, id="nothing changed within a second"),
        pytest.param(replace(START, at_seconds=5.0), True, id="some seconds have passed"),
        pytest.param(replace(START, at_seconds=1.0, desired=2), True, id="more pods are wanted"),
        pytest.param(replace(START, at_seconds=1.0, why="2 open"), True, id="another reason"),
        pytest.param(replace(START, at_seconds=1.0, answered=9), False, id="only progress"),
    ],
)
def test_a_row_of_its_own_is_for_a_change(following: Moment, *, verdict: bool) -> None:
    rows = Rows(10)
    rows.take(START)

    assert rows.take(following) is verdict
    assert len(rows.table()) == (2 if verdict else 1)


def test_the_newest_rows_are_kept() -> None:
    rows = Rows(2)
    for desired in range(5):
        rows.take(replace(START, desired=desired))

    assert [row[COLUMNS.index("pods")] for row in rows.table()] == ["0/3", "0/4"]


def test_a_reason_is_said_once() -> None:
    again = replace(START, at_seconds=6.0)

    assert cells(START)[-1] == "1 open stream"
    assert cells(again, START)[-1] == ""
    assert "why" not in plain_line(again, START)


def test_every_column_has_a_cell_and_the_plain_line_names_them() -> None:
    assert len(cells(START)) == len(COLUMNS)
    assert "pods 0/0" in plain_line(START)
