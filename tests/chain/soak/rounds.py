"""Plays one round: block by block the world changes, the operator looks, the outcome is judged."""

import random
import signal
from dataclasses import dataclass, field

from tests.chain.soak.body import Order
from tests.chain.soak.books import Books
from tests.chain.soak.crew import Crew
from tests.chain.soak.faults import CLEAR, Weather
from tests.chain.soak.judging import double_sends, mined_by, next_nonce, read_deeds
from tests.chain.soak.kill import Aim
from tests.chain.soak.ordeals import Act, Ordeal, Plan, Step
from tests.chain.soak.world import CAP_WEI, World

__all__ = ["Outcome", "Stage", "close_books", "play_round"]

# Most looks execute fewer lines than this; a look that ends before its line is ended after it.
_LINES = 6_000
_DEEPEST_REORG = 4
_SETTLING_LOOKS = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a round ended. reverted: transactions of ours that were mined in vain."""

    number: int
    plan: Plan
    is_rewarded: bool
    doubles: tuple[str, ...]
    reverted: int
    said: tuple[str, ...]

    @property
    def is_missed(self) -> bool:
        """Whether a reward was lost that could be had."""
        return self.plan.is_possible and not self.is_rewarded


@dataclass(slots=True)
class Stage:
    """What rounds are played on: the world, the operator's processes, chance, the books."""

    world: World
    crew: Crew
    draw: random.Random
    books: Books
    said: list[str] = field(default_factory=list)
    number: int = 0
    _weathers: tuple[Weather, ...] = (CLEAR,)

    def enter_round(self) -> int:
        """Go to the next round unless the last one's end has led there; return its number."""
        devnet = self.world.devnet
        if devnet.round() == self.number or not self.number:
            self.world.mine(CAP_WEI // 2, devnet.blocks_left())
        self.number = devnet.round()
        self.books.border()
        self.said.clear()
        return self.number

    def play(self, place: int, step: Step) -> None:
        """Play one block."""
        self._change_weather(step.weathers)
        for act in step.acts:
            self._act(act, place)
        self.look(step)
        if Act.DROP in step.acts:
            self.world.drop_waiting()
        if Act.REVERT in step.acts and self.world.is_waiting():
            self._revert(step)
        if Act.KILL in step.acts:
            self.crew.kill()

    def clear(self) -> None:
        """Let everything through again."""
        self._change_weather((CLEAR,))
        if said := self.crew.thaw():
            self.said.append(f"thawed: {said.reason or said.error}")

    def _change_weather(self, weathers: tuple[Weather, ...]) -> None:
        """Set it only where it changes: what an endpoint holds back is let go by a change."""
        if weathers != self._weathers:
            self._weathers = weathers
            self.world.proxy.set_weather(*weathers)

    def _act(self, act: Act, place: int) -> None:
        match act:
            case Act.INITIALIZE:
                self.world.begin_round()
            case Act.PAUSE:
                self.world.pause()
            case Act.REORG:
                self.world.devnet.chain.reorg(self.draw.randint(1, min(place, _DEEPEST_REORG)))
                self.world.keep_running()
            case Act.THAW:
                if said := self.crew.thaw():
                    self.said.append(f"thawed: {said.reason or said.error}")

    def look(self, step: Step) -> None:
        """Let the operator look once, in the step's way."""
        order = Order(float(self.world.now), step.clock_error_seconds, aim=self._aim(step))
        said = self.crew.look(order)
        self.books.note(said.intents)
        self.said.append(said.error or said.reason)

    def _aim(self, step: Step) -> Aim | None:
        if Act.KILL in step.acts:
            return Aim(self.draw.randint(1, _LINES))
        if Act.FREEZE in step.acts:
            return Aim(self.draw.randint(1, _LINES), signal.SIGSTOP)
        return None

    def _revert(self, step: Step) -> None:
        """Mine what waits in a block in which the protocol stands still."""
        fee = int(step.base_fee_caps * CAP_WEI)
        self.world.pause()
        self.world.mine(fee)
        self.world.unpause()
        self.world.mine(fee)


def play_round(stage: Stage, plan: Plan) -> Outcome:
    """Play the next round from its first block to its last."""
    world, chain = stage.world, stage.world.devnet.chain
    number = stage.enter_round()
    start, seen = world.round_start(), len(world.proxy.broadcasts)
    chain.set_automine(enabled=plan.includes_at_once)
    while (place := chain.head - start) < len(plan.steps) - 1:
        step = plan.steps[place]
        world.mine(int(step.base_fee_caps * CAP_WEI))
        stage.play(place, step)
        if world.rewarded_round() == number and not _has_more(plan, place):
            break
    is_rewarded = world.rewarded_round() == number
    stage.clear()
    chain.set_automine(enabled=True)
    if Ordeal.PAUSED in plan.ordeals:
        world.unpause()
    mined = mined_by(chain, world.orchestrator, range(start, chain.head + 1))
    first = next_nonce(chain, world.orchestrator, start - 1)
    sent = read_deeds(world.proxy.broadcasts[seen:])
    return Outcome(
        number=number,
        plan=plan,
        is_rewarded=is_rewarded,
        doubles=tuple(double_sends(sent, mined, first_nonce=first)),
        reverted=sum(not one.succeeded for one in mined),
        said=tuple(stage.said),
    )


def close_books(stage: Stage) -> None:
    """Let the operator see how its last transactions ended, and note the last balance."""
    stage.world.mine(CAP_WEI // 2, stage.world.devnet.blocks_left())
    for _ in range(_SETTLING_LOOKS):
        stage.look(Step())
        stage.world.mine(CAP_WEI // 2)
    stage.books.border()


def _has_more(plan: Plan, place: int) -> bool:
    """Whether something is still to happen that could undo the reward."""
    return any(step.acts for step in plan.steps[place + 1 :])
