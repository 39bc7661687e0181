"""The elector against a fake store, with time and dice in the test's hands."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from tests.support.clock import Clock
from tests.support.fake_kube import FakeKube

from podium_operator.kube.client import Body
from podium_operator.kube.errors import ConflictError, KubeError, UnreachableError
from podium_operator.kube.kinds import kind_named
from podium_operator.lease import Candidate, Elector, LeadershipLostError, LeaseTimes

KEY = ("Lease", "system", "podium-operator")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock, sleep = Clock(), asyncio.sleep

    async def passing(seconds: float) -> None:
        clock.now += seconds
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", passing)
    return clock


def _elector(kube: FakeKube, clock: Clock, identity: str = "a") -> Elector:
    candidate = Candidate("system", "podium-operator", identity)
    return Elector(kube, candidate, clock=clock, draw=lambda: 0.5)


def _spec(kube: FakeKube) -> Body:
    spec: Body = kube.objects[KEY]["spec"]
    return spec


def _failing(errors: Iterator[BaseException | None]) -> Callable[[str, str, str], KubeError | None]:
    def fail(*_: str) -> KubeError | None:
        error = next(errors, None)
        if error is not None and not isinstance(error, KubeError):
            raise error
        return error

    return fail


async def test_a_missing_lease_is_created(clock: Clock) -> None:
    kube = FakeKube()

    await _elector(kube, clock).acquire()

    assert _spec(kube)["holderIdentity"] == "a"
    assert _spec(kube)["leaseTransitions"] == 1
    assert _spec(kube)["leaseDurationSeconds"] == 15


async def test_a_released_lease_is_taken_at_once(clock: Clock) -> None:
    kube = FakeKube()
    first = _elector(kube, clock)
    await first.acquire()
    await first.release()
    before = clock.now

    await _elector(kube, clock, "b").acquire()

    assert _spec(kube)["holderIdentity"] == "b"
    assert _spec(kube)["leaseTransitions"] == 2
    assert clock.now == before


async def test_a_held_lease_is_left_alone_until_it_stops_moving_for_its_duration(
    clock: Clock,
) -> None:
    kube = FakeKube()
    await _elector(kube, clock).acquire()
    before = clock.now

    await _elector(kube, clock, "b").acquire()

    assert clock.now - before >= 15


async def test_a_holder_with_a_wrong_clock_is_judged_by_movement_alone(clock: Clock) -> None:
    kube = FakeKube()
    await _elector(kube, clock).acquire()
    kube.objects[KEY]["spec"]["renewTime"] = "1999-01-01T00:00:00.000000Z"
    waiting = _elector(kube, clock, "b")

    await waiting._attempt()

    assert _spec(kube)["holderIdentity"] == "a"


async def test_losing_a_race_is_no_leadership(clock: Clock) -> None:
    kube = FakeKube()
    rival = _elector(kube, clock, "b")
    kube.fail = _failing(iter([None, ConflictError("somebody was faster")]))
    first = _elector(kube, clock)

    assert not await first._attempt()
    assert not first.is_leader
    kube.fail = lambda *_: None
    await rival.acquire()
    assert rival.is_leader


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(UnreachableError("refused"), id="the API server is away"),
        pytest.param(ConnectionResetError("reset"), id="the connection breaks"),
        pytest.param(ValueError("nonsense"), id="the answer makes no sense"),
    ],
)
async def test_every_kind_of_failure_ends_leadership_after_the_deadline(
    clock: Clock, error: Exception
) -> None:
    kube = FakeKube()
    elector = _elector(kube, clock)
    await elector.acquire()
    kube.fail = _failing(iter([error] * 1000))
    before = clock.now

    with pytest.raises(LeadershipLostError):
        await elector.hold()

    assert 10 <= clock.now - before < 13
    assert not elector.is_leader
    assert not elector.may_write()


async def test_a_short_outage_is_survived(clock: Clock) -> None:
    kube = FakeKube()
    elector = _elector(kube, clock)
    await elector.acquire()
    outage = [UnreachableError("away")] * 3
    kube.fail = _failing(iter([*outage, *([None] * 20), *([UnreachableError("away")] * 1000)]))
    before = clock.now

    with pytest.raises(LeadershipLostError):
        await elector.hold()

    assert clock.now - before >= 3 * 2 + 10 * 2


async def test_a_lease_that_another_holds_is_never_fought_over(clock: Clock) -> None:
    kube = FakeKube()
    elector = _elector(kube, clock)
    await elector.acquire()
    kube.objects[KEY]["spec"]["holderIdentity"] = "b"

    with pytest.raises(LeadershipLostError, match="'b'"):
        await elector.hold()

    assert _spec(kube)["holderIdentity"] == "b"


async def test_a_process_that_was_frozen_may_not_write(clock: Clock) -> None:
    elector = _elector(FakeKube(), clock)
    await elector.acquire()
    assert elector.may_write()

    clock.now += 10

    assert not elector.may_write()
    assert elector.is_leader  # it has not noticed yet: that is why the fence asks the clock


async def test_release_leaves_a_lease_that_is_not_ours(clock: Clock) -> None:
    kube = FakeKube()
    elector = _elector(kube, clock)
    await elector.acquire()
    kube.objects[KEY]["spec"]["holderIdentity"] = "b"

    await elector.release()

    assert _spec(kube)["holderIdentity"] == "b"


async def test_release_without_an_api_server_is_quiet(clock: Clock) -> None:
    kube = FakeKube()
    elector = _elector(kube, clock)
    await elector.acquire()
    kube.fail = _failing(iter([UnreachableError("away")] * 10))

    await elector.release()

    assert not elector.is_leader


def test_retries_are_spread_by_a_fifth() -> None:
    times = LeaseTimes()

    assert times.pause_seconds(0.0) == pytest.approx(1.6)
    assert times.pause_seconds(1.0) == pytest.approx(2.4)


def test_leases_are_spoken_to_in_their_stable_version() -> None:
    assert kind_named("Lease").path("system", "podium-operator") == (
        "/apis/coordination.k8s.io/v1/namespaces/system/leases/podium-operator"
    )
