"""The size rule: the source's shape, the profile's larger side, the encoder's limits."""

from fractions import Fraction

import pytest
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from hypothesis import given, settings, strategies as st

from podium_worker.profiles import Codec
from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.media.sizes import Size, rendition_size

HD = Size(1920, 1080)
SIDES = st.integers(1, 8192)


@pytest.mark.parametrize(
    ("source", "wanted", "expected"),
    [
        pytest.param(HD, Size(1280, 720), Size(1280, 720), id="same shape is taken as asked"),
        pytest.param(HD, Size(854, 480), Size(854, 480), id="854x480 of 16:9 is exact"),
        pytest.param(HD, Size(426, 240), Size(426, 240), id="426x240 of 16:9 is exact"),
        pytest.param(Size(1440, 1080), Size(640, 360), Size(640, 480), id="4:3 keeps its shape"),
        pytest.param(Size(1080, 1920), Size(1280, 720), Size(720, 1280), id="portrait turns it"),
        pytest.param(Size(720, 720), Size(640, 360), Size(640, 640), id="a square stays square"),
        pytest.param(HD, Size(720, 1280), Size(1280, 720), id="the larger side wins, not width"),
        pytest.param(HD, Size(853, 480), Size(852, 480), id="odd sides are cut to even"),
        pytest.param(Size(1280, 536), Size(640, 360), Size(640, 268), id="wide cinema shape"),
        pytest.param(HD, Size(10, 10), Size(146, 82), id="too small grows to the least width"),
        pytest.param(HD, Size(9000, 9000), Size(4096, 2304), id="too large shrinks to the most"),
        pytest.param(HD, Size(0, 720), Size(720, 406), id="one side alone is enough"),
        pytest.param(Size(2000, 100), Size(640, 360), Size(1000, 50), id="flat: least height wins"),
        pytest.param(Size(100, 400), Size(300, 200), Size(146, 584), id="thin: least width wins"),
        pytest.param(Size(4000, 16), Size(640, 360), Size(4096, 50), id="a ribbon is capped"),
        pytest.param(Size(16, 4000), Size(640, 360), Size(146, 4096), id="a standing ribbon too"),
    ],
)
def test_rendition_size(source: Size, wanted: Size, expected: Size) -> None:
    assert rendition_size(source, wanted) == expected


@pytest.mark.parametrize(
    ("source", "wanted", "expected"),
    [
        pytest.param(HD, Size(10, 10), Size(132, 74), id="HEVC may be a little smaller"),
        pytest.param(HD, Size(9000, 9000), Size(8192, 4608), id="HEVC may be twice as large"),
        pytest.param(
            Size(2000, 80), Size(640, 360), Size(1000, 40), id="HEVC has 40 rows at least"
        ),
        pytest.param(Size(100, 400), Size(200, 90), Size(132, 528), id="and 132 columns"),
        pytest.param(HD, Size(1280, 720), Size(1280, 720), id="between them nothing differs"),
    ],
)
def test_size_of_hevc(source: Size, wanted: Size, expected: Size) -> None:
    assert rendition_size(source, wanted, Codec.H265) == expected


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        pytest.param(HD, Size(0, 0), id="no size wanted"),
        pytest.param(HD, Size(-2, -2), id="negative size wanted"),
        pytest.param(Size(0, 1080), Size(1280, 720), id="a source without width"),
    ],
)
def test_impossible_sizes_are_refused(source: Size, wanted: Size) -> None:
    with pytest.raises(TranscodeError) as caught:
        rendition_size(source, wanted)

    assert caught.value.text == "TranscoderInvalidResolution"


@given(st.builds(Size, SIDES, SIDES), st.builds(Size, SIDES, SIDES))
def test_every_size_can_be_encoded(source: Size, wanted: Size) -> None:
    size = rendition_size(source, wanted)

    assert size.width % 2 == size.height % 2 == 0
    assert 146 <= size.width <= 4096
    assert 50 <= size.height <= 4096


@given(st.integers(600, 8192), st.integers(600, 8192), st.integers(300, 4096))
def test_shape_and_orientation_are_the_sources(width: int, height: int, wanted: int) -> None:
    size = rendition_size(Size(width, height), Size(wanted, wanted))

    longer = max(size.width, size.height)
    capped = min(size.width, size.height) in {146, 50}
    assert capped or longer - wanted in {-1, 0, 1}  # odd is cut, or rounded where it follows
    if width != height and size.width != size.height:
        assert (width > height) == (size.width > size.height)
    if not capped:
        follows = longer * min(width, height) / max(width, height)
        assert abs(min(size.width, size.height) - follows) <= 2


@settings(max_examples=60, deadline=None)
@given(st.integers(146, 2000), st.integers(146, 2000), st.integers(150, 1000))
def test_the_following_side_is_that_of_ffmpegs_scaler(width: int, height: int, half: int) -> None:
    longer = 2 * half
    size = rendition_size(Size(width, height), Size(longer, 50))
    if min(size.width, size.height) in {146, 50}:
        return  # a limit decided, not the scaler

    assert size == _by_ffmpeg(width, height, longer)


def _by_ffmpeg(width: int, height: int, longer: int) -> Size:
    graph = Graph()
    source = graph.add_buffer(
        width=width, height=height, format=VideoFormat("gray"), time_base=Fraction(1)
    )
    asked = f"{longer}:-2" if width >= height else f"-2:{longer}"
    graph.link_nodes(source, graph.add("scale", asked), graph.add("buffersink")).configure()
    graph.push(VideoFrame(width, height, "gray"))
    scaled = graph.pull()
    assert isinstance(scaled, VideoFrame)
    return Size(scaled.width, scaled.height)
