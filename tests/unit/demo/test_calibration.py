import pytest
from tests.demo.calibration import slot_millicores
from tests.demo.manifest import NAME, build_orchestrator

from podium_operator.api.v1alpha1 import parse


@pytest.mark.parametrize(
    ("cpu_seconds", "millicores"),
    [
        pytest.param(0.4, 410, id="a usual machine gives less than half a core"),
        pytest.param(0.01, 50, id="a very fast one still gives enough to start"),
        pytest.param(9.0, 1000, id="a very slow one gives a whole core"),
    ],
)
def test_a_slot_gets_what_one_stream_half_fills(cpu_seconds: float, millicores: int) -> None:
    assert slot_millicores(cpu_seconds) == millicores


def test_the_operator_takes_the_demos_orchestrator() -> None:
    manifest = build_orchestrator(namespace="demo", most_pods=4, slot_millicores=430)
    manifest["metadata"]["uid"] = "u"

    parsed = parse(manifest)

    assert parsed.name == NAME
    assert parsed.spec.pools[0].scale.ceiling == 4
    assert parsed.spec.pools[0].scale.in_window_seconds == 10
