"""PyAV in the obvious way: what its documentation leads to, and nothing that took measuring.

One filter graph per rendition, every thread setting as it comes. The peer pays for what the
engine avoids; the one thing taken from experience is that the source's frame types must not
reach the encoder, since that would be other work.
"""

import io
from collections.abc import Iterator, Sequence

import av
from av.container import OutputContainer
from av.filter import Graph
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from podium_worker.profiles import Profile

__all__ = ["transcode_obviously"]


def transcode_obviously(
    source: bytes, ladder: Sequence[Profile], preset: str = "veryfast"
) -> list[bytes]:
    """Return one MPEG-TS file per rung."""
    with av.open(io.BytesIO(source), "r") as container:
        rungs = [_Rung(container.streams.video[0], container, rung, preset) for rung in ladder]
        for packet in container.demux():
            if packet.stream.type == "video":
                for frame in packet.decode():
                    for rung in rungs:
                        rung.write(frame)  # type: ignore[arg-type]  # a video packet's frame
            elif packet.stream.type == "audio" and packet.size:
                for rung in rungs:
                    rung.copy(packet)
        return [rung.finish() for rung in rungs]


class _Rung:
    """One output: its filter graph, encoder and buffer."""

    def __init__(
        self,
        video: VideoStream,
        source: av.container.InputContainer,
        profile: Profile,
        preset: str,
    ) -> None:
        self._graph = _graph(video, profile)
        self._buffer = io.BytesIO()
        self._output: OutputContainer = av.open(self._buffer, "w", format="mpegts")
        self._stream = self._output.add_stream(
            "libx264", rate=profile.fps, options=_options(profile, preset)
        )
        self._stream.width, self._stream.height = profile.width, profile.height
        self._stream.pix_fmt = "yuv420p"
        self._audio = [
            self._output.add_stream_from_template(audio) for audio in source.streams.audio[:1]
        ]

    def write(self, frame: VideoFrame) -> None:
        self._graph.push(frame)
        self._encode()

    def copy(self, packet: "av.Packet[av.stream.Stream]") -> None:
        """Write a copy: muxing changes a packet."""
        if not self._audio or packet.dts is None:
            return
        twin = av.Packet(bytes(packet))
        twin.pts, twin.dts, twin.time_base = packet.pts, packet.dts, packet.time_base
        twin.stream = self._audio[0]
        self._output.mux(twin)

    def finish(self) -> bytes:
        self._graph.push(None)
        self._encode()
        self._output.mux(self._stream.encode(None))
        self._output.close()
        return self._buffer.getvalue()

    def _encode(self) -> None:
        for frame in _pulled(self._graph):
            frame.pict_type = PictureType.NONE
            self._output.mux(self._stream.encode(frame))


def _graph(video: VideoStream, profile: Profile) -> Graph:
    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(template=video),
        graph.add("scale", f"{profile.width}:{profile.height}"),
        graph.add("fps", str(profile.fps)),
        graph.add("buffersink"),
    ).configure()
    return graph


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        if isinstance(frame, VideoFrame):
            yield frame


def _options(profile: Profile, preset: str) -> dict[str, str]:
    rates = dict.fromkeys(("b", "minrate", "maxrate", "bufsize"), str(profile.bitrate))
    return {**rates, "preset": preset, "bf": "3", "forced-idr": "1"}
