"""Runs cases through a real slot pool and collects what went wrong."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.fuzz.attempts import LATE_SECONDS, Answer, attempt, open_pool, patience_seconds
from tests.fuzz.cases import Case, save_case
from tests.fuzz.findings import Failure, Findings, Plan
from tests.fuzz.footprint import Footprint, has_no_more, measure
from tests.fuzz.judging import Refusal, is_crash, is_stop, judge
from tests.fuzz.making import make_case
from tests.fuzz.workshop import Workshop, WorkshopError
from tests.media.hostile import small_segment

from podium_worker.profiles import Profile
from podium_worker.transcoder.errors import ErrorText
from podium_worker.transcoder.slots.pool import SlotPool

__all__ = ["run_campaign"]

_ROUND = 200
_CALM_SECONDS = 30.0
_STILL_MEBIBYTES = 0.1
_TRIES = 2
_LAST_WORDS = {ErrorText.OUT_OF_MEMORY, ErrorText.EXTERNAL, ErrorText.STOPPED}
_FINAL = (Profile(name="final", width=160, height=90, bitrate=200_000, fps=15),)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One case to come."""

    number: int
    is_large: bool


async def run_campaign(plan: Plan, on_round: Callable[[Findings], None]) -> Findings:
    """Do everything that was planned; `on_round` is told after every round."""
    findings = Findings()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: findings.faults.append(str(context)))
    with Workshop(plan.slots) as workshop:
        findings.before = measure(workshop.pids)
        async with open_pool(plan.slots) as pool:
            run = _Run(plan, pool, workshop, findings)
            for turns in _rounds(plan):
                await run.round(turns)
                on_round(findings)
            await run.last()
        findings.left = await _calm(workshop, findings.before)
    return findings


def _rounds(plan: Plan) -> list[list[_Turn]]:
    """Spread the large cases evenly, so that every round's memory means the same."""
    count = max(4, -(-(plan.count + plan.large) // _ROUND))
    rounds = []
    for turn in range(count):
        small = range(plan.count * turn // count, plan.count * (turn + 1) // count)
        large = range(plan.large * turn // count, plan.large * (turn + 1) // count)
        turns = [_Turn(number, is_large=False) for number in small]
        rounds.append([_Turn(number, is_large=True) for number in large] + turns)
    return rounds


class _Run:
    """One campaign under way."""

    def __init__(self, plan: Plan, pool: SlotPool, workshop: Workshop, findings: Findings) -> None:
        self._plan = plan
        self._pool = pool
        self._workshop = workshop
        self._findings = findings
        self._lanes = asyncio.Semaphore(2 * plan.slots)  # one is made or judged while one runs
        self._turns = asyncio.Semaphore(plan.slots)
        self._explained_ends = 0

    async def round(self, turns: Sequence[_Turn]) -> None:
        """Run some cases at once, then measure in the calm after them."""
        async with asyncio.TaskGroup() as group:
            for turn in turns:
                group.create_task(self._turn(turn))
        before = self._findings.footprints[-1] if self._findings.footprints else None
        self._findings.footprints.append(await _calm(self._workshop, before))
        strange = self._pool.respawned - self._explained_ends
        if strange > self._findings.strange_ends:
            self._findings.strange_ends = strange
            await self._blame(turns)

    async def last(self) -> None:
        """Ask for one more good segment, as if nothing had happened."""
        case = Case("last", "a good segment", small_segment().data, _FINAL)
        answer, _ = await attempt(self._pool, case)
        if complaints := judge(case, answer):
            self._findings.faults.append(f"the last good segment: {complaints}")

    async def _turn(self, turn: _Turn) -> None:
        async with self._lanes:
            try:
                case = await self._made(turn)
            except WorkshopError as error:
                self._findings.faults.append(f"case {turn} was not made: {error}")
                return
            async with self._turns:
                answer, seconds = await attempt(self._pool, case, is_large=turn.is_large)
            await self._settle(
                case, answer, seconds - patience_seconds(case, is_large=turn.is_large)
            )

    async def _made(self, turn: _Turn) -> Case:
        plan = self._plan
        return await self._workshop.call(
            make_case, plan.seed, turn.number, is_large=turn.is_large, own=plan.own
        )

    async def _settle(self, case: Case, answer: Answer, seconds_late: float) -> None:
        findings = self._findings
        try:
            complaints = await self._workshop.call(judge, case, answer)
        except WorkshopError as error:
            complaints = (f"the referee broke: {error}",)
        if seconds_late > LATE_SECONDS:
            findings.hangs += 1
            complaints += (f"answered {seconds_late:.1f} s after its deadline",)
        self._count(answer)
        if complaints:
            findings.failures.append(self._kept(case, complaints))
        elif is_crash(answer):
            findings.crashes.append(self._kept(case, ("broke two children",)))

    def _kept(self, case: Case, complaints: tuple[str, ...]) -> Failure:
        path = save_case(case, self._plan.out, complaints)
        return Failure(case.seed, case.story, complaints, path)

    def _count(self, answer: Answer) -> None:
        findings = self._findings
        findings.done += 1
        findings.stopped += is_stop(answer)
        if isinstance(answer, Refusal):
            findings.texts[answer.text] += 1
            self._explained_ends += _ends(answer)
        else:
            findings.good += 1

    async def _blame(self, turns: Sequence[_Turn]) -> None:
        """Find the case that killed a child by running the round again, one by one."""
        async with open_pool(1) as pool:
            for turn in turns:
                case, dead = await self._made(turn), pool.respawned
                answer, _ = await attempt(pool, case, is_large=turn.is_large)
                await attempt(pool, Case("", "", b"", _FINAL))  # waits until it is replaced
                ends = _ends(answer) if isinstance(answer, Refusal) else 0
                if pool.respawned - dead > ends:
                    self._findings.failures.append(self._kept(case, ("killed a child",)))


def _ends(refusal: Refusal) -> int:
    """Return how many children an answer cost, by its own words."""
    if is_crash(refusal):
        return _TRIES
    return refusal.text in _LAST_WORDS


async def _calm(workshop: Workshop, wanted: Footprint | None) -> Footprint:
    """Measure once children hold no more than before and the dead are replaced, or time is up."""
    end = time.monotonic() + _CALM_SECONDS
    last, now = None, measure(workshop.pids)
    while time.monotonic() < end:
        await asyncio.sleep(0.25)  # longer than a child waits before it trims
        last, now = now, measure(workshop.pids)
        is_still = abs(now.child_mebibytes - last.child_mebibytes) < _STILL_MEBIBYTES
        if is_still and (wanted is None or has_no_more(now, wanted)):
            break
    return now
