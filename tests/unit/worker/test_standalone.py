"""What standalone runs with: its own defaults on 127.0.0.1, else the file's word."""

import argparse
from pathlib import Path

import pytest

from podium_worker import standalone
from podium_worker.errors import StartError
from podium_worker.settings import NodeSettings, QueueSettings, Settings

DEFAULTS = standalone.default_settings(
    argparse.Namespace(port=1, metrics_port=2, transcoder_port=3, queue_port=4, slots=5)
)


def test_everything_is_local_by_default() -> None:
    text = DEFAULTS.model_dump_json()

    assert "0.0.0.0" not in text
    assert DEFAULTS.queue.servers == ("nats://127.0.0.1:4",)


def test_a_file_is_completed_with_local_parts() -> None:
    settings = standalone._complete(Settings(orchestrator="a/b"), DEFAULTS)

    assert settings.orchestrator == "a/b"
    assert settings.node == DEFAULTS.node
    assert settings.queue == DEFAULTS.queue


def test_a_file_s_own_parts_are_kept() -> None:
    node = NodeSettings(listen="127.0.0.1:9")

    assert standalone._complete(Settings(node=node), DEFAULTS).node == node


@pytest.mark.parametrize(
    "queue",
    [
        QueueSettings(servers=("tls://127.0.0.1:4",)),
        QueueSettings(servers=("nats://a:1", "nats://b:1")),
        QueueSettings(servers=("nats://a:1",), username_file=Path("/u"), password_file=Path("/p")),
    ],
    ids=["TLS", "a cluster", "credentials"],
)
def test_a_queue_that_is_not_ours_is_refused(queue: QueueSettings) -> None:
    with pytest.raises(StartError, match="starts its own"):
        standalone._complete(Settings(queue=queue), DEFAULTS)
