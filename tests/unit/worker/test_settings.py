"""The configuration file: what it means, and how its mistakes are named."""

from pathlib import Path

import pytest

from podium_worker.errors import SettingsError
from podium_worker.settings import (
    Settings,
    dump_settings,
    fill_address,
    json_schema,
    load_settings,
    split_address,
)

FULL = """
orchestrator: default/home
queue:
  servers: ["tls://home-queue.default.svc:4222"]
  prefix: podium
  usernameFile: /etc/podium/queue/username
  passwordFile: /etc/podium/queue/password
  caFile: /etc/podium/queue/ca.crt
  replicas: 1
node:
  listen: "0.0.0.0:8935"
  advertisedAddress: "https://home-node-{ordinal}.default.svc:8935"
  jobsAddress: "https://{pod}.home-node.default.svc:8935"
  metricsListen: "0.0.0.0:7935"
  authSecretFile: /etc/podium/node/auth-secret
  maxSessions: 0
  drainSeconds: 75
transcoder:
  pool: cpu
  hardware: cpu
  slots: 0
  encoderProfile: segment
  fallbackToCpu: false
  metricsListen: "0.0.0.0:6935"
  capacityClasses: []
log: {level: info, format: json}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "podium.yaml"
    path.write_text(text)
    return path


def test_the_contract_s_file_is_read_whole(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, FULL))

    assert settings.queue.ca_file == Path("/etc/podium/queue/ca.crt")
    assert settings.node is not None
    assert settings.node.drain_seconds == 75
    assert settings.transcoder is not None
    assert settings.transcoder.pool == "cpu"


def test_a_written_file_reads_back_the_same(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, FULL))

    again = load_settings(write(tmp_path, dump_settings(settings)))

    assert again == settings


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, "")) == Settings()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("nodes: {}", ["nodes", "not a known field"], id="an unknown key"),
        pytest.param("node: {listn: x}", ["node.listn"], id="a mistyped key inside a section"),
        pytest.param("node: {listen: nowhere}", ["node.listen", "host:port"], id="no port"),
        pytest.param("node: {listen: 'a:99999'}", ["node.listen", "65535"], id="no such port"),
        pytest.param("node: {jobsAddress: 'http://a:1'}", ["node.jobsAddress"], id="no TLS"),
        pytest.param("node: {maxSessions: -1}", ["node.maxSessions"], id="a negative cap"),
        pytest.param("queue: {servers: []}", ["queue.servers"], id="no server"),
        pytest.param("queue: {servers: ['a:1']}", ["nats://"], id="a server without a scheme"),
        pytest.param(
            "queue: {servers: ['nats://u:p@a:1']}", ["usernameFile"], id="credentials in an address"
        ),
        pytest.param("queue: {usernameFile: /a}", ["passwordFile"], id="half of the credentials"),
        pytest.param("queue: {prefix: 'a.*'}", ["queue.prefix"], id="a wildcard prefix"),
        pytest.param("transcoder: {hardware: tpu}", ["transcoder.hardware"], id="no such hardware"),
        pytest.param(
            "transcoder: {fallbackToCpu: true}",
            ["transcoder", "fallbackToCpu needs hardware: nvidia"],
            id="nothing to fall back from",
        ),
        pytest.param(
            "transcoder: {encoderProfile: slow}",
            ["transcoder.encoderProfile", "'lpms', 'fast' or 'segment'"],
            id="no such encoder profile",
        ),
        pytest.param(
            "transcoder: {capacityClasses: [av1]}",
            ["transcoder.capacityClasses", "h264"],
            id="a reserved class",
        ),
        pytest.param("[1, 2]", ["the file"], id="not a mapping"),
        pytest.param("a: [", ["neither YAML nor JSON"], id="not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_field(tmp_path: Path, text: str, named: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, text))

    assert all(word in str(caught.value) for word in named), str(caught.value)


@pytest.mark.parametrize("server", ["nats://u:secret@a:1", "u:secret@a:1"])
def test_a_password_in_an_address_is_not_repeated(tmp_path: Path, server: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, f"queue: {{servers: ['{server}']}}"))

    assert "secret" not in str(caught.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, "node: {maxSessions: -1}\nlog: {level: loud}"))

    assert "node.maxSessions" in str(caught.value)
    assert "log.level" in str(caught.value)


def test_a_missing_file_says_how_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--config"):
        load_settings(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("template", "name", "address"),
    [
        ("https://n-{ordinal}:1", "home-node-2", "https://n-2:1"),
        ("https://{pod}.n:1", "home-node-2", "https://home-node-2.n:1"),
        ("https://n-{ordinal}:1", "laptop", "https://n-0:1"),
    ],
)
def test_addresses_are_filled_from_the_pod_s_name(template: str, name: str, address: str) -> None:
    assert fill_address(template, name) == address


def test_an_ipv6_address_loses_its_brackets() -> None:
    assert split_address("[::1]:80") == ("::1", 80)


def test_the_schema_speaks_the_file_s_language() -> None:
    schema = json_schema()

    assert "queue" in schema["properties"]
    assert "usernameFile" in schema["$defs"]["QueueSettings"]["properties"]
