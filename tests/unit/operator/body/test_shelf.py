"""What outlives a crash: bytes in a Secret, intents in status; nobody undoes another's."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.fake_kube import FakeKube
from tests.unit.operator.body.intents import REWARD

from podium_operator.api import names
from podium_operator.api.chain_status import ChainStatus
from podium_operator.api.conditions import Condition, ConditionType, Status
from podium_operator.chain.model import IntentState
from podium_operator.chain.shelf import SecretVault, StatusLog
from podium_operator.errors import InvalidSecretError
from podium_operator.kube.client import Body
from podium_operator.kube.errors import ConflictError, KubeError, UnreachableError
from podium_operator.kube.kinds import ORCHESTRATOR, kind_named
from podium_operator.reporting import status_object, without_chain

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
READY = {
    "type": "Ready",
    "status": "True",
    "reason": "Ready",
    "message": "",
    "observedGeneration": 1,
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}
FUNDED = Condition(ConditionType.FUNDED, Status.TRUE, "Enough", "for a year")


@pytest.fixture
async def kube() -> FakeKube:
    kube = FakeKube()
    await kube.create(
        {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "metadata": {"namespace": "media", "name": "home"},
            "spec": {},
        }
    )
    return kube


async def _owner(kube: FakeKube) -> Body:
    return await kube.get(ORCHESTRATOR, "media", "home")


async def _log(kube: FakeKube) -> StatusLog:
    log = StatusLog(kube, await _owner(kube))
    await log.open()
    return log


async def test_bytes_stored_are_there_after_a_crash(kube: FakeKube) -> None:
    await SecretVault(kube, await _owner(kube)).put("a/1", [b"\x01\x02", b"\x03"])

    successor = SecretVault(kube, await _owner(kube))

    assert await successor.get("a/1") == [b"\x01\x02", b"\x03"]
    assert await successor.get("a/2") == []


async def test_bytes_of_one_intent_go_and_those_of_another_stay(kube: FakeKube) -> None:
    vault = SecretVault(kube, await _owner(kube))
    await vault.put("a", [b"\x01"])
    await vault.put("b", [b"\x02"])

    await vault.drop("a")
    await vault.drop("a")
    await vault.drop("never there")

    assert await vault.get("a") == []
    assert await vault.get("b") == [b"\x02"]


async def test_a_vault_that_somebody_else_wrote_meanwhile_is_not_overwritten(
    kube: FakeKube,
) -> None:
    class Late(FakeKube):
        async def get(self, *where: Any) -> Body:
            body = await kube.get(*where)
            if where[0].name == "Secret":
                await SecretVault(kube, owner).put("theirs", [b"\x09"])
            return body

    owner = await _owner(kube)
    await SecretVault(kube, owner).put("first", [b"\x01"])
    late = Late()
    late.objects = kube.objects

    with pytest.raises(ConflictError):
        await SecretVault(late, owner).put("mine", [b"\x02"])

    assert await SecretVault(kube, owner).get("theirs") == [b"\x09"]


async def test_bytes_that_somebody_changed_are_refused_without_showing_them(
    kube: FakeKube,
) -> None:
    vault = SecretVault(kube, await _owner(kube))
    await vault.put("a", [b"\x01"])
    secret = kube.objects["Secret", "media", "home-chain"]
    secret["data"] = dict.fromkeys(secret["data"], "bm90aGluZw==")

    with pytest.raises(InvalidSecretError, match="the bytes of a cannot be read"):
        await vault.get("a")


async def test_the_secret_goes_with_its_orchestrator(kube: FakeKube) -> None:
    owner = await _owner(kube)
    await SecretVault(kube, owner).put("a", [b"\x01"])

    secret = await kube.get(kind_named("Secret"), "media", "home-chain")

    [reference] = secret["metadata"]["ownerReferences"]
    assert reference["uid"] == owner["metadata"]["uid"]


async def test_intents_saved_are_there_after_a_crash(kube: FakeKube) -> None:
    intents = [REWARD, replace(REWARD, id="b", state=IntentState.SENT, nonce=7, hashes=("0x1",))]
    await (await _log(kube)).save(intents)

    assert list((await _log(kube)).intents) == intents


async def test_a_log_that_could_not_be_written_is_what_it_was(kube: FakeKube) -> None:
    log = await _log(kube)

    def refuse(verb: str, *_: str) -> KubeError | None:
        return UnreachableError("away") if verb == "apply" else None

    kube.fail = refuse
    with pytest.raises(UnreachableError):
        await log.save([REWARD])

    assert log.intents == ()


async def test_scaling_and_the_chain_write_one_status_and_keep_each_others(
    kube: FakeKube,
) -> None:
    log = await _log(kube)
    await log.save([REWARD])
    await log.show(ChainStatus(stake="81k"), [FUNDED], generation=1, now=NOW)

    scaling = {"observedGeneration": 1, "conditions": [READY]}
    await kube.apply_status(status_object(await _owner(kube), scaling))
    await log.save([])

    status = (await _owner(kube))["status"]
    assert without_chain(status) == scaling
    assert status["chain"]["stake"] == "81k"
    assert {one["type"] for one in status["conditions"]} == {"Ready", "Funded"}


async def test_nothing_is_written_while_nothing_changes(kube: FakeKube) -> None:
    log = await _log(kube)
    await log.show(ChainStatus(stake="81k"), [FUNDED], generation=1, now=NOW)
    await log.save([REWARD])
    kube.calls.clear()

    await log.show(ChainStatus(stake="81k"), [FUNDED], generation=1, now=NOW.replace(minute=9))
    await log.save([REWARD])

    assert kube.calls == []


async def test_off_chain_again_nothing_of_the_chain_is_left_in_status(kube: FakeKube) -> None:
    log = await _log(kube)
    await kube.apply_status(status_object(await _owner(kube), {"conditions": [READY]}))
    await log.show(ChainStatus(stake="81k"), [FUNDED], generation=1, now=NOW)

    await log.clear()

    assert (await _owner(kube))["status"] == {"conditions": [READY]}


async def test_what_a_safe_is_to_sign_is_shown_in_the_same_write(kube: FakeKube) -> None:
    log = await _log(kube)
    log.chain_id = 42161

    await log.save([replace(REWARD, state=IntentState.AWAITING_SIGNATURE)])
    waiting = await _safe(kube)
    await log.save([replace(REWARD, state=IntentState.DONE)])

    assert f'"data":"{REWARD.data}"' in waiting
    assert '"chainId":"42161"' in waiting
    assert await _safe(kube) == ""


async def _safe(kube: FakeKube) -> str:
    return str((await _owner(kube))["status"]["chain"]["safeTransaction"])
