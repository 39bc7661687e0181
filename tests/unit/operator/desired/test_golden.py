"""Pod templates of the samples are what they were: an upgrade restarts nobody's pods."""

import pytest
from tests.unit.operator.desired.golden import SUBJECTS, path_of, rendered


@pytest.mark.parametrize("name", SUBJECTS)
def test_pod_templates_are_those_of_the_last_release(name: str) -> None:
    assert rendered(name) == path_of(name).read_text(), (
        "these pods would restart at an upgrade: if that is meant, run `make golden` and say why"
    )
