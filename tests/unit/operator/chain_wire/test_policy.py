"""What each key may sign: everything that is not on the list is refused."""

from dataclasses import replace

import pytest

from podium_operator.chain import calls
from podium_operator.chain.model import Target
from podium_operator.chain.signers.policy import ForbiddenError, Policy
from podium_operator.chain.signers.signing import Unsigned

_OWN, _CALLER, _COLD, _THIEF = ("0x" + digits * 20 for digits in ("11", "22", "33", "44"))
_PLACES = ("BondingManager", "RoundsManager", "ServiceRegistry", "LivepeerToken", "TicketBroker")
_TARGETS = {name: Target(f"0x{place + 5:040x}", "0x") for place, name in enumerate(_PLACES)}
_POLICY = Policy(_OWN, frozenset({_COLD}))
_BONDING = _TARGETS["BondingManager"].address
_ASKED = Unsigned(
    chain_id=1,
    sender=_OWN,
    to=_BONDING,
    data=calls.reward(),
    value_wei=0,
    nonce=0,
    gas_limit=1,
    max_fee_wei=1,
)


def _asked(to: str, data: str, *, sender: str = _OWN, value_wei: int = 0) -> Unsigned:
    address = _TARGETS[to].address if to in _TARGETS else to
    return replace(_ASKED, to=address, data=data, sender=sender, value_wei=value_wei)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(_ASKED, id="its reward"),
        pytest.param(_asked("RoundsManager", calls.initialize_round()), id="begins a round"),
        pytest.param(_asked("BondingManager", calls.bond(5, _OWN)), id="bonds to itself"),
        pytest.param(_asked("BondingManager", calls.unbond(5)), id="unbonds"),
        pytest.param(_asked("BondingManager", calls.withdraw_stake(0)), id="withdraws stake"),
        pytest.param(_asked("BondingManager", calls.set_terms(1, 2)), id="sets its terms"),
        pytest.param(_asked("BondingManager", calls.set_reward_caller(_CALLER)), id="names one"),
        pytest.param(_asked("BondingManager", calls.withdraw_fees(_COLD, 9)), id="fees go home"),
        pytest.param(_asked("LivepeerToken", calls.approve(_BONDING, 5)), id="approves the bond"),
        pytest.param(_asked("LivepeerToken", calls.transfer_lpt(_COLD, 5)), id="LPT goes home"),
        pytest.param(_asked("ServiceRegistry", calls.set_service_uri("https://a:1")), id="moves"),
        pytest.param(_asked(_COLD, "0x", value_wei=5), id="ether goes home"),
        pytest.param(
            _asked("BondingManager", calls.reward_for(_OWN), sender=_CALLER), id="caller rewards"
        ),
        pytest.param(
            _asked("RoundsManager", calls.initialize_round(), sender=_CALLER), id="caller begins"
        ),
    ],
)
def test_what_registration_rewards_and_sweeping_need_is_allowed(asked: Unsigned) -> None:
    _POLICY.check(asked, _TARGETS)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param(_asked(_THIEF, "0x", value_wei=5), "no ether", id="ether to a stranger"),
        pytest.param(
            _asked(_COLD, "0x", value_wei=5, sender=_CALLER), "no ether", id="the caller's ether"
        ),
        pytest.param(
            _asked("LivepeerToken", calls.transfer_lpt(_THIEF, 5)), "may not name", id="LPT away"
        ),
        pytest.param(
            _asked("LivepeerToken", calls.approve(_THIEF, 5)), "may not name", id="LPT by approval"
        ),
        pytest.param(
            _asked("BondingManager", calls.withdraw_fees(_THIEF, 5)), "may not name", id="fees away"
        ),
        pytest.param(
            _asked("BondingManager", calls.bond(5, _THIEF)), "may not name", id="stake elsewhere"
        ),
        pytest.param(
            _asked("BondingManager", calls.reward_for(_THIEF), sender=_CALLER),
            "may not name",
            id="another's reward",
        ),
        pytest.param(
            _asked("BondingManager", calls.unbond(5), sender=_CALLER), "may not call", id="unbond"
        ),
        pytest.param(
            _asked("BondingManager", calls.reward(), sender=_CALLER), "may not call", id="own"
        ),
        pytest.param(
            _asked("BondingManager", calls.reward(), value_wei=1), "takes ether", id="value added"
        ),
        pytest.param(_asked("BondingManager", "0x12345678"), "may not call", id="unknown function"),
        pytest.param(
            _asked("BondingManager", calls.bond(5, _OWN)[:40]), "make no sense", id="cut arguments"
        ),
        pytest.param(
            _asked("TicketBroker", calls.reward()), "no contract", id="a contract without a list"
        ),
        pytest.param(_asked(_THIEF, calls.reward()), "no contract", id="no contract of the list"),
    ],
)
def test_everything_else_is_refused_and_named(asked: Unsigned, told: str) -> None:
    with pytest.raises(ForbiddenError, match=told):
        _POLICY.check(asked, _TARGETS)


def test_without_a_cold_address_nothing_leaves() -> None:
    with pytest.raises(ForbiddenError):
        Policy(_OWN).check(_asked(_COLD, "0x", value_wei=1), _TARGETS)
