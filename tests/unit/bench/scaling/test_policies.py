"""The peers as whole policies: what each looks at, against numbers worked out by hand."""

from collections.abc import Mapping

import pytest
from tests.bench.scaling.gates import STEP_SET
from tests.bench.scaling.peers.cpu import HpaCpu
from tests.bench.scaling.peers.keda import keda_queue, keda_two_pools
from tests.bench.scaling.peers.oracle import Oracle
from tests.bench.scaling.policies import OURS, PEERS
from tests.bench.scaling.shapes import SHAPES
from tests.bench.scaling.stage import BASE, OVERFLOW, Load, PoolView, View
from tests.bench.scaling.trace import LoadClass, Stream, Trace


def _view(
    now: float,
    *,
    waiting: int = 0,
    base: tuple[int, int, float] = (1, 0, 0.0),
    overflow: int | None = None,
    blind: bool = False,
) -> View:
    """base: pods, busy slots and busy slot-seconds so far; overflow: pods, none for no pool."""
    pods, busy, area = base
    pools = [PoolView(BASE, pods, pods, (), busy, area)]
    if overflow is not None:
        pools.append(PoolView(OVERFLOW, overflow, overflow, (), 0, 0.0))
    return View(now, tuple(pools), Load(now, {}, waiting, 0.0, 0.0, 0.0), blind)


def _journey(policy: HpaCpu, seconds: int, *, busy_per_pod: float, pods: int) -> list[int]:
    """Let it look every 15 s at pods whose slots are that busy, and follow it at once."""
    sizes, area = [], 0.0
    for now in range(0, seconds, 15):
        wanted: Mapping[str, int] = policy.decide(_view(now, base=(pods, 0, area)))
        pods = wanted.get("base", pods)
        sizes.append(pods)
        area += 15 * pods * busy_per_pod
    return sizes


def test_hpa_on_cpu_grows_by_a_quarter_at_most_since_busy_has_an_end() -> None:
    # 8 of 8 slots are 100 % of a target of 80 %: 4 x 1.25 = 5, then 6.25, 8.75, 11.25.
    assert _journey(HpaCpu(), 75, busy_per_pod=8, pods=4) == [4, 5, 7, 9, 12]


def test_hpa_on_cpu_leaves_what_is_within_a_tenth_and_what_it_cannot_see() -> None:
    # 6.4 of 8 slots are 80 %; 5.8 are 72.5 %, which is 0.91 of the target.
    assert _journey(HpaCpu(), 45, busy_per_pod=5.8, pods=10) == [10, 10, 10]

    policy = HpaCpu()
    policy.decide(_view(0.0, base=(4, 0, 0.0)))
    assert policy.decide(_view(15.0, base=(4, 0, 480.0), blind=True)) == {}


def test_keda_on_the_queue_sees_only_what_waits() -> None:
    keda = keda_queue(8)

    # 23 waiting at 5 a pod are 4.6 pods; however busy the slots are, nothing waiting is nothing.
    assert keda.decide(_view(0.0, waiting=23, base=(1, 8, 0.0))) == {"base": 5}
    assert keda.decide(_view(15.0, waiting=0, base=(5, 40, 0.0))) == {"base": 5}, "five minutes"
    assert keda.decide(_view(316.0, waiting=0, base=(5, 40, 0.0))) == {"base": 1}


def test_two_objects_of_keda_know_nothing_of_each_other() -> None:
    keda = keda_two_pools(8)

    # 12 wait, 60 work: 72 at 8 a pod are 9 base pods, and one overflow pod by KEDA's own poll.
    first = keda.decide(_view(0.0, waiting=12, base=(7, 60, 0.0), overflow=0))
    # The HPA goes on from there: 40 at 8 a pod are 5, whatever base pods are on their way.
    then = keda.decide(_view(30.0, waiting=40, base=(9, 60, 0.0), overflow=1))

    assert first == {"base": 9, "overflow": 1}
    assert then == {"base": 13, "overflow": 5}


def test_who_knows_the_future_has_pods_a_start_ahead() -> None:
    streams = tuple(Stream(open=300.0, close=1000.0, load_class="hd") for _ in range(50))
    classes = (LoadClass(name="hd", slot_seconds=0.6),)
    trace = Trace(name="t", seconds=1000, classes=classes, streams=streams)
    oracle = Oracle(trace)

    # 50 x 0.6 / 2 = 15 erlang and 5 spare slots are 3 pods, 90 + 25 s before; 5 slots are 1.
    assert oracle.decide(_view(184.0)) == {"base": 1}
    assert oracle.decide(_view(185.0)) == {"base": 3}


def test_every_peer_and_every_trace_that_was_promised_is_there() -> None:
    assert [policy.name for policy in PEERS[:6]] == [
        "HPA CPU",
        "KEDA queue",
        "KEDA default",
        "KEDA two pools",
        "KEDA tuned",
        "Knative KPA",
    ]
    assert [policy.name for policy in OURS] == ["Podium", "Podium charged", "Podium base only"]
    assert len(SHAPES) == 11
    assert set(STEP_SET) < set(SHAPES)


@pytest.mark.parametrize("policy", [*PEERS, *OURS], ids=lambda policy: policy.name)
def test_only_some_may_use_overflow(policy: object) -> None:
    names = {kind.name for kind in getattr(policy, "pools", ())}
    is_allowed = getattr(policy, "name", "") in {"KEDA two pools", "Podium", "Podium charged"}

    assert names == ({"base", "overflow"} if is_allowed else {"base"})
