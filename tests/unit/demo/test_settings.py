import pytest
from tests.demo.preparation import foreign_images
from tests.demo.settings import DemoSettings, read_settings
from tests.devcluster.errors import ClusterError


def test_a_person_chooses_the_length() -> None:
    assert read_settings({"DEMO_SECONDS": "90"}, cores=2) == DemoSettings(90.0, 4)


@pytest.mark.parametrize(
    ("cores", "streams"),
    [
        pytest.param(1, 2, id="a single core shows two"),
        pytest.param(2, 4, id="two cores show four"),
        pytest.param(64, 4, id="a large machine shows no more unless asked"),
    ],
)
def test_the_peak_fits_the_machine(cores: int, streams: int) -> None:
    assert read_settings({}, cores=cores).streams == streams


def test_more_streams_make_the_run_longer() -> None:
    assert read_settings({"DEMO_STREAMS": "30"}, cores=2).seconds > 180


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        pytest.param({"DEMO_SECONDS": "soon"}, "write a number", id="a word for a number"),
        pytest.param({"DEMO_SECONDS": "nan"}, "or more", id="not a number at all"),
        pytest.param({"DEMO_SECONDS": "5"}, "75.5 or more", id="too short a run"),
        pytest.param({"DEMO_STREAMS": "1"}, "2 or more", id="too few streams"),
    ],
)
def test_a_bad_choice_names_the_variable_and_the_fix(
    environment: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint) as raised:
        read_settings(environment, cores=2)
    assert next(iter(environment)) in str(raised.value)


def test_a_foreign_cluster_needs_images_it_can_pull() -> None:
    with pytest.raises(ClusterError, match="PODIUM_OPERATOR_IMAGE"):
        foreign_images({"KUBECONFIG": "elsewhere"})
    assert foreign_images({}) is None
