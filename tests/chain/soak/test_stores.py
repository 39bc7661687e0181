"""Files keep what the operator wrote, and refuse a process that does not lead."""

from pathlib import Path

import pytest
from tests.chain.soak.stores import FileIntentLog, FileLease, FileVault, LeaseLostError

from podium_operator.chain.model import Intent, IntentKind, IntentState

_INTENT = Intent(
    id="reward-7",
    kind=IntentKind.REWARD,
    round=7,
    goal="reward of round 7",
    why="not called yet",
    sender="0x" + "1" * 40,
    to="0x" + "2" * 40,
    data="0x228cb733",
    value_wei=2**200,
    gas_limit=700_000,
    max_fee_wei=10**9,
    at=1_800_000_000,
    state=IntentState.SENT,
    nonce=3,
    hashes=("0xaa", "0xbb"),
)


async def test_intents_come_back_as_they_were_written(tmp_path: Path) -> None:
    await FileIntentLog(tmp_path / "intents", lambda: True).save([_INTENT])

    assert FileIntentLog(tmp_path / "intents", lambda: True).load() == (_INTENT,)
    assert FileIntentLog(tmp_path / "others", lambda: True).load() == ()


async def test_signed_bytes_are_kept_for_their_owner_until_they_are_dropped(
    tmp_path: Path,
) -> None:
    vault = FileVault(tmp_path / "vault", lambda: True)
    await vault.put("a/b", [b"one", b"two"])

    kept = await vault.get("a/b")
    (mode,) = (file.stat().st_mode for file in (tmp_path / "vault").iterdir())
    await vault.drop("a/b")
    await vault.drop("a/b")

    assert kept == [b"one", b"two"]
    assert mode & 0o077 == 0
    assert await vault.get("a/b") == []


async def test_who_lost_the_lease_writes_nothing(tmp_path: Path) -> None:
    first, second = (FileLease(tmp_path / "lease", name, 10) for name in ("a", "b"))
    assert first.take(100)
    assert not second.take(109)
    assert second.take(111)

    log = FileIntentLog(tmp_path / "intents", first.is_held)
    vault = FileVault(tmp_path / "vault", first.is_held)

    with pytest.raises(LeaseLostError):
        await log.save([_INTENT])
    with pytest.raises(LeaseLostError):
        await vault.put("a", [b"one"])
    assert log.load() == ()
    assert await vault.get("a") == []
