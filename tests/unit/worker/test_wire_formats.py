"""Capabilities, gRPC frames and multipart results."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import podium_worker.wire
from podium_worker.profiles import CAPABILITY_CLASSES, Codec, Profile, SourceKind, capability_class
from podium_worker.wire import grpc, lp_rpc_pb2 as pb
from podium_worker.wire.capabilities import (
    Capability,
    bitstring,
    is_compatible,
    offer,
    offered,
    source_kind,
)
from podium_worker.wire.grpc import GrpcError, Status
from podium_worker.wire.multipart import (
    MultipartError,
    Part,
    boundary_of,
    build_body,
    new_boundary,
    parse_body,
)

PLAIN = offered(["h264"])
ALL = offered(CAPABILITY_CLASSES)
GO_LIVEPEER_JOB = 67115915
"""What a go-livepeer gateway asks for with three plain renditions."""
_PIECES = [b"\r\n", b"\r\n\r\n", b"--", b"--B", b"Content-Length: 3", b"Pixels: 1", b"abc", b"x"]


@given(st.frozensets(st.integers(0, 200)))
def test_a_bit_string_holds_exactly_its_capabilities(numbers: frozenset[int]) -> None:
    words = bitstring(numbers)

    held = {64 * i + bit for i, word in enumerate(words) for bit in range(64) if word >> bit & 1}
    assert held == numbers


@pytest.mark.parametrize(
    ("job", "compatible"),
    [
        pytest.param(pb.Capabilities(), True, id="a job that needs nothing"),
        pytest.param(pb.Capabilities(bitstring=[GO_LIVEPEER_JOB]), True, id="a usual job"),
        pytest.param(pb.Capabilities(bitstring=bitstring(PLAIN)), True, id="all we offer"),
        pytest.param(pb.Capabilities(bitstring=[1 << 15]), False, id="an HEVC source"),
        pytest.param(pb.Capabilities(bitstring=[1 << 16]), False, id="an HEVC rendition"),
        pytest.param(pb.Capabilities(bitstring=[1 << 14]), False, id="a perceptual hash"),
        pytest.param(pb.Capabilities(bitstring=[1 << 5]), False, id="storage elsewhere"),
        pytest.param(pb.Capabilities(bitstring=[0, 0]), False, id="more words than we have"),
    ],
)
def test_a_job_is_taken_only_when_all_of_it_can_be_done(
    job: pb.Capabilities, *, compatible: bool
) -> None:
    assert is_compatible(job, PLAIN) is compatible


@pytest.mark.parametrize(
    ("version", "compatible"),
    [
        ("", True),
        ("0.8.0", True),
        ("0.9.1", True),
        ("0.9.1-abc", True),
        ("0.9.2", False),
        ("x", False),
    ],
)
def test_a_minimum_version_is_compared_by_number(version: str, *, compatible: bool) -> None:
    constraints = pb.Capabilities.Constraints(minVersion=version)

    assert is_compatible(pb.Capabilities(constraints=constraints), PLAIN) is compatible


def test_the_offer_names_a_version_and_capacities() -> None:
    assert offer(PLAIN).version
    assert offer(PLAIN).capacities[0] == 1


@pytest.mark.parametrize(
    ("classes", "more"),
    [
        pytest.param([], set(), id="no transcoders"),
        pytest.param(["h264"], set(), id="plain H.264"),
        pytest.param(["h264", "of the future"], set(), id="a class that is not known here"),
        pytest.param(["h264-h265"], {16}, id="HEVC renditions"),
        pytest.param(["other-h264"], {15, 17, 18}, id="sources in other codecs"),
        pytest.param(["deep-h264"], {21, 22, 23, 24, 25}, id="deep colour"),
        pytest.param(
            CAPABILITY_CLASSES, {15, 16, 17, 18, 21, 22, 23, 24, 25}, id="everything we know"
        ),
    ],
)
def test_the_offer_is_what_the_transcoders_can_do(classes: list[str], more: set[int]) -> None:
    assert offered(classes) == {0, 1, 2, 3, 7, 8, 9, 10, 11, 12, 26} | more


@pytest.mark.parametrize(
    ("bits", "kind"),
    [
        pytest.param([0, 1, 12, 26], SourceKind.H264, id="H.264"),
        pytest.param([1, 12, 26, 16], SourceKind.H264, id="HEVC out says nothing of what comes in"),
        pytest.param([0, 15], SourceKind.HEVC, id="HEVC to H.264"),
        pytest.param([0, 17], SourceKind.VP8, id="VP8"),
        pytest.param([0, 18], SourceKind.VP9, id="VP9"),
        *[pytest.param([0, bit], SourceKind.H264_DEEP, id=f"bit {bit}") for bit in range(21, 26)],
    ],
)
def test_a_job_tells_what_its_source_is_coded_in(bits: list[int], kind: SourceKind) -> None:
    assert source_kind(pb.Capabilities(bitstring=bitstring(bits))) is kind


def test_a_job_without_capabilities_is_plain() -> None:
    assert source_kind(pb.Capabilities()) is SourceKind.H264


@pytest.mark.parametrize("source", SourceKind)
@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
def test_every_class_covers_the_jobs_that_fall_into_it(source: SourceKind, encoder: Codec) -> None:
    profile = Profile(name="p", width=640, height=360, bitrate=1, encoder=encoder)

    name = capability_class([profile], source)

    needs = {
        SourceKind.HEVC: Capability.HEVC_DECODE,
        SourceKind.VP8: Capability.VP8_DECODE,
        SourceKind.VP9: Capability.VP9_DECODE,
        SourceKind.H264_DEEP: Capability.H264_DECODE_422_10BIT,
        SourceKind.H264: Capability.H264,
    }[source]
    asked = {needs, Capability.HEVC_ENCODE if encoder is Codec.H265 else Capability.H264}
    assert is_compatible(pb.Capabilities(bitstring=bitstring(asked)), offered([name]))
    assert asked <= ALL


@given(st.binary(max_size=100))
def test_a_framed_message_comes_out_the_same(message: bytes) -> None:
    assert grpc.unframe(grpc.frame(message)) == message


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", Status.INTERNAL, id="nothing"),
        pytest.param(b"\0\0\0\0\5abc", Status.INTERNAL, id="less than announced"),
        pytest.param(b"\0\0\0\0\1abc", Status.INTERNAL, id="more than announced"),
        pytest.param(b"\1\0\0\0\3abc", Status.UNIMPLEMENTED, id="compressed"),
    ],
)
def test_a_broken_frame_is_refused(body: bytes, status: Status) -> None:
    with pytest.raises(GrpcError) as caught:
        grpc.unframe(body)

    assert caught.value.status is status


def test_a_status_text_is_percent_encoded() -> None:
    headers = dict(grpc.status_headers(Status.UNKNOWN, "a: 100 % é\n"))

    assert headers == {b"grpc-status": b"2", b"grpc-message": b"a: 100 %25 %C3%A9%0A"}


def parts(datas: list[bytes], *, with_length: bool) -> list[Part]:
    return [
        Part({"Pixels": "1", **({"Content-Length": str(len(d))} if with_length else {})}, d)
        for d in datas
    ]


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5), st.booleans())
def test_a_built_body_is_parsed_back(datas: list[bytes], with_length: bool) -> None:  # noqa: FBT001
    boundary = new_boundary()
    body = b"".join(build_body(parts(datas, with_length=with_length), boundary))

    assert [part.data for part in parse_body(body, boundary, max_parts=5)] == datas


def test_a_body_that_is_cut_short_is_never_taken_for_another() -> None:
    datas = [b"a" * 100, b"b" * 100]
    body = b"".join(build_body(parts(datas, with_length=True), "B"))
    taken = {}
    for end in range(len(body)):
        with contextlib.suppress(MultipartError):
            taken[end] = [part.data for part in parse_body(body[:end], "B", max_parts=2)]

    whole = len(body) - len("\r\n")  # the end of the last line tells nothing
    assert taken == {whole: datas, whole + 1: datas}


@given(st.integers(0, 3), st.lists(st.sampled_from(_PIECES), max_size=12).map(b"".join))
def test_pieces_of_a_body_make_no_part_too_many_and_none_too_long(whole: int, rest: bytes) -> None:
    part = b"\r\nContent-Length: 3\r\n\r\nabc\r\n--B"
    body = b"--B" + part * whole + rest + b"--"

    try:
        found = parse_body(body, "B", max_parts=2)
    except MultipartError:
        return
    assert whole <= len(found) <= 2
    said = [int(one.headers.get("content-length", len(one.data))) for one in found]
    assert [len(one.data) for one in found] == said


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"--B\r\nPixels: 1\r\n\r\nabc", id="no end"),
        pytest.param(b"--B\r\nPixels\r\n\r\nabc\r\n--B--\r\n", id="no header"),
        pytest.param(b"--B\r\nContent-Length: 9\r\n\r\nabc\r\n--B--\r\n", id="a wrong length"),
        pytest.param(b"--B\r\n\r\na\r\n--B\r\n\r\nb\r\n--B\r\n\r\nc\r\n--B--", id="too many"),
    ],
)
def test_a_malformed_body_is_an_error(body: bytes) -> None:
    with pytest.raises(MultipartError):
        parse_body(body, "B", max_parts=2)


@pytest.mark.parametrize("text", ["", "-1", "1e3", "9" * 19, "\uff11"])
def test_a_count_must_be_a_plain_number(text: str) -> None:
    with pytest.raises(MultipartError, match="must be a number"):
        Part({"pixels": text}, b"").number("pixels")


@pytest.mark.parametrize(
    "text", ["", "text/plain", "multipart/mixed", "multipart/mixed; boundary="]
)
def test_a_content_type_without_a_boundary_is_an_error(text: str) -> None:
    with pytest.raises(MultipartError):
        boundary_of(text)


def test_the_generated_messages_are_fresh(tmp_path: Path) -> None:
    folder = Path(podium_worker.wire.__path__[0])
    generator = [sys.executable, "-m", "grpc_tools.protoc", "-I", str(folder)]
    options = [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]

    subprocess.run([*generator, *options, str(folder / "lp_rpc.proto")], check=True)

    for name in ("lp_rpc_pb2.py", "lp_rpc_pb2.pyi"):
        assert (tmp_path / name).read_text() == (folder / name).read_text(), "run `make proto`"
