"""The policy in a cluster that lives: pods start, break and are told of late and twice.

Invariant 12 and what follows it: a decision made again is the same and changes nothing, events
told again change nothing, and a clock that goes back moves nothing.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.unit.operator.desired.samples import orchestrator

from podium_operator.api import names
from podium_operator.load import LoadView
from podium_operator.observe import Moment, scaling_inputs
from podium_operator.scaling import (
    ClassDemand,
    Decision,
    Hold,
    Inputs,
    Role,
    Service,
    Source,
    Window,
    decide,
)
from podium_operator.sightings import Sighted

LADDER = "h264/1280x720@30"
GPU = {
    "name": "gpu",
    "hardware": {"type": "nvidia"},
    "slots": 4,
    "scale": {"min": 1, "max": 12, "inWindowSeconds": 30},
}
CPU = {
    "name": "cpu",
    "hardware": {"type": "cpu"},
    "scale": {"min": 0, "max": 20, "role": "overflow"},
}
STARTUP = {"gpu": 60.0, "cpu": 10.0}
SERVICE = {LADDER: Service(0.5, 0.7)}
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Cluster(RuleBasedStateMachine):
    """Deployments follow the decisions, pods follow the Deployments, events come as they like."""

    @initialize()
    def begin(self) -> None:
        self.spec = orchestrator(pools=[GPU, CPU])
        self.sighted, self.pods = Sighted(), dict[str, dict[str, Any]]()
        self.replicas = {"gpu": 1, "cpu": 0}
        self.now, self.age, self.streams, self.made = 100.0, 0.0, 0, 0
        self.window = Window(started_at=self.now)
        self.past: list[tuple[Inputs, Window, Decision]] = []
        self._follow()

    @rule(streams=st.integers(0, 80))
    def streams_come_and_go(self, streams: int) -> None:
        self.streams = streams

    @rule(seconds=st.sampled_from([0.1, 2.0, 10.0, 40.0]))
    def time_passes_and_a_decision_is_carried_out(self, seconds: float) -> None:
        self.now += seconds
        before = dict(self.replicas)
        decision = self._decide()
        for pool in decision.pools:
            divisor = 4 if pool.role is Role.OVERFLOW else 10
            least = min(before[pool.name], self._most(pool.name))
            assert pool.desired >= least - max(1, least // divisor)
            if decision.hold in {Hold.STALE, Hold.CLOCK, Hold.SILENT}:
                assert pool.desired >= least

    @rule(seconds=st.floats(0.01, 500))
    def the_clock_goes_back(self, seconds: float) -> None:
        before = dict(self.replicas)
        self.now -= seconds

        decision = self._decide()

        if self.past[-1][1].last_at is not None:
            assert decision.hold is Hold.CLOCK
            assert self.replicas == before

    @rule(age=st.sampled_from([0.5, 20.0]))
    def reports_fall_silent_or_come_back(self, age: float) -> None:
        self.age = age

    @rule(share=st.sampled_from([0.5, 1.0]))
    def pods_become_ready(self, share: float) -> None:
        starting = [name for name, pod in self.pods.items() if not pod["ready"]]
        for name in starting[: int(share * len(starting)) or 1]:
            self.pods[name]["ready"] = True
            self._tell(name)

    @rule()
    def a_serving_pod_breaks(self) -> None:
        serving = [name for name, pod in self.pods.items() if pod["ready"]]
        for name in serving[:1]:
            self.pods[name] |= {"ready": False, "waiting": "CrashLoopBackOff"}
            self._tell(name)

    @rule()
    def every_event_is_told_again(self) -> None:
        before = self._inputs()
        for name in sorted(self.pods, reverse=True):
            self._tell(name)

        assert self._inputs() == before

    @rule()
    def a_decision_is_made_and_carried_out_again(self) -> None:
        if not self.past:
            return
        inputs, window, decision = self.past[-1]
        again, _ = decide(inputs, window=window)
        pods = {name: dict(pod) for name, pod in self.pods.items()}

        assert again == decision
        self._carry_out(again)
        assert self.pods == pods

    @rule()
    def a_new_leader_begins(self) -> None:
        self.window = Window(started_at=self.now, decision_id=self.window.decision_id)

    @invariant()
    def sizes_stay_within_the_spec(self) -> None:
        assert 1 <= self.replicas["gpu"] <= 12
        assert 0 <= self.replicas["cpu"] <= 20

    @invariant()
    def decisions_are_numbered_upwards(self) -> None:
        numbers = [decision.decision_id for _, _, decision in self.past]
        assert numbers == sorted(numbers)

    def _most(self, pool: str) -> int:
        return {"gpu": 12, "cpu": 20}[pool]

    def _decide(self) -> Decision:
        inputs, window = self._inputs(), self.window
        decision, self.window = decide(inputs, window=window)
        self.past = [*self.past[-20:], (inputs, window, decision)]
        self._carry_out(decision)
        return decision

    def _inputs(self) -> Inputs:
        load = LoadView(
            age_seconds=self.age,
            sources=(Source("node-0", self.age),),
            demand=(ClassDemand(LADDER, self.streams, 2.0),),
            service={"gpu": SERVICE, "cpu": SERVICE},
        )
        moment = Moment(self.now, self._date(), STARTUP, self.replicas)
        return scaling_inputs(self.spec, self.sighted, load, moment=moment)

    def _date(self) -> datetime:
        return BEGINNING + timedelta(seconds=self.now)

    def _carry_out(self, decision: Decision) -> None:
        self.replicas = decision.replicas
        self._follow()

    def _follow(self) -> None:
        """As a ReplicaSet does: what has not started goes first."""
        for pool, wanted in self.replicas.items():
            found = [name for name, pod in self.pods.items() if pod["pool"] == pool]
            for name in sorted(found, key=lambda one: self.pods[one]["ready"])[
                : max(0, len(found) - wanted)
            ]:
                self._tell(name, was_deleted=True)
                del self.pods[name]
            for _ in range(wanted - len(found)):
                self.made += 1
                name = f"home-pool-{pool}-{self.made}"
                self.pods[name] = {"pool": pool, "ready": False, "waiting": "", "at": self._date()}
                self._tell(name)

    def _tell(self, name: str, *, was_deleted: bool = False) -> None:
        pod = self.pods[name]
        waiting = {"waiting": {"reason": pod["waiting"]}} if pod["waiting"] else {}
        body = {
            "metadata": {
                "name": name,
                "uid": name,
                "creationTimestamp": pod["at"].isoformat(),
                "labels": names.labels("home", names.Component.TRANSCODER, pool=pod["pool"]),
            },
            "status": {
                "phase": "Running",
                "containerStatuses": [{"state": waiting}],
                "conditions": [{"type": "Ready", "status": str(pod["ready"])}],
            },
        }
        self.sighted.see_pod(body, was_deleted=was_deleted)


TestCluster = Cluster.TestCase
TestCluster.settings = settings(max_examples=100, stateful_step_count=30)
