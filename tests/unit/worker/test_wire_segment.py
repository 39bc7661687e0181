"""A segment's headers: the checks' order and words, and the network's own test vectors."""

import base64
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from podium_worker.errors import Refusal
from podium_worker.profiles import CodecProfile, Container
from podium_worker.wire import lp_rpc_pb2 as pb, tokens
from podium_worker.wire.capabilities import offered
from podium_worker.wire.keccak import keccak256
from podium_worker.wire.segment import Segment, check_payment, flatten, parse_segment

SECRET = b"s" * 32
PLAIN = offered(["h264"])
NOW = 1_000_000.0
JOB = pb.Capabilities(bitstring=[(1 << 0) | (1 << 1) | (1 << 12) | (1 << 26)])


def header(**changes: object) -> pb.SegData:
    fields: dict[str, object] = {
        "manifestId": b"m",
        "seq": 7,
        "hash": b"h" * 32,
        "duration": 2000,
        "capabilities": JOB,
        "auth_token": tokens.mint_token(SECRET, NOW),
        "fullProfiles": [pb.VideoProfile(name="a", width=640, height=360, bitrate=1, fps=30)],
    }
    return pb.SegData(**{**fields, **changes})  # type: ignore[arg-type]  # a table's freedom


def parse(data: pb.SegData, now: float = NOW) -> Segment:
    text = base64.b64encode(data.SerializeToString()).decode()
    return parse_segment(text, SECRET, now, capabilities=PLAIN)


def test_a_good_header_is_read() -> None:
    segment = parse(header())

    assert (segment.seq, segment.duration_seconds, segment.manifest_id) == (7, 2.0, b"m")
    assert [profile.name for profile in segment.profiles] == ["a"]
    assert not segment.has_clip


def expired() -> pb.AuthToken:
    return tokens.mint_token(SECRET, NOW - tokens.VALID_SECONDS - 1)


def forged() -> pb.AuthToken:
    return tokens.mint_token(b"x" * 32, NOW)


def bad_profile(**fields: int) -> list[pb.VideoProfile]:
    return [pb.VideoProfile(name="a", **fields)]  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        pytest.param(
            {"fullProfiles": bad_profile(format=9)},
            "unrecognized profile output format",
            id="a container nobody knows",
        ),
        pytest.param(
            {"fullProfiles": bad_profile(profile=9)},
            "unrecognized encoder profile",
            id="an encoder profile nobody knows",
        ),
        pytest.param(
            {"fullProfiles": bad_profile(encoder=9)},
            "unrecognized video codec",
            id="a codec nobody knows",
        ),
        pytest.param({"duration": -1}, "invalid duration", id="a negative duration"),
        pytest.param({"duration": 300_001}, "invalid duration", id="more than five minutes"),
        pytest.param(
            {"capabilities": pb.Capabilities(bitstring=[1 << 15])},
            "incompatible capabilities",
            id="HEVC decoding",
        ),
        pytest.param(
            {"capabilities": pb.Capabilities(bitstring=[1, 1])},
            "incompatible capabilities",
            id="a capability of the second word",
        ),
        pytest.param(
            {
                "capabilities": pb.Capabilities(
                    constraints=pb.Capabilities.Constraints(minVersion="99.0.0")
                )
            },
            "incompatible capabilities",
            id="a minimum version from the future",
        ),
        pytest.param({"auth_token": None}, "missing auth token", id="no token"),
        pytest.param({"auth_token": pb.AuthToken()}, "invalid auth token", id="an empty token"),
        pytest.param({"auth_token": forged()}, "invalid auth token", id="another's token"),
        pytest.param({"auth_token": expired()}, "expired auth token", id="an old token"),
        pytest.param(
            {"duration": -1, "auth_token": None}, "invalid duration", id="the first fault counts"
        ),
        pytest.param(
            {"auth_token": pb.AuthToken(expiration=-1)}, "invalid auth token", id="before 1970"
        ),
    ],
)
def test_a_bad_header_is_refused_in_the_network_s_words(
    changes: dict[str, object], text: str
) -> None:
    with pytest.raises(Refusal) as caught:
        parse(header(**changes))

    assert (caught.value.status, caught.value.text) == (403, text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        pytest.param("", "missing auth token", id="no header at all"),
        pytest.param("%%%", "ErrorSegEncoding", id="not base64"),
        pytest.param("YWJj", "proto", id="not protobuf"),
    ],
)
def test_an_unreadable_header_is_refused(text: str, answer: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_segment(text, SECRET, NOW, capabilities=PLAIN)

    assert caught.value.status == 403
    assert caught.value.text.startswith(answer)


@given(st.binary(max_size=300))
def test_no_bytes_do_worse_than_a_refusal(data: bytes) -> None:
    with pytest.raises(Refusal):
        parse_segment(base64.b64encode(data).decode(), SECRET, NOW, capabilities=PLAIN)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        pytest.param("%", "base64 decode error", id="not base64"),
        pytest.param("YWJj", "protobuf unmarshal error", id="not protobuf"),
    ],
)
def test_an_unreadable_payment_is_refused_with_402(text: str, answer: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_payment(text)

    assert caught.value.status == 402
    assert caught.value.text.startswith(answer)


def test_an_empty_payment_is_welcome() -> None:
    check_payment("")


def test_the_newest_profile_list_wins() -> None:
    data = header(
        fullProfiles2=[pb.VideoProfile(name="b", format=pb.VideoProfile.MP4)],
        fullProfiles3=[pb.VideoProfile(name="c", profile=pb.VideoProfile.H264_HIGH, gop=-1)],
    )

    (profile,) = parse(data).profiles

    assert (profile.name, profile.codec_profile, profile.gop_ms) == (
        "c",
        CodecProfile.H264_HIGH,
        -1,
    )


def test_a_container_is_read_from_the_second_list() -> None:
    data = header(fullProfiles2=[pb.VideoProfile(name="b", format=pb.VideoProfile.MP4)])

    assert parse(data).profiles[0].format is Container.MP4


def test_defaults_are_filled_in() -> None:
    data = header(duration=0, fullProfiles=[pb.VideoProfile(width=10, height=20, bitrate=30)])

    segment = parse(data)

    assert segment.duration_ms == 2000
    assert segment.profiles[0].name == "net_10x20_30"
    assert segment.profiles[0].fps_den == 1


def test_renditions_of_one_name_are_told_apart() -> None:
    data = header(fullProfiles=[pb.VideoProfile(name="a"), pb.VideoProfile(name="a")])

    assert [profile.name for profile in parse(data).profiles] == ["a", "a-2"]


def test_a_clip_is_noticed() -> None:
    assert parse(header(segment_parameters=pb.SegParameters(to=1000))).has_clip


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("P720p60fps16x9", "a7ac137a"),
        ("P720p30fps16x9", "49d54ea9"),
        ("P360p30fps16x9", "93c717e7"),
        ("P240p30fps16x9", "c0a6517a"),
        ("P144p30fps16x9", "fca40bf9"),
    ],
)
def test_profile_names_hash_as_the_network_s(name: str, mark: str) -> None:
    assert keccak256(name.encode())[:4].hex() == mark


def test_signed_bytes_are_the_network_s() -> None:
    flat = flatten(
        b"abcdef", 1234, b"browns".ljust(32, b"\0"), ("P144p30fps16x9", "P240p30fps16x9")
    )

    assert len(flat) == 86
    assert keccak256(flat).hex() == (
        "08a398e7e7a5a545b0b07d9e7e1eab52b4131e0df1621bd53ee6e7550a15465b"
    )


@pytest.mark.parametrize(
    ("make", "genuine"),
    [
        pytest.param(lambda: tokens.mint_token(SECRET, NOW), True, id="ours"),
        pytest.param(expired, True, id="ours, expired"),
        pytest.param(forged, False, id="another's"),
    ],
)
def test_a_session_ends_only_by_our_own_token(
    make: Callable[[], pb.AuthToken], *, genuine: bool
) -> None:
    assert tokens.is_genuine(SECRET, make()) is genuine


def test_every_token_is_a_new_session() -> None:
    made = {tokens.mint_token(SECRET, NOW).session_id for _ in range(100)}

    assert len(made) == 100
