"""The age of the load is shown while somebody reports, and not known afterwards."""

from tests.unit.operator.shell.world import World

_GAUGE = "podium_orchestrator_load_age_seconds{"
_NODE = {"kind": "node", "id": "home-node-0"}


async def test_the_age_of_a_load_that_nobody_reports_any_more_is_not_shown() -> None:
    world = World()
    await world.begin()
    world.report(_NODE)
    await world.settle()
    assert _GAUGE in world.metrics.render().decode()

    await world.step(seconds=60)  # its pod is gone, too

    assert _GAUGE not in world.metrics.render().decode()
