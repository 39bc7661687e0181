"""What alerts count is there before it happens: a series that begins at 1 has no increase."""

import re

import pytest
from tests.watch.rules import read_rules

from podium_operator.metrics import Metrics
from podium_worker.node.meters import NodeMeters
from podium_worker.transcoder.meters import TranscoderMeters

_COUNTED = re.compile(r"(?:increase|rate)\(((?:podium|livepeer)_\w+_total)(?:\{([^}]*)\})?\[")
_PER_OBJECT = {"podium_rewards_missed_total"}  # begins with its Orchestrator, at zero as well
COUNTED = sorted(
    found
    for found in {found for rule in read_rules() for found in _COUNTED.findall(rule.expr)}
    if found[0] not in _PER_OBJECT
)


def _at_start() -> list[str]:
    texts = (
        Metrics().render(),
        NodeMeters("n").registry.render(),
        TranscoderMeters("t").registry.render(),
    )
    return [line for text in texts for line in text.decode().splitlines() if line[0] != "#"]


@pytest.mark.parametrize(("name", "label"), COUNTED)
def test_a_counter_of_an_alert_begins_at_zero(name: str, label: str) -> None:
    found = [line for line in _at_start() if re.match(rf"{name}\b", line) and (label or "") in line]

    assert found
    assert {float(line.rpartition(" ")[2]) for line in found} == {0.0}
