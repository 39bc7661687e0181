"""What comes in and goes out: containers, codecs, streams; pictures, times and sound survive."""

import io

import av
import pytest
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream
from tests.media.semantics.films import Film, film
from tests.media.semantics.showing import show, small
from tests.media.semantics.viewing import view

from podium_worker.profiles import Codec, Container
from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.media.engine import transcode

_FRAGMENTS = (("movflags", "frag_keyframe+delay_moov+default_base_moof"),)
SOURCES = {
    "H.264 and AAC in MPEG-TS": Film(),
    "HEVC and AAC in MPEG-TS": Film(codec="libx265"),
    "H.264 in MP4": Film(container="mp4"),
    "H.264 in fragmented MP4": Film(container="mp4", container_options=_FRAGMENTS),
    "HEVC in fragmented MP4": Film(codec="libx265", container="mp4", container_options=_FRAGMENTS),
    "VP9 in MP4": Film(codec="libvpx-vp9", container="mp4"),
    "AV1 in MP4": Film(codec="libsvtav1", container="mp4"),
    "VP8 and Opus in WebM": Film(codec="libvpx", container="webm", sound="libopus"),
    "VP9 and Opus in WebM": Film(codec="libvpx-vp9", container="webm", sound="libopus"),
    "H.264 in Matroska": Film(container="matroska"),
    "H.264 in FLV": Film(container="flv"),
    "AC-3 sound": Film(sound="ac3"),
    "MP2 sound": Film(sound="mp2"),
    "MP3 sound": Film(sound="libmp3lame"),
    "Opus in MPEG-TS": Film(sound="libopus"),
    "no sound": Film(sound=""),
}


@pytest.mark.parametrize("container", Container)
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_pictures_and_sound_come_through(source: Film, container: Container) -> None:
    data = film(source)
    original = view(data)

    seen = show(data, small(format=container))

    assert seen.codec == "h264"
    assert ("mp4" if container is Container.MP4 else "mpegts") in seen.container
    assert seen.numbers == original.numbers == list(range(25))
    assert max(abs(a - b) for a, b in zip(seen.times, original.times, strict=True)) < 0.001
    assert [s.payload for s in seen.sounds] == [s.payload for s in original.sounds]


@pytest.mark.parametrize("container", Container)
@pytest.mark.parametrize("name", ["H.264 and AAC in MPEG-TS", "HEVC in fragmented MP4"])
def test_hevc_comes_out(name: str, container: Container) -> None:
    data = film(SOURCES[name])

    seen = show(data, small(format=container, encoder=Codec.H265, fps=25))

    assert (seen.codec, seen.profile) == ("hevc", "Main")
    assert seen.numbers == list(range(25))
    assert [s.payload for s in seen.sounds] == [s.payload for s in view(data).sounds]


def test_hevc_in_mp4_has_the_tag_that_all_players_know() -> None:
    (rendition,) = transcode(film(), [small(format=Container.MP4, encoder=Codec.H265)]).renditions

    with av.open(io.BytesIO(rendition.data)) as output:
        assert output.streams.video[0].codec_context.codec_tag == "hvc1"


def test_one_job_may_mix_codecs_and_containers() -> None:
    profiles = [
        small(name=f"{codec} {container}", encoder=codec, format=container)
        for codec in (Codec.H264, Codec.H265)
        for container in Container
    ]

    renditions = transcode(film(), profiles).renditions

    assert [(view(item.data).codec, item.container) for item in renditions] == [
        ("h264", Container.MPEGTS),
        ("h264", Container.MP4),
        ("hevc", Container.MPEGTS),
        ("hevc", Container.MP4),
    ]


def test_an_mp4_can_be_played_while_it_loads() -> None:
    (rendition,) = transcode(film(), [small(format=Container.MP4)]).renditions

    assert 0 < rendition.data.find(b"moov") < rendition.data.find(b"mdat")


@pytest.mark.parametrize(
    ("container", "words"),
    [
        pytest.param(Container.MPEGTS, b"Podium", id="the service's provider in MPEG-TS"),
        pytest.param(Container.MP4, b"Processed by Podium", id="a comment in MP4"),
    ],
)
def test_an_output_says_who_made_it(container: Container, words: bytes) -> None:
    (rendition,) = transcode(film(), [small(format=container)]).renditions

    assert words in rendition.data


def test_other_streams_are_left_behind() -> None:
    data = _with_more_streams()
    with av.open(io.BytesIO(data), "r") as source:
        assert {stream.type for stream in source.streams} == {"video", "audio", "data"}

    seen = show(data)

    assert seen.streams == ("video", "audio")
    assert seen.numbers == list(range(25))


@pytest.mark.parametrize("codec", ["mpeg2video", "mpeg4"])
def test_other_codecs_are_refused(codec: str) -> None:
    with pytest.raises(TranscodeError) as caught:
        transcode(_coded(codec), [small()])

    assert caught.value.text == "Unsupported input codec"


@pytest.mark.parametrize("codec", [Codec.VP8, Codec.VP9])
def test_outputs_in_other_codecs_are_refused_before_any_work(codec: Codec) -> None:
    with pytest.raises(TranscodeError) as caught:
        transcode(b"never looked at", [small(encoder=codec)])

    assert caught.value.text == "Encoder not found"


def _with_more_streams() -> bytes:
    """Return a film with its sound twice and a stream of data."""
    buffer = io.BytesIO()
    source: InputContainer = av.open(io.BytesIO(film()), "r")
    output: OutputContainer = av.open(buffer, "w", format="mpegts")
    with source, output:
        copies = {stream: [output.add_stream_from_template(stream)] for stream in source.streams}
        copies[source.streams.audio[0]].append(
            output.add_stream_from_template(source.streams.audio[0])
        )
        copies[source.streams.video[0]].append(output.add_data_stream("klv"))
        for packet in source.demux():
            for stream in copies[packet.stream]:
                if packet.dts is None:
                    continue
                copy: Packet[Stream] = Packet(bytes(packet) if stream.type != "data" else b"data")
                copy.pts, copy.dts = packet.pts, packet.dts
                copy.time_base, copy.stream = packet.time_base, stream
                copy.is_keyframe = packet.is_keyframe
                output.mux(copy)
    return buffer.getvalue()


def _coded(codec: str) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mpegts") as output:
        stream = output.add_stream(codec, rate=25)
        assert isinstance(stream, VideoStream)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = 320, 180, "yuv420p"
        for number in range(5):
            frame = av.VideoFrame(320, 180, "yuv420p")
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def test_mpegts_tables_come_first_and_every_half_second() -> None:
    (rendition,) = transcode(film(Film(frames=100)), [small()]).renditions
    packets = [rendition.data[place : place + 188] for place in range(0, len(rendition.data), 188)]
    tables = [number for number, packet in enumerate(packets) if _pid(packet) == 0]

    assert tables[0] <= 1, "a player that begins with this segment finds its streams at once"
    assert 8 <= len(tables) <= 12, "in 4 seconds"


def _pid(packet: bytes) -> int:
    return int.from_bytes(packet[1:3], "big") & 0x1FFF
