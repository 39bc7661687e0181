"""The ledger of unanswered jobs: a table, and a machine that tries everything."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from podium_worker.node.ledger import AUDIT_EVERY_SECONDS, MAX_ATTEMPTS, Ledger, Verdict


def ledger_with_job() -> Ledger:
    ledger = Ledger()
    ledger.open("job", "token", 10.0)
    return ledger


def test_a_new_job_is_due_for_publication() -> None:
    assert ledger_with_job().due(0.0).publish == ("job",)


def test_a_published_job_is_checked_only_after_a_while() -> None:
    ledger = ledger_with_job()
    ledger.published("job", 1, 0.0)

    assert ledger.due(1.0).audit == ()
    assert ledger.due(AUDIT_EVERY_SECONDS).audit == ("job",)


def test_a_job_that_the_queue_lost_is_published_under_a_new_number() -> None:
    ledger = ledger_with_job()
    first = ledger.publishing("job")
    ledger.published("job", 1, 0.0)

    ledger.lost("job")

    assert ledger.due(1.0).publish == ("job",)
    assert ledger.publishing("job") == first + 1


def test_after_a_new_connection_everything_is_checked_at_once() -> None:
    ledger = ledger_with_job()
    ledger.published("job", 1, 0.0)

    ledger.doubt()

    assert ledger.due(0.1).audit == ("job",)


def test_a_job_past_its_deadline_only_expires() -> None:
    due = ledger_with_job().due(10.0)

    assert (due.expired, due.publish, due.audit) == (("job",), (), ())


@pytest.mark.parametrize(
    ("token", "now", "verdict"),
    [
        ("token", 1.0, Verdict.GRANTED),
        ("token", 10.0, Verdict.UNKNOWN),
        ("other", 1.0, Verdict.UNKNOWN),
    ],
    ids=["in time", "past the deadline", "a token nobody gave"],
)
def test_an_answer_needs_its_token_and_its_time(token: str, now: float, verdict: Verdict) -> None:
    assert ledger_with_job().answer(token, now) is verdict


def test_the_second_answer_is_told_so() -> None:
    ledger = ledger_with_job()
    ledger.answer("token", 1.0)

    assert ledger.answer("token", 1.0) is Verdict.ANSWERED
    assert ledger.may_answer("token", 1.0) is Verdict.ANSWERED
    assert ledger.fetch("token", 1.0) is Verdict.UNKNOWN


def test_a_source_that_kills_is_not_given_out_for_ever() -> None:
    ledger = ledger_with_job()

    verdicts = [ledger.fetch("token", 1.0) for _ in range(MAX_ATTEMPTS + 1)]

    assert verdicts == [Verdict.GRANTED] * MAX_ATTEMPTS + [Verdict.POISONED]


def test_a_job_waits_until_somebody_has_its_source() -> None:
    ledger = ledger_with_job()
    assert ledger.waiting() == ["job"]

    ledger.fetch("token", 1.0)

    assert ledger.waiting() == []


def test_what_is_said_of_a_closed_job_is_ignored() -> None:
    ledger = ledger_with_job()
    ledger.close("job")

    ledger.published("job", 1, 0.0)
    ledger.found("job", 0.0)
    ledger.lost("job")
    ledger.close("job")

    assert len(ledger) == 0


class LedgerMachine(RuleBasedStateMachine):
    """Jobs come, queues lose them, transcoders die or answer twice, gateways leave."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.now = 0.0
        self.open: dict[str, float] = {}
        self.answered: dict[str, int] = {}
        self.queue: set[str] = set()
        self.jobs = 0

    @rule(patience=st.floats(1, 20))
    def arrive(self, patience: float) -> None:
        job = f"j{self.jobs}"
        self.jobs += 1
        self.open[job] = self.now + patience
        self.ledger.open(job, f"t-{job}", self.open[job])

    @rule(seconds=st.floats(0, 5))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def tend(self) -> None:
        due = self.ledger.due(self.now)
        for job in due.expired:
            self.ledger.close(job)
            del self.open[job]
        for job in due.publish:
            self.ledger.publishing(job)
            self.queue.add(job)
            self.ledger.published(job, 1, self.now)
        for job in due.audit:
            (self.ledger.found(job, self.now) if job in self.queue else self.ledger.lost(job))

    @rule()
    def lose_the_queue(self) -> None:
        self.queue.clear()
        self.ledger.doubt()

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(sorted([*self.open, *self.answered])))
        verdict = self.ledger.answer(f"t-{job}", self.now)
        if verdict is Verdict.GRANTED:
            self.answered[job] = self.answered.get(job, 0) + 1
            del self.open[job]

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(sorted(self.open)))
        self.ledger.close(job)
        del self.open[job]

    @invariant()
    def answers_are_given_once(self) -> None:
        assert all(count == 1 for count in self.answered.values())

    @invariant()
    def nothing_is_forgotten(self) -> None:
        assert len(self.ledger) == len(self.open)

    @invariant()
    def a_lost_job_comes_back(self) -> None:
        due = self.ledger.due(self.now)
        for job, deadline in self.open.items():
            published = self.ledger[job].sequence is not None
            if deadline > self.now and job not in self.queue:
                late = self.ledger.due(self.now + AUDIT_EVERY_SECONDS)
                assert job in due.publish or (published and job in {*late.audit, *late.expired})


TestLedgerMachine = LedgerMachine.TestCase
