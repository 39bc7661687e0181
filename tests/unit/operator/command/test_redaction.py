"""What leaves a cluster in a support bundle holds no secret."""

import json

import pytest
from hypothesis import given, strategies as st

from podium_operator.command.redaction import REDACTED, redacted, redacted_line

KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl"
TOKEN = "v2_9f8e7d6c5b4a39281706f5e4d3c2b1a0"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"password": "x"}, {"password": REDACTED}, id="a field named password"),
        pytest.param({"apiKey": "x"}, {"apiKey": REDACTED}, id="a key of an API"),
        pytest.param(
            {"env": [{"name": "RPC_TOKEN", "value": "x"}]},
            {"env": [{"name": "RPC_TOKEN", "value": REDACTED}]},
            id="an environment variable",
        ),
        pytest.param(
            {"passwordFile": "/etc/podium/queue/password"},
            {"passwordFile": "/etc/podium/queue/password"},
            id="where a password lies is no secret",
        ),
        pytest.param(
            {"secretRef": {"name": "rpc"}}, {"secretRef": {"name": "rpc"}}, id="nor is a reference"
        ),
        pytest.param(
            {"metadata": {"managedFields": [1], "name": "home"}},
            {"metadata": {"name": "home"}},
            id="what was applied before is not repeated",
        ),
        pytest.param({"replicas": 3}, {"replicas": 3}, id="numbers stay"),
    ],
)
def test_an_object(value: object, expected: object) -> None:
    assert redacted(value) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            f"POST https://rpc.example/v2/{TOKEN}?key=1 failed",
            f"POST https://rpc.example/v2/{REDACTED} failed",
            id="a token in a path",
        ),
        pytest.param(
            "nats://me:pass@queue:4222 refused", "nats://queue:4222 refused", id="a user's password"
        ),
        pytest.param(f"key 0x{KEY}", f"key {REDACTED}", id="a private key"),
        pytest.param(
            "GET https://rpc.example/a1B2c3D4/v3?x failed",
            f"GET https://rpc.example/{REDACTED}/v3 failed",
            id="a short token in a path",
        ),
        pytest.param("https://rpc.example?key=x", "https://rpc.example", id="a query right away"),
        pytest.param("Authorization: Bearer abc", "Authorization: Bearer [redacted]", id="header"),
        pytest.param(f"got {JWT}, failed", f"got {REDACTED}, failed", id="a token of Kubernetes"),
        pytest.param('{"password": "x"}', '{"password": "[redacted]"}', id="a password in JSON"),
        pytest.param(f"seed S{'U' * 57}", f"seed {REDACTED}", id="a seed of NATS"),
        pytest.param("mnemonic: a b c", f"mnemonic{REDACTED}", id="words that are a key"),
        pytest.param("MIIEvQIBADANBg" * 5, REDACTED, id="a line of a key's file"),
        pytest.param(
            "data 0x" + "ab" * 100, "data 0x" + "ab" * 100, id="call data is for others to read"
        ),
        pytest.param(
            "https://home.media.svc:8935 ready", "https://home.media.svc:8935 ready",
            id="an address without secrets",
        ),
    ],
)  # fmt: skip
def test_a_line(line: str, expected: str) -> None:
    assert redacted_line(line) == expected


@given(
    st.recursive(
        st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=12,
    )
)
def test_a_key_never_survives_wherever_it_lies(around: object) -> None:
    said = json.dumps(redacted({"a": around, "b": [f"it is {KEY}", {"c": f"0x{KEY}"}]}))

    assert KEY not in said
