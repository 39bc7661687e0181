"""What the transcoders can do is what the node offers, and what it offers it does."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.e2e.dataplane.plane import DataPlane
from tests.e2e.dataplane.wire import WireClient, profile, seg_data
from tests.media.semantics.films import Film, film
from tests.media.semantics.viewing import View, view

from podium_worker.wire import lp_rpc_pb2 as pb
from podium_worker.wire.capabilities import Capability, bitstring

pytestmark = pytest.mark.asyncio(loop_scope="module")

_USUAL = {Capability.H264, Capability.MPEGTS, Capability.AUTH_TOKEN, Capability.SEGMENT_SLICING}


@pytest_asyncio.fixture(loop_scope="module")
async def node(shared_plane: DataPlane) -> AsyncIterator[WireClient]:
    if not shared_plane.processes:
        await shared_plane.start()
    client = shared_plane.client()
    try:
        yield client
    finally:
        await client.leave()  # a busy machine has room for few sessions


async def pushed(
    node: WireClient,
    source: bytes,
    *,
    needs: set[Capability],
    encoder: "pb.VideoProfile.VideoCodec",
) -> View:
    """Push one segment as a gateway does that has looked at it, and fetch its rendition."""
    token = await node.token()
    header = seg_data(token, source)
    del header.fullProfiles[1:]
    header.fullProfiles[0].CopyFrom(profile(width=160, height=90))
    header.fullProfiles[0].encoder = encoder
    header.capabilities.CopyFrom(pb.Capabilities(bitstring=bitstring(_USUAL | needs)))
    result = await node.push(header, source)
    assert result.error == ""
    (rendition,) = result.data.segments
    response = await node.get(rendition.url)
    seen = view(response.content)
    assert seen.pixels == rendition.pixels
    await node.end_session(token)
    return seen


async def test_a_node_offers_what_its_transcoders_have_shown(node: WireClient) -> None:
    offered = (await node.discover()).capabilities.bitstring

    assert list(offered) == bitstring(Capability)


@pytest.mark.parametrize("encoder", [pb.VideoProfile.H264, pb.VideoProfile.H265])
@pytest.mark.parametrize(
    ("source", "needs"),
    [
        pytest.param(Film(), set(), id="H.264"),
        pytest.param(Film(codec="libx265"), {Capability.HEVC_DECODE}, id="HEVC"),
        pytest.param(
            Film(codec="libvpx", container="webm", sound="libopus"),
            {Capability.VP8_DECODE},
            id="VP8 in WebM",
        ),
        pytest.param(
            Film(codec="libvpx-vp9", container="mp4"), {Capability.VP9_DECODE}, id="VP9 in MP4"
        ),
        pytest.param(
            Film(pixel_format="yuv422p10le"),
            {Capability.H264_DECODE_422_10BIT},
            id="H.264 of 4:2:2 and 10 bits",
        ),
    ],
)
async def test_every_source_in_every_codec(
    node: WireClient,
    source: Film,
    needs: set[Capability],
    encoder: "pb.VideoProfile.VideoCodec",
) -> None:
    is_hevc = encoder == pb.VideoProfile.H265
    needs = needs | ({Capability.HEVC_ENCODE} if is_hevc else set())

    seen = await pushed(node, film(source), needs=needs, encoder=encoder)

    assert seen.codec == ("hevc" if is_hevc else "h264")
    assert seen.numbers[0] == 0
    assert seen.numbers[-1] == 24
