"""Whatever happens in a round, a calm quarter at its end is enough for its reward."""

from hypothesis import given, settings, strategies as st
from tests.property.operator.chain_life import BLOCKS, Life, Weather

from podium_operator.chain.model import IntentState

_CALM_BLOCKS = 10
_storms = st.lists(st.sampled_from(Weather), min_size=30, max_size=30)


@settings(max_examples=30)
@given(rounds=st.lists(_storms, min_size=1, max_size=3))
def test_no_round_is_lost_that_had_a_calm_quarter(rounds: list[list[Weather]]) -> None:
    life = Life()

    for storm in rounds:
        for weather in (*storm, *[Weather.CALM] * _CALM_BLOCKS):
            life.live(weather)

    assert life.missed == []


@settings(max_examples=30)
@given(storm=st.lists(st.sampled_from(Weather), min_size=BLOCKS, max_size=3 * BLOCKS))
def test_bad_weather_costs_few_failures_and_no_list_without_end(storm: list[Weather]) -> None:
    life = Life()

    for weather in storm:
        life.live(weather)
        assert life.reverts <= 12
        assert len(life.intents) <= 40
        finished = [one for one in life.intents if one.state is IntentState.DONE]
        assert len({one.id for one in finished}) == len(finished)
