"""KEDA's own loop and the HPA it makes, against sequences worked out by hand."""

from collections.abc import Mapping

from tests.bench.scaling.peers.keda import ScaledObject, keda_default, keda_tuned
from tests.bench.scaling.stage import BASE, OVERFLOW, Load, PoolKind, PoolView, View


def _view(
    now: float,
    wanted: int,
    *,
    waiting: int,
    busy: int = 0,
    kind: PoolKind = BASE,
    blind: bool = False,
) -> View:
    load = Load(now, {}, waiting, 0.0, 0.0, 0.0)
    pool = PoolView(kind, wanted, wanted, (), busy, 0.0)
    return View(now, (pool,), load, blind)


def test_from_zero_the_poll_starts_one_pod_and_the_hpa_goes_on() -> None:
    scaled = ScaledObject("overflow", 8)
    journey, pods = [], 0
    for now in range(0, 120, 15):
        pods = scaled.replicas(_view(now, pods, waiting=28 * 8, kind=OVERFLOW)) or pods
        journey.append(pods)
    assert journey == [1, 5, 10, 20, 28, 28, 28, 28]


def test_idle_goes_to_zero_after_the_cooldown_and_not_before() -> None:
    scaled = ScaledObject("overflow", 8)
    scaled.replicas(_view(0, 1, waiting=8, kind=OVERFLOW))
    assert scaled.replicas(_view(300, 1, waiting=0, kind=OVERFLOW)) == 1
    assert scaled.replicas(_view(301, 1, waiting=0, kind=OVERFLOW)) == 0


def test_default_counts_what_waits_and_what_works() -> None:
    assert _decide(keda_default(8).decide(_view(0, 8, waiting=20, busy=60))) == 10


def test_a_missing_metric_reads_as_zero_by_default() -> None:
    keda = keda_default(8)
    keda.decide(_view(0, 10, waiting=20, busy=60))
    assert _decide(keda.decide(_view(15, 10, waiting=20, busy=60, blind=True))) == 10, "window"
    assert _decide(keda.decide(_view(320, 10, waiting=20, busy=60, blind=True))) == 1


def test_a_careful_user_has_it_hold() -> None:
    assert not keda_tuned(8).decide(_view(0, 10, waiting=0, blind=True))


def test_a_careful_user_gets_the_whole_step() -> None:
    assert _decide(keda_tuned(8).decide(_view(0, 2, waiting=100, busy=12))) == 20


def _decide(answer: Mapping[str, int]) -> int:
    return answer["base"]
