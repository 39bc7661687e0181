"""Shows that dashboards and alerts look at what is there: every query against a live system."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.demo.stages import Stages
from tests.support.gates import Gate
from tests.watch.drawing import PICTURES, draw_all
from tests.watch.questions import Question, alert_questions, panel_questions
from tests.watch.rubbish import send_rubbish
from tests.watch.server import Series
from tests.watch.world import World

__all__ = ["prove"]

_LOAD_SECONDS = 30.0
_STREAMS = 3
_WANTED = {"operator": 1, "node": 1, "transcoder": 1}


@dataclass(frozen=True, slots=True)
class _Answers:
    """Questions with an answer, without one for a known reason, and without one."""

    answered: list[Question]
    excused: list[Question]
    silent: list[Question]


async def prove(world: World, stages: Stages) -> list[Gate]:
    """Put load on it, ask everything, and judge."""
    async with world.streams(_STREAMS) as recorder:
        await recorder.more(6, within_seconds=120)
        await send_rubbish(world.gateway)
        until = time.monotonic() + _LOAD_SECONDS
        while time.monotonic() < until:
            await recorder.more(1, within_seconds=60)
        asked = (*panel_questions(), *alert_questions())
        answers = await world.server.all_series(question.expr for question in asked)
        firing = await world.server.firing()
    panels, alerts = _sorted(panel_questions(), answers), _sorted(alert_questions(), answers)
    draw_all(answers)
    stages.say(f"the dashboards are drawn in {PICTURES}")
    _print(stages, panels, alerts)
    for name, summary in sorted(firing.items()):
        stages.say(f"fires: {name}: {summary}")
    return [
        *_gates("panel-queries", panels),
        *_gates("alert-selectors", alerts),
        _none("rules-that-cannot-be-evaluated", await world.server.rule_faults()),
        _none("parts-not-scraped", await _unscraped(world)),
        _none("pages-without-a-cause", sorted(firing.keys() & {"EndpointUnreachable", "NoLeader"})),
    ]


def _sorted(questions: Sequence[Question], answers: Mapping[str, Sequence[Series]]) -> _Answers:
    found = _Answers([], [], [])
    for question in questions:
        if answers[question.expr]:
            found.answered.append(question)
        elif question.when:
            found.excused.append(question)
        else:
            found.silent.append(question)
    return found


async def _unscraped(world: World) -> list[str]:
    up = await world.server.now("sum by (component) (up) > 0")
    seen = {labels.get("component", "operator") for labels, _ in up}
    return sorted(_WANTED.keys() - seen)


def _print(stages: Stages, *parts: _Answers) -> None:
    for part in parts:
        for question in part.silent:
            stages.say(f"no series: {question.where}: {question.expr}")
    events = sorted({question.when for part in parts for question in part.excused})
    for event in events:
        count = sum(question.when == event for part in parts for question in part.excused)
        stages.say(f"{count} queries have series once {event}")


def _gates(what: str, answers: _Answers) -> list[Gate]:
    total = len(answers.answered) + len(answers.excused) + len(answers.silent)
    answered = Gate(
        f"{what}-answered", f"{len(answers.answered)}/{total}", "most", bool(answers.answered)
    )
    return [answered, _none(f"{what}-silent", [one.where for one in answers.silent])]


def _none(what: str, found: Sequence[str]) -> Gate:
    return Gate(what, str(len(found)), "0", not found)
