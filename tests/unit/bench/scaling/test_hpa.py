"""The HPA's arithmetic against sequences worked out by hand from its documentation."""

import pytest
from tests.bench.scaling.peers.hpa import (
    Behavior,
    Rules,
    average_value_replicas,
    utilisation_replicas,
)

_DOCUMENTED = [
    ("twice the target doubles", 2.0, 4, 8),
    ("half of the target halves", 0.5, 4, 2),
    ("within a tenth of the target nothing changes", 1.09, 10, 10),
    ("just beyond a tenth it does", 1.11, 10, 12),
]


@pytest.mark.parametrize(
    ("ratio", "replicas", "wanted"),
    [row[1:] for row in _DOCUMENTED],
    ids=[r[0] for r in _DOCUMENTED],
)
def test_utilisation_follows_the_documented_formula(
    ratio: float, replicas: int, wanted: int
) -> None:
    found = utilisation_replicas(0.5 * ratio, 0.5, ready=replicas, unready=0, replicas=replicas)
    assert found == wanted


def test_average_value_divides_the_whole_by_the_target() -> None:
    assert average_value_replicas(41, 8, 3) == 6
    assert average_value_replicas(25, 8, 3) == 3, "25 is within a tenth of 24"


def test_pods_that_start_count_as_idle_when_scaling_out() -> None:
    # 8 ready at 100 % of a target of 80 %: 1.25; with 2 more at 0 % it is 1.0: nothing.
    assert utilisation_replicas(1.0, 0.8, ready=8, unready=2, replicas=10) == 10
    # With 1 more: 1.11 x 9 = 10.
    assert utilisation_replicas(1.0, 0.8, ready=8, unready=1, replicas=9) == 10


def test_the_default_steps_out_are_four_pods_or_the_double() -> None:
    behavior = Behavior(Rules(), minimum=1, maximum=100)
    journey, current = [], 1
    for tick in range(6):
        current = behavior.replicas(100, current, now=15.0 * tick)
        journey.append(current)
    assert journey == [5, 10, 20, 40, 80, 100]


def test_a_period_shared_by_two_syncs_is_one_step() -> None:
    behavior = Behavior(Rules(period_seconds=60), minimum=1, maximum=100)
    first = behavior.replicas(100, 10, now=0)
    second = behavior.replicas(100, first, now=15)
    assert (first, second) == (20, 20)


def test_scale_in_takes_the_highest_of_five_minutes() -> None:
    behavior = Behavior(Rules(), minimum=1, maximum=100)
    assert behavior.replicas(10, 10, now=0) == 10
    assert behavior.replicas(4, 10, now=15) == 10
    assert behavior.replicas(6, 10, now=290) == 10
    assert behavior.replicas(3, 10, now=301) == 6, "4 and 6 are left of the window"
    assert behavior.replicas(3, 6, now=600) == 3


def test_no_limit_of_steps_goes_out_at_once() -> None:
    behavior = Behavior(Rules(out_percent=None), minimum=1, maximum=64)
    assert behavior.replicas(100, 2, now=0) == 64
