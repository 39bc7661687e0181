"""What is asked of a live system is complete and has no variable left."""

import pytest
from tests.watch.drills import CHAIN_DRILLS, DRILLS, chosen_drills
from tests.watch.panels import read_dashboards
from tests.watch.questions import alert_questions, chosen, panel_questions
from tests.watch.rules import hurried, read_rules, shipped


def test_every_query_of_every_panel_is_asked_and_every_annotation() -> None:
    dashboards = read_dashboards()
    queries = sum(len(panel.queries) for one in dashboards for panel in one.panels)

    assert len(panel_questions()) == queries + sum(len(one.annotations) for one in dashboards)


def test_every_alert_is_asked_about() -> None:
    assert {one.where for one in alert_questions()} == {rule.name for rule in read_rules()}


def test_no_variable_is_left_in_a_question() -> None:
    assert [one.expr for one in panel_questions() if "$" in one.expr] == []


def test_choosing_everything_keeps_the_rest_of_a_query() -> None:
    expr = chosen('sum(rate(a{$o,x="1"}[$__rate_interval]))')

    assert expr == 'sum(rate(a{namespace=~".*",name=~".*",x="1"}[1m]))'


def test_drills_ask_for_alerts_that_exist_and_have_names_of_their_own() -> None:
    names, drills = {rule.name for rule in read_rules()}, (*DRILLS, *CHAIN_DRILLS)

    assert {alert for drill in drills for alert in drill.alerts} <= names
    assert len({drill.name for drill in drills}) == len(drills)


def test_drills_are_chosen_by_words_of_their_names() -> None:
    assert chosen_drills([]) == [*DRILLS, *CHAIN_DRILLS]
    assert [one.name for one in chosen_drills(["queue", "budget"])] == [
        "a budget for one pod",
        "the queue is gone",
    ]


def test_a_word_that_no_drill_has_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match=r"no drill has 'queu3' in its name: .*'no gateway comes'"):
        chosen_drills(["queue", "queu3"])


@pytest.mark.parametrize("field", ["alert", "expr", "labels", "annotations"])
def test_a_hurried_rule_is_the_shipped_one_but_for_its_wait(field: str) -> None:
    def column(groups: dict[str, list[dict[str, list[dict[str, object]]]]]) -> list[object]:
        return [rule[field] for group in groups["groups"] for rule in group["rules"]]

    assert column(hurried("1s")) == column(shipped())
