"""What the chain's keeper tells the world beside status: Events and gauges."""

__all__ = ["Teller"]

from collections.abc import Sequence

from podium_operator.api import names
from podium_operator.api.chain_status import ChainStatus
from podium_operator.chain.consent import Consenter, consenter_of
from podium_operator.chain.measures import numbers_of, spreads_of
from podium_operator.chain.model import Alert, Intent
from podium_operator.chain.past_rounds import missed_in
from podium_operator.chain.picture import Scenery
from podium_operator.chain.rpc.values import Sighting
from podium_operator.chain.turns import notes_of
from podium_operator.kube.client import Body
from podium_operator.surroundings import Surroundings


class Teller:
    """Tells each change once; what goes on is in status and in the gauges."""

    def __init__(self, around: Surroundings, owner: tuple[str, str]) -> None:
        self._around, self._owner = around, owner
        self._alerts: set[Alert] = set()

    async def turned(self, body: Body, before: Sequence[Intent], after: Sequence[Intent]) -> None:
        """Tell how intents have moved on."""

        def who() -> Consenter:
            return consenter_of(body, names.APPROVE_ANNOTATION)

        for note in notes_of(before, after, who):
            await self._around.recorder.tell(body, note, action="Transact")

    async def alerted(self, body: Body, alerts: Sequence[Alert]) -> None:
        """Tell what is new among the alerts that stand."""
        for alert in alerts:
            if alert not in self._alerts:
                severity = "Warning" if alert.urgent else "Normal"
                note = (severity, alert.reason, alert.message)
                await self._around.recorder.tell(body, note, action="Watch")
        self._alerts = set(alerts)

    def met(self, intents: Sequence[Intent], last: ChainStatus) -> None:
        """Count nothing again that another process has counted."""
        missed = missed_in(last.recent_rewards)
        self._around.metrics.chain.met(self._owner, intents, missed)

    def measure(
        self, scenery: Scenery, picture: ChainStatus, endpoints: Sequence[Sighting]
    ) -> None:
        """Set every gauge."""
        metrics, owner = self._around.metrics, self._owner
        metrics.chain.show(owner, numbers_of(scenery))
        for name, values in spreads_of(scenery, picture).items():
            metrics.chain.spread(owner, name, values)
        ways: dict[tuple[str, ...], float]
        lags: dict[tuple[str, ...], float]
        ways = {(one.name,): float(one.fault is None) for one in endpoints}
        metrics.chain.spread(owner, "rpc_up", ways)
        lags = {(one.name,): float(one.lag_blocks) for one in endpoints if one.head}
        metrics.chain.spread(owner, "rpc_block_lag", lags)
        for aspect, verdict in scenery.decision.verdicts.items():
            metrics.condition.labels(*owner, aspect.value).set(verdict.status.value == "True")
        state = scenery.observed.state
        if state is not None:
            metrics.chain.intents(owner, scenery.decision.intents, at=state.at)
            missed = missed_in(picture.recent_rewards)
            metrics.chain.missed(owner, missed)
