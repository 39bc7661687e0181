"""One identity, one actor; one key, one user at a time."""

from typing import Any

import pytest
from tests.support.fake_kube import FakeKube

from podium_operator.api import names
from podium_operator.chain.claims import Claims
from podium_operator.kube.client import Body

ADDRESS = "0x" + "aB" * 20


def _orchestrator(name: str, born: int, *, namespace: str = "media", **chain: Any) -> Body:
    meta = {"namespace": namespace, "name": name, "uid": f"uid of {name}"}
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": meta | {"creationTimestamp": f"2026-01-01T00:00:{born:02d}Z"},
        "spec": {"chain": {"address": ADDRESS, **chain}} if chain != {"off": True} else {},
    }


FIRST = _orchestrator("first", 1)


@pytest.mark.parametrize(
    ("other", "elder"),
    [
        pytest.param(_orchestrator("later", 2), "media/first", id="a later one"),
        pytest.param(_orchestrator("earlier", 0), "", id="the oldest itself"),
        pytest.param(_orchestrator("gemini", 1), "media/first", id="of one second: by name"),
        pytest.param(
            _orchestrator("far", 2, namespace="other"), "media/first", id="in another namespace"
        ),
        pytest.param(
            _orchestrator("small", 2, address=ADDRESS.lower()), "media/first", id="in small letters"
        ),
        pytest.param(_orchestrator("serves", 2, role="Endpoint"), "", id="an Endpoint never acts"),
        pytest.param(_orchestrator("else", 2, address="0x" + "11" * 20), "", id="another address"),
        pytest.param(_orchestrator("test", 2, chainId=31337), "", id="another chain"),
        pytest.param(_orchestrator("off", 2, off=True), "", id="off-chain"),
    ],
)
def test_the_oldest_with_an_identity_is_its_actor(other: Body, elder: str) -> None:
    claims = Claims()
    claims.put(FIRST)
    claims.put(other)

    assert claims.elder(other) == elder


def test_who_gives_an_identity_up_or_goes_leaves_it_to_the_next() -> None:
    claims, later = Claims(), _orchestrator("later", 2)
    claims.put(FIRST)
    claims.put(later)

    claims.put({**FIRST, "spec": {}})
    after_giving_up = claims.elder(later)
    claims.put(FIRST)
    claims.withdraw(FIRST)

    assert after_giving_up == claims.elder(later) == ""


async def test_a_new_leader_knows_all_in_its_scope_before_it_acts() -> None:
    kube, now = FakeKube(), 0.0
    await kube.create(FIRST)
    claims = Claims(kube, ("media",), clock=lambda: now)
    later = _orchestrator("later", 2)
    claims.put(later)

    await claims.refresh()
    await claims.refresh()
    known = claims.elder(later)
    kube.objects.clear()
    now = 300.0
    await claims.refresh()

    assert known == "media/first"
    assert claims.elder(later) == ""
    assert [call[0] for call in kube.calls] == ["create", "list", "list"]


def test_a_key_is_free_again_when_its_user_has_let_go_or_is_gone() -> None:
    claims, later = Claims(), _orchestrator("later", 2)

    claims.hold(FIRST, 1, {"0x01", "0x02"})
    held = dict(claims.held_by_others(later, 1))
    elsewhere = claims.held_by_others(later, 2)
    own = claims.held_by_others(FIRST, 1)
    claims.hold(FIRST, 1, {"0x02"})
    fewer = dict(claims.held_by_others(later, 1))
    claims.withdraw(FIRST)

    assert held == {"0x01": "media/first", "0x02": "media/first"}
    assert elsewhere == own == claims.held_by_others(later, 1) == {}
    assert fewer == {"0x02": "media/first"}
