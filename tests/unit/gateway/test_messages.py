import base64

import pytest
from tests.gateway.errors import BadReplyError
from tests.gateway.messages import (
    Rendition,
    Session,
    job_bits,
    keccak256,
    read_result,
    read_session,
    segment_header,
)

from podium_worker.wire import lp_rpc_pb2 as pb

SESSION = Session("https://o:8935", b"token", "abcd0123", 2_000_000_000)
PLAIN = Rendition("P240p30fps16x9", 426, 240, 600_000, fps=30)
FRACTIONAL = Rendition("x", 426, 240, 600_000, fps=30_000, fps_den=1001)


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("P720p60fps16x9", "a7ac137a"),
        ("P720p30fps16x9", "49d54ea9"),
        ("P360p30fps16x9", "93c717e7"),
        ("P240p30fps16x9", "c0a6517a"),
        ("P144p30fps16x9", "fca40bf9"),
    ],
)
def test_hashes_are_those_of_the_network(name: str, prefix: str) -> None:
    assert keccak256(name.encode())[:4].hex() == prefix


@pytest.mark.parametrize(
    ("rendition", "bits"),
    [
        pytest.param(PLAIN, {0, 1, 12, 26}, id="a plain rendition pushed over HTTP"),
        pytest.param(FRACTIONAL, {0, 1, 3, 12, 26}, id="a fractional frame rate"),
        pytest.param(
            Rendition("h", 426, 240, 1, profile=3, gop_ms=2000),
            {0, 1, 9, 11, 12, 26},
            id="High profile with a key frame interval",
        ),
    ],
)
def test_a_job_names_the_capabilities_it_needs(rendition: Rendition, bits: set[int]) -> None:
    assert job_bits([rendition]) == sum(1 << bit for bit in bits)


@pytest.mark.parametrize(
    ("rendition", "field"),
    [
        pytest.param(PLAIN, "fullProfiles", id="plain profiles go in the oldest field"),
        pytest.param(FRACTIONAL, "fullProfiles3", id="a fractional rate needs the newest"),
    ],
)
def test_profiles_travel_in_the_field_a_gateway_uses(rendition: Rendition, field: str) -> None:
    header = segment_header(
        SESSION,
        [rendition],
        manifest_id="live",
        seq=7,
        duration_ms=2000,
        segment_hash=keccak256(b""),
    )

    segment = pb.SegData.FromString(base64.b64decode(header, validate=True))

    assert [profile.name for profile in getattr(segment, field)] == [rendition.name]
    assert segment.profiles == b"invalid"
    assert (segment.seq, segment.duration) == (7, 2000)
    assert segment.auth_token.session_id == SESSION.session_id


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        pytest.param(b"\xff", "does not parse", id="noise"),
        pytest.param(pb.OrchestratorInfo(transcoder="https://o:1"), "token", id="no token"),
        pytest.param(
            pb.OrchestratorInfo(auth_token=pb.AuthToken(session_id="a")),
            "address",
            id="no address to work at",
        ),
    ],
)
def test_an_offer_that_gateways_drop_is_refused(
    reply: bytes | pb.OrchestratorInfo, complaint: str
) -> None:
    data = reply if isinstance(reply, bytes) else reply.SerializeToString()

    with pytest.raises(BadReplyError, match=complaint):
        read_session(data)


@pytest.mark.parametrize(
    ("result", "complaint"),
    [
        pytest.param(pb.TranscodeResult(), "UnknownResponse", id="neither data nor error"),
        pytest.param(
            pb.TranscodeResult(data=pb.TranscodeData()), "0 renditions", id="too few renditions"
        ),
    ],
)
def test_a_result_that_answers_nothing_is_refused(
    result: pb.TranscodeResult, complaint: str
) -> None:
    with pytest.raises(BadReplyError, match=complaint):
        read_result(result.SerializeToString(), wanted=1)


def test_an_error_result_gives_its_text() -> None:
    result = pb.TranscodeResult(error="TranscoderInvalidVideo")

    assert read_result(result.SerializeToString(), wanted=1)[1] == "TranscoderInvalidVideo"
