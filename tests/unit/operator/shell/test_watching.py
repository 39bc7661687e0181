"""kopf as we set it up: what is watched, with which selectors, and how long it keeps trying."""

from itertools import islice

import kopf
import pytest
from kubernetes.aio.client import Configuration

from podium_operator.access import NOTICE_PERMISSIONS, PERMISSIONS
from podium_operator.kopf_app import NODE, WATCHED, Endless, build_registry, build_settings
from podium_operator.kube.kinds import ORCHESTRATOR, kind_named


async def _load() -> Configuration:
    configuration = Configuration()
    configuration.host = "https://127.0.0.1:1"
    configuration.api_key["BearerToken"] = "bearer abc"
    return configuration


def test_children_are_watched_by_label_and_orchestrators_are_not() -> None:
    selectors = build_settings().watching.label_selectors

    for kind in WATCHED:
        selector = selectors.get((kind.group, kind.version, kind.plural))
        expected = None if kind is ORCHESTRATOR else "app.kubernetes.io/managed-by=podium-operator"
        assert selector == expected, kind.plural


def test_secrets_are_never_watched() -> None:
    assert kind_named("Secret") not in WATCHED


def test_everything_watched_is_permitted() -> None:
    for kind in WATCHED:
        assert {"list", "watch"} <= set(PERMISSIONS[kind, ""]), kind.plural


def test_nodes_are_watched_only_where_they_may_be() -> None:
    blind, seeing = (build_registry(lambda _: None, _load, sees_nodes=on) for on in (False, True))

    plurals = [
        {str(one.selector.any_name or one.selector.plural) for one in handlers if one.selector}
        for handlers in (one._watching.get_all_handlers() for one in (blind, seeing))
    ]
    assert plurals[1] - plurals[0] == {"nodes"}
    assert NOTICE_PERMISSIONS[NODE, ""] == ("list", "watch")


def test_no_handler_needs_a_finalizer() -> None:
    registry = build_registry(lambda _: None, _load)

    assert not registry._spawning.get_all_handlers()
    assert not registry._changing.get_all_handlers()
    assert len(registry._watching.get_all_handlers()) == len(WATCHED)


def test_pauses_between_tries_never_end_and_stay_short() -> None:
    endless = Endless()

    for _ in range(2):  # kopf begins again after every success
        pauses = list(islice(endless, 500))
        assert pauses[0] < 1
        assert max(pauses) <= 4.0 * 1.2
        assert len(set(pauses)) > 400


async def test_the_login_gives_what_the_client_uses() -> None:
    registry = build_registry(lambda _: None, _load)
    handler = next(iter(registry._activities.get_all_handlers()))

    found = await handler.fn()  # type: ignore[misc, call-arg]

    assert isinstance(found, kopf.ConnectionInfo)
    assert (found.server, found.scheme, found.token) == ("https://127.0.0.1:1", "Bearer", "abc")
    assert found.expiration is not None


@pytest.mark.parametrize("name", ["scanning", "peering"])
def test_nothing_is_asked_of_the_cluster_that_is_not_needed(name: str) -> None:
    settings = build_settings()

    assert {"scanning": settings.scanning.disabled, "peering": settings.peering.standalone}[name]
