"""The Knative Pod Autoscaler's arithmetic against sequences worked out by hand."""

from tests.bench.scaling.peers.knative import Kpa


def test_the_stable_window_decides_while_calm() -> None:
    kpa = Kpa(target=7)
    assert kpa.decide(50, 50, ready=5, now=0) == 8, "50 in 10 slots at 70 % are 7.14"


def test_panic_begins_at_twice_the_ready_pods() -> None:
    kpa = Kpa(target=10)
    assert kpa.decide(20, 39, ready=2, now=0) == 4, "4 of the panic window are twice 2"
    assert kpa.panic_since == 0


def test_below_twice_the_ready_pods_panic_does_not_begin() -> None:
    kpa = Kpa(target=10)
    assert kpa.decide(20, 30, ready=2, now=0) == 2
    assert kpa.panic_since is None


def test_nothing_shrinks_while_panicking_and_it_ends_a_stable_window_later() -> None:
    kpa = Kpa(target=10)
    assert kpa.decide(10, 100, ready=2, now=0) == 10
    assert kpa.decide(10, 10, ready=10, now=30) == 10
    assert kpa.decide(10, 10, ready=10, now=60) == 10, "not yet more than a window"
    assert kpa.decide(30, 10, ready=10, now=62) == 5, "half of the ready ones, no less"


def test_panic_goes_on_while_the_threshold_is_passed() -> None:
    kpa = Kpa(target=10)
    kpa.decide(10, 100, ready=2, now=0)
    kpa.decide(10, 100, ready=2, now=50)
    assert kpa.decide(10, 10, ready=10, now=100) == 10


def test_a_restart_begins_in_panic_at_the_size_it_finds() -> None:
    kpa = Kpa(target=10, panic_since=0, panic_pods=9)
    assert kpa.decide(5, 5, ready=9, now=2) == 9
    assert kpa.decide(5, 5, ready=9, now=61) == 4
