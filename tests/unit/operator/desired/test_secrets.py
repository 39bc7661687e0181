"""Generated Secrets: made once, never touched while whole, rotated only when asked."""

from base64 import b64decode
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings, strategies as st
from tests.unit.operator.desired.samples import NOW, orchestrator, sample

from podium_operator.api.names import ROTATE_ANNOTATION
from podium_operator.desired import secrets
from podium_operator.desired.secrets import SecretState
from podium_operator.errors import InvalidSecretError

QUEUE, NODE = "home-queue", "home-node"


class Tokens:
    """Bytes that differ at every call and are the same in every run."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, size: int) -> bytes:
        self.calls += 1
        return self.calls.to_bytes(size, "big")


def _ensure(
    existing: dict[str, SecretState] | None = None, *, rotation: str = "", tokens: Tokens
) -> dict[str, SecretState]:
    annotations = {ROTATE_ANNOTATION: rotation} if rotation else {}
    subject = orchestrator(annotations=annotations)
    return secrets.ensure(subject, existing=existing or {}, now=NOW, token=tokens)


def test_first_secrets_hold_what_the_parts_read() -> None:
    states = _ensure(tokens=Tokens())

    assert len(states[NODE].data["auth-secret"]) == 32
    assert {"username", "password", "ca.crt", "tls.crt", "tls.key", "auth.conf"} <= set(
        states[QUEUE].data
    )
    assert "previous-username" not in states[QUEUE].data


def test_whole_secrets_are_never_touched() -> None:
    tokens = Tokens()
    first = _ensure(tokens=tokens)
    calls = tokens.calls

    again = _ensure(first, tokens=tokens)

    assert again == first
    assert tokens.calls == calls


def test_rotation_keeps_the_previous_credentials_valid() -> None:
    tokens = Tokens()
    first = _ensure(tokens=tokens)[QUEUE]

    second = _ensure({QUEUE: first}, rotation="monday", tokens=tokens)[QUEUE]

    assert second.data["username"] != first.data["username"]
    assert second.data["previous-username"] == first.data["username"]
    assert second.data["previous-password"] == first.data["password"]
    assert first.data["password"] in second.data["auth.conf"]
    assert second.data["password"] in second.data["auth.conf"]
    assert second.annotations == {ROTATE_ANNOTATION: "monday"}


def test_the_same_request_rotates_once() -> None:
    tokens = Tokens()
    first = _ensure(tokens=tokens)
    second = _ensure(first, rotation="monday", tokens=tokens)

    assert _ensure(second, rotation="monday", tokens=tokens) == second


def test_a_removed_request_rotates_nothing() -> None:
    tokens = Tokens()
    rotated = _ensure(_ensure(tokens=tokens), rotation="monday", tokens=tokens)

    assert _ensure(rotated, tokens=tokens) == rotated


def test_a_second_rotation_ends_the_first_credentials() -> None:
    tokens = Tokens()
    first = _ensure(tokens=tokens)
    third = _ensure(
        _ensure(first, rotation="monday", tokens=tokens), rotation="tuesday", tokens=tokens
    )

    assert first[QUEUE].data["password"] not in third[QUEUE].data["auth.conf"]


def test_rotation_renews_the_certificate_under_the_same_authority() -> None:
    tokens = Tokens()
    first = _ensure(tokens=tokens)[QUEUE]
    second = _ensure({QUEUE: first}, rotation="monday", tokens=tokens)[QUEUE]

    assert second.data["ca.crt"] == first.data["ca.crt"]
    assert second.data["tls.crt"] != first.data["tls.crt"]
    authority = x509.load_pem_x509_certificate(second.data["ca.crt"])
    x509.load_pem_x509_certificate(second.data["tls.crt"]).verify_directly_issued_by(authority)


def test_certificate_names_every_address_of_the_queue() -> None:
    certificate = x509.load_pem_x509_certificate(_ensure(tokens=Tokens())[QUEUE].data["tls.crt"])
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert {
        "home-queue.media.svc",
        "*.home-queue.media.svc",
        "home-queue.media.svc.cluster.local",
        "localhost",
    } <= set(names.get_values_for_type(x509.DNSName))
    assert certificate.not_valid_after_utc - NOW > timedelta(days=3600)


@pytest.mark.parametrize(
    ("lost", "kept"),
    [
        pytest.param(["tls.key"], ["username", "password", "ca.crt"], id="the server's key"),
        pytest.param(["auth.conf"], ["username", "password", "tls.crt"], id="the users' file"),
        pytest.param(["password"], ["ca.crt", "tls.crt"], id="the password"),
        pytest.param(["ca.crt", "ca.key"], ["username", "password"], id="the authority"),
    ],
)
def test_what_was_lost_is_mended_and_the_rest_kept(lost: list[str], kept: list[str]) -> None:
    tokens = Tokens()
    whole = _ensure(tokens=tokens)[QUEUE]
    broken = SecretState({key: value for key, value in whole.data.items() if key not in lost})

    mended = _ensure({QUEUE: broken}, tokens=tokens)[QUEUE]

    assert mended.data.keys() == whole.data.keys()
    assert {key: mended.data[key] for key in kept} == {key: whole.data[key] for key in kept}


def test_an_authority_that_is_no_key_is_named_and_not_replaced() -> None:
    tokens = Tokens()
    whole = _ensure(tokens=tokens)[QUEUE]
    broken = SecretState({**whole.data, "ca.key": b"no key", "tls.crt": b""})

    with pytest.raises(InvalidSecretError, match="delete both keys"):
        _ensure({QUEUE: broken}, tokens=tokens)


def test_an_authority_of_another_kind_is_named() -> None:
    tokens = Tokens()
    whole = _ensure(tokens=tokens)[QUEUE]
    key = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    broken = SecretState({**whole.data, "ca.key": key, "tls.crt": b""})

    with pytest.raises(InvalidSecretError, match="no elliptic-curve key"):
        _ensure({QUEUE: broken}, tokens=tokens)


def test_a_rotated_secret_remembers_what_it_answered() -> None:
    tokens = Tokens()
    rotated = _ensure(_ensure(tokens=tokens), rotation="monday", tokens=tokens)

    [built] = [
        item
        for item in secrets.build(orchestrator(), states=rotated)
        if item["metadata"]["name"] == QUEUE
    ]

    assert built["metadata"]["annotations"] == {ROTATE_ANNOTATION: "monday"}


def test_foreign_keys_and_annotations_are_not_claimed() -> None:
    tokens = Tokens()
    first = _ensure(tokens=tokens)
    seen = {
        name: replace(state, data={**state.data, "note": b"x"}, annotations={"example.com/a": "b"})
        for name, state in first.items()
    }

    assert _ensure(seen, tokens=tokens) == first


@pytest.mark.parametrize(
    ("policy", "owned"), [("Retain", False), ("Delete", True)], ids=["retained", "deleted"]
)
def test_deletion_policy_decides_whether_secrets_go_along(policy: str, *, owned: bool) -> None:
    subject = orchestrator(deletionPolicy=policy)
    states = secrets.ensure(subject, existing={}, now=NOW, token=Tokens())

    built = secrets.build(subject, states=states)

    assert all(("ownerReferences" in item["metadata"]) is owned for item in built)


def test_secret_objects_hold_the_states_data() -> None:
    subject = sample("home")
    states = secrets.ensure(subject, existing={}, now=NOW, token=Tokens())

    built = {item["metadata"]["name"]: item for item in secrets.build(subject, states=states)}

    for name, state in states.items():
        decoded = {key: b64decode(value) for key, value in built[name]["data"].items()}
        assert decoded == dict(state.data)


def test_states_never_show_their_data() -> None:
    states = _ensure(tokens=Tokens())

    assert "password" not in repr(states)
    assert "PRIVATE" not in repr(states)


@settings(max_examples=50)
@given(
    data=st.dictionaries(st.text(max_size=5), st.binary(max_size=8), max_size=4),
    other=st.dictionaries(st.text(max_size=5), st.binary(max_size=8), max_size=4),
)
def test_hash_follows_the_content_and_nothing_else(
    data: dict[str, bytes], other: dict[str, bytes]
) -> None:
    shuffled = dict(reversed(data.items()))

    first, second = (secrets.content_hash(SecretState(item)) for item in (data, other))

    assert secrets.content_hash(SecretState(shuffled, {"a": "b"})) == first
    assert (first == second) is (data == other)
