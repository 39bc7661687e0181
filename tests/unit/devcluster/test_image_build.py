"""A build is told everything by name, and secrets by file only."""

from pathlib import Path

import pytest
from tests.devcluster.images.base import Base, chosen_base
from tests.devcluster.images.build import build
from tests.devcluster.images.engine import build_arguments, unwanted
from tests.devcluster.images.hostpip import (
    certificate_bundle,
    parse_settings,
    render_settings,
)
from tests.devcluster.images.recipe import REPOSITORY, TARGETS
from tests.devcluster.programs.errors import ProgramsError

LISTING = """\
global.index-url='https://user:secret@host/simple'
global.timeout='60'
install.trusted-host='host'
:env:.timeout='180'
:env:.find-links='/opt/wheels'
"""


def test_environment_wins_over_pips_files() -> None:
    assert parse_settings(LISTING) == {
        "index-url": "https://user:secret@host/simple",
        "timeout": "180",
        "trusted-host": "host",
        "find-links": "/opt/wheels",
    }


@pytest.mark.parametrize("listing", ["", "no settings here", "download.x='1'"])
def test_listing_without_settings_gives_none(listing: str) -> None:
    assert parse_settings(listing) == {}


def test_only_settings_that_mean_the_same_inside_are_passed() -> None:
    text = render_settings(parse_settings(LISTING), has_bundle=True)

    assert text == (
        "[global]\n"
        "index-url = https://user:secret@host/simple\n"
        "timeout = 180\n"
        "trusted-host = host\n"
        "cert = /run/secrets/ca_bundle\n"
    )


def test_certificates_are_pips_own_before_the_environments(tmp_path: Path) -> None:
    for name in ("pip", "environment"):
        (tmp_path / name).write_text("")
    environment = {"SSL_CERT_FILE": str(tmp_path / "environment")}

    chosen = certificate_bundle({"cert": str(tmp_path / "pip")}, environment)
    without = certificate_bundle({"cert": str(tmp_path / "lost")}, environment)

    assert chosen == tmp_path / "pip"
    assert without == tmp_path / "environment"


def test_build_names_secrets_by_file(tmp_path: Path) -> None:
    secret = tmp_path / "pip_conf"
    secret.write_text("index-url = https://user:password@host")

    arguments = build_arguments("operator", "a:1", {"BASE_IMAGE": "b"}, {"pip_conf": secret})

    assert f"--secret=id=pip_conf,src={secret}" in arguments
    assert {"--target=operator", "--tag=a:1", "--build-arg=BASE_IMAGE=b"} <= set(arguments)
    assert "password" not in " ".join(arguments)


@pytest.mark.parametrize(
    ("environment", "can_bootstrap", "base"),
    [
        pytest.param({"BASE_IMAGE": "python:3.12"}, True, Base("python:3.12"), id="the user's"),
        pytest.param({}, False, Base("python:3.11-slim-bookworm"), id="else the Dockerfile's"),
        pytest.param({}, True, None, id="else our own"),
        pytest.param({"BASE_IMAGE": " "}, True, None, id="an empty name is none"),
    ],
)
def test_base_is_the_one_that_is_named(
    environment: dict[str, str], base: Base | None, *, can_bootstrap: bool
) -> None:
    assert chosen_base(environment, can_bootstrap=can_bootstrap) == base


def test_only_the_projects_own_images_are_forgotten() -> None:
    base = Base("b-1", Path("run.tar"), Path("build.tar"))
    tagged = [
        "localhost/podium-operator:1",
        "localhost/podium-operator:2",
        "localhost/podium-base-image:b-0",
        "localhost/podium-base-image:b-1",
        "localhost/podium-build-image:b-1",
        "python:3.11",
        "localhost/other:1",
    ]

    gone = unwanted(tagged, {"localhost/podium-operator:2"}, base)

    assert gone == ["localhost/podium-operator:1", "localhost/podium-base-image:b-0"]


def test_unknown_image_is_refused_by_name() -> None:
    with pytest.raises(ProgramsError, match=r"unknown images \['x'\]; known: operator, worker"):
        build(["x"], report=lambda _: None)


@pytest.mark.parametrize("target", TARGETS)
def test_image_runs_its_own_program_as_a_user_by_number(target: str) -> None:
    stages = (REPOSITORY / "Dockerfile").read_text().split("\nFROM ")
    run = next(stage for stage in stages if stage.startswith("${BASE_IMAGE} AS runtime"))
    last = next(stage for stage in stages if stage.startswith(f"runtime AS {target}"))

    assert "USER 65532:65532" in run
    assert f'ENTRYPOINT ["podium-{target}"]' in last
    assert "USER" not in last
    assert last.index("-dependencies") < last.index("-source")
