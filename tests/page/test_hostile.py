"""What comes from gateways, pods and RPC endpoints is text on the page, whatever stands in it."""

import pytest
from playwright.async_api import Browser, expect
from tests.page.serving import serving
from tests.page.visiting import visiting
from tests.support.fake_kube import FakeKube

from podium_operator.live.gallery import Gallery
from podium_operator.live.gate import Gate
from podium_operator.live.picture import Known
from podium_operator.load import LoadView
from podium_operator.scaling.model import ClassDemand

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = (
    "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>&amp;"
)
LONG = "n" * 40


def _hostile() -> Known:
    """Return an Orchestrator every one of whose texts is hostile, and whose name is the longest."""
    condition = {"type": "Ready", "status": "False", "reason": "NoNode", "message": HOSTILE}
    intent = {"id": HOSTILE, "kind": HOSTILE, "state": "AwaitingApproval", "why": HOSTILE,
              "message": HOSTILE, "to": HOSTILE, "data": HOSTILE, "hashes": [HOSTILE]}  # fmt: skip
    chain = {"stage": HOSTILE, "plan": HOSTILE, "intents": [intent], "safeTransaction": HOSTILE,
             "account": {"serviceURI": HOSTILE}, "recentRewards": []}  # fmt: skip
    device = {"pod": HOSTILE, "device": HOSTILE, "reason": HOSTILE}
    status = {
        "conditions": [condition],
        "image": HOSTILE,
        "pools": [{"name": "cpu", "failedDevices": [device]}],
        "decision": {"id": 1, "at": HOSTILE, "text": HOSTILE, "terms": {"streams": HOSTILE}},
    }
    waiting = {"state": {"waiting": {"reason": HOSTILE}}}
    pod = {
        "metadata": {"name": HOSTILE, "labels": {"podium.video/pool": "cpu"}},
        "status": {"containerStatuses": [waiting]},
    }
    return Known(
        {
            "metadata": {"namespace": "media", "name": LONG},
            "spec": {"pools": [{"name": "cpu", "hardware": {"type": HOSTILE}}], "chain": {}},
            "status": {"chain": chain},
        },
        status,
        LoadView(demand=(ClassDemand(HOSTILE, 1, 2.0),)),
        {HOSTILE: pod},
        {HOSTILE: HOSTILE},
    )


@pytest.mark.parametrize("path", ["/", f"/#media/{LONG}"], ids=["fleet", "one"])
async def test_hostile_texts_are_read_and_never_run(browser: Browser, path: str) -> None:
    gallery = Gallery(lambda: 0.0)
    gallery.show(_hostile())
    async with serving(gallery, Gate(FakeKube())) as port, visiting(browser) as visit:
        await visit.page.goto(f"http://127.0.0.1:{port}{path}")
        await expect(visit.page.get_by_text(HOSTILE).first).to_be_visible()
        await visit.page.set_viewport_size({"width": 390, "height": 844})

        assert await visit.page.locator("main img, main script").count() == 0
        assert "taken" not in await visit.page.title()
        assert await visit.too_wide() == []
        assert visit.troubles == []
