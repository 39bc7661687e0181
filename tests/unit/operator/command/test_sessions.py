"""`podium sessions` over an API server in memory: what it shows, and what it says instead."""

import io
import json
from typing import Any

import pytest
from rich.console import Console
from tests.support.fake_pods import FakePods
from tests.unit.operator.command.answers import answer, node_pod, session

from podium_operator.api import names
from podium_operator.command.cli import main
from podium_operator.command.cluster import UnreadableError
from podium_operator.command.sessions import Listing, look
from podium_operator.kube.errors import ForbiddenError, KubeError, NotFoundError, UnreachableError


def _orchestrator(name: str = "home") -> dict[str, Any]:
    meta = {"name": name, "namespace": "media"}
    return {"apiVersion": names.API_VERSION, "kind": names.KIND, "metadata": meta, "spec": {}}


@pytest.fixture
async def kube() -> FakePods:
    kube = FakePods()
    for body in (_orchestrator(), node_pod(), node_pod("home-node-1")):
        await kube.create(body)
    kube.pages = {"home-node-0": answer(session()), "home-node-1": answer()}
    return kube


def _drawn(listing: Listing) -> str:
    console = Console(file=io.StringIO(), width=1000)
    console.print(listing.as_text())
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def _look(kube: FakePods, name: str | None = "home", limit: int = 50) -> Listing:
    return await look(kube, namespace="media", name=name, limit=limit)


async def test_a_session_is_one_line(kube: FakePods) -> None:
    said = _drawn(await _look(kube))

    assert said.splitlines()[1].split() == [
        "media/home-node-0", "3f2a9c01de", "1m1s", "30", "0", "0", "0", "1", "0s", "27.6", "Mpx/s",
        "h264/640x360@30",
    ]  # fmt: skip
    assert kube.asked == [f"media/home-node-{number}:7935/sessions?limit=50" for number in range(2)]


async def test_a_program_gets_every_number_and_where_it_is_from(kube: FakePods) -> None:
    kube.pages["home-node-1"] = NotFoundError("404")
    data = json.loads(json.dumps((await _look(kube)).as_data()))

    assert (data["total"], data["shown"]) == (1, 1)
    (one,) = data["sessions"]
    assert one["node"] == "home-node-0"
    assert one["orchestrator"] == "home"
    assert {key: one[key] for key in session()} == session()
    assert [one["node"] for one in data["notAsked"]] == ["home-node-1"]


async def test_the_worst_of_all_nodes_come_first_then_the_oldest(kube: FakePods) -> None:
    kube.pages = {
        "home-node-0": answer(session("aaaa", ageSeconds=5), session("bbbb", ageSeconds=50)),
        "home-node-1": answer(session("cccc", late=2), session("dddd", failed=1)),
    }
    rows = (await _look(kube)).rows()

    assert [row.stream for _, row in rows] == ["dddd", "cccc", "bbbb", "aaaa"]


async def test_what_is_not_shown_is_counted_and_told_how_to_see(kube: FakePods) -> None:
    kube.pages["home-node-0"] = answer(session("aaaa"), session("bbbb"), total=9)
    said = _drawn(await _look(kube, limit=1))

    assert "bbbb" not in said
    assert "8 more of 9: see them by --limit 9" in said


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            "home",
            "no session is open on all 2 nodes: `podium explain --no-work home` tells",
            id="of one Orchestrator",
        ),
        pytest.param(None, "on all 3 nodes: `podium explain --no-work` tells", id="of a namespace"),
    ],
)
async def test_none_is_a_sentence_that_says_what_to_ask_next(
    kube: FakePods, name: str | None, expected: str
) -> None:
    await kube.create(node_pod("away-node-0", of="away"))
    kube.pages = {f"{node}-node-{n}": answer() for node in ("home", "away") for n in range(2)}

    assert expected in _drawn(await _look(kube, name))


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(
            NotFoundError("404 page not found"), "worker image is older", id="an older image"
        ),
        pytest.param(UnreachableError("503"), "does a NetworkPolicy let", id="no answer"),
        pytest.param(b"<html>", "cannot be read: Invalid JSON", id="something else answers"),
        pytest.param(
            answer(session("\x1b[2J")), "cannot be read: sessions.0.stream", id="terminal codes"
        ),
        pytest.param(
            answer(session(loadClass="a\x1b")), "cannot be read: sessions.0.loadClass", id="class"
        ),
        pytest.param(
            answer(session(ageSeconds=-1)), "cannot be read: sessions.0.ageSeconds", id="an age"
        ),
        pytest.param(answer(*[session()] * 1001), "sessions", id="more than anybody asked for"),
    ],
)
async def test_a_node_that_cannot_be_asked_is_named_and_the_others_are_shown(
    kube: FakePods, page: bytes | KubeError, expected: str
) -> None:
    kube.pages["home-node-1"] = page
    listing = await _look(kube)
    said = _drawn(listing)

    assert "3f2a9c01de" in said
    assert "media/home-node-1 was not asked" in said
    assert expected in said
    assert "\x1b" not in said


async def test_a_pod_that_does_not_run_is_not_asked(kube: FakePods) -> None:
    await kube.create(node_pod("home-node-2", phase="Pending"))
    listing = await _look(kube)

    assert [(one.pod, one.why) for one in listing.unasked] == [
        ("home-node-2", "it is Pending: `podium logs home --part node`")
    ]


async def test_a_missing_right_is_named(kube: FakePods) -> None:
    kube.pages = {f"home-node-{n}": ForbiddenError("403: User x cannot") for n in range(2)}

    with pytest.raises(UnreadableError, match=r"may not `get` `pods/proxy` in namespace media"):
        await _look(kube)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("hone", "no Orchestrator 'hone' in namespace 'media'", id="no such name"),
        pytest.param("idle", "idle has no node pod: `podium status idle` says why", id="no pod"),
    ],
)
async def test_a_name_without_nodes_says_what_to_type(
    kube: FakePods, name: str, expected: str
) -> None:
    await kube.create(_orchestrator("idle"))

    with pytest.raises(UnreadableError, match=expected):
        await _look(kube, name)


async def test_an_empty_namespace_says_where_to_look() -> None:
    with pytest.raises(UnreadableError, match="look everywhere with -A"):
        await _look(FakePods(), None)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(0.4, "0s", id="a moment"),
        pytest.param(59.9, "59s", id="under a minute"),
        pytest.param(303.0, "5m3s", id="minutes"),
        pytest.param(7_800.0, "2h10m", id="hours"),
        pytest.param(273_600.0, "3d4h", id="days"),
    ],
)
async def test_ages_read_as_kubectls_do(kube: FakePods, seconds: float, expected: str) -> None:
    kube.pages["home-node-0"] = answer(session(ageSeconds=seconds))

    assert f" {expected} " in _drawn(await _look(kube))


@pytest.mark.parametrize(
    ("limit", "hint"),
    [
        pytest.param("many", "'many' is no number: write 1 to 1000", id="a word"),
        pytest.param("0", "0 is out of bounds: write 1 to 1000", id="none"),
        pytest.param("1001", "1001 is out of bounds: write 1 to 1000", id="too many"),
    ],
)
def test_a_limit_that_makes_no_sense_is_told_what_to_write(
    limit: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sessions", "--limit", limit])

    assert ended.value.code == 2
    assert hint in capsys.readouterr().err
