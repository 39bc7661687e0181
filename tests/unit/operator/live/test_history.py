"""The hour behind the page: in order, bounded, and told again only where it may have moved."""

from hypothesis import given, strategies as st

from podium_operator.live.history import PERIOD_SECONDS, History, Sample


@given(st.lists(st.floats(0, 10_000), max_size=60))
def test_a_history_is_in_order_bounded_and_ends_with_the_newest(moments: list[float]) -> None:
    history = History()
    for at in moments:
        history.note(Sample(at=at))

    times = history.columns()["at"]
    assert times == sorted(times)
    assert len(times) <= 720
    if moments:
        assert times[-1] == round(max(moments), 2)


def test_a_history_keeps_one_sample_a_period() -> None:
    history = History()
    for tick in range(100):
        history.note(Sample(at=float(tick), streams=tick))

    assert len(history.samples) == 1 + 100 // PERIOD_SECONDS
    assert history.columns()["streams"][-1] == 99


def test_only_what_is_newer_than_what_was_settled_is_told_again() -> None:
    history = History()
    for tick in range(20):
        history.note(Sample(at=float(tick), streams=tick))
    told, settled = history.columns(), history.settled_at
    for tick in range(20, 23):
        history.note(Sample(at=float(tick), streams=tick))

    more = history.columns(settled)

    kept = [at for at in told["at"] if at <= settled]
    assert kept + more["at"] == history.columns()["at"]
    assert len(more["at"]) < len(kept)
