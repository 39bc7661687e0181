"""Encodes the clip once into a cycle of whole segments, which repeats without an end.

Pictures run forwards, then backwards, so that no cut shows where the cycle repeats; the sound
runs forwards. Every segment starts with a key frame and refers to no other.
"""

import sys
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from tests.media.clip import clip_path, media_cache

__all__ = ["AUDIO_FRAME_TICKS", "TICKS", "Look", "cycle_path"]

TICKS = 90_000
_AUDIO_RATE = 48_000
_AUDIO_FRAME = 1024
AUDIO_FRAME_TICKS = _AUDIO_FRAME * TICKS // _AUDIO_RATE
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Look:
    """What every segment of a stream has in common."""

    width: int
    height: int
    fps: int
    segment_frames: int

    @property
    def frame_ticks(self) -> int:
        """90 kHz ticks of one frame."""
        return TICKS // self.fps

    @property
    def segment_ticks(self) -> int:
        """90 kHz ticks of one segment."""
        return self.segment_frames * self.frame_ticks

    @property
    def name(self) -> str:
        """A file name that says it all."""
        return f"bbb-{self.width}x{self.height}@{self.fps}-{self.segment_frames}f-v{_VERSION}.ts"


def cycle_path(look: Look) -> Path:
    """Return the file of one cycle, encoding it the first time (some seconds)."""
    clip = clip_path()
    cache = media_cache()
    path = cache.root / look.name
    with cache.locked(look.name, lambda: None):
        if not path.exists():
            sys.stderr.write(f"media: encoding {look.name} once into {cache.root}\n")
            _encode(clip, look, path)
    return path


def _encode(clip: Path, look: Look, path: Path) -> None:
    pictures, sound = _decode(clip, look)
    order = _order(len(pictures), look)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name
        with av.open(str(draft), "w", format="mpegts") as output:
            video = output.add_stream("libx264", rate=look.fps, options=_options(look))
            video.width, video.height, video.pix_fmt = look.width, look.height, "yuv420p"
            audio = output.add_stream("aac", rate=_AUDIO_RATE)
            audio.bit_rate, audio.layout = 128_000, "stereo"
            for place, index in enumerate(order):
                frame = pictures[index]
                frame.pts, frame.time_base = place, Fraction(1, look.fps)
                is_first = place % look.segment_frames == 0
                frame.pict_type = PictureType.I if is_first else PictureType.NONE
                output.mux(video.encode(frame))
            output.mux(video.encode(None))
            for number in range(_sound_frames(len(order), look)):
                heard = sound[number % len(sound)]
                heard.pts = number * _AUDIO_FRAME
                output.mux(audio.encode(heard))
            output.mux(audio.encode(None))
        draft.rename(path)


def _decode(clip: Path, look: Look) -> tuple[list[VideoFrame], list[AudioFrame]]:
    pictures, sound = [], []
    reformatter = VideoReformatter()
    resampler = av.AudioResampler("fltp", "stereo", _AUDIO_RATE, frame_size=_AUDIO_FRAME)
    with av.open(str(clip)) as source:
        for packet in source.demux(video=0, audio=0):
            for frame in packet.decode():
                if isinstance(frame, VideoFrame):
                    pictures.append(_resized(reformatter, frame, look))
                elif isinstance(frame, AudioFrame):
                    sound += resampler.resample(frame)
    return pictures, [frame for frame in sound if frame.samples == _AUDIO_FRAME]


def _resized(reformatter: VideoReformatter, frame: VideoFrame, look: Look) -> VideoFrame:
    return reformatter.reformat(
        frame, look.width, look.height, "yuv420p", interpolation=Interpolation.BICUBIC
    )


def _order(count: int, look: Look) -> list[int]:
    """Return the clip's frame for each place of the cycle: there and back, whole segments."""
    there_and_back = [*range(count), *range(count - 2, 0, -1)]
    cycle_segments = max(1, len(there_and_back) * look.fps // (25 * look.segment_frames))
    places = range(cycle_segments * look.segment_frames)
    return [there_and_back[place * 25 // look.fps % len(there_and_back)] for place in places]


def _sound_frames(pictures: int, look: Look) -> int:
    """Return how many audio frames cover the cycle, and a few for the encoder's delay."""
    return pictures * look.frame_ticks // AUDIO_FRAME_TICKS + 4


def _options(look: Look) -> dict[str, str]:
    bitrate = str(max(200_000, look.width * look.height * look.fps // 6))
    rates = dict.fromkeys(("b", "maxrate", "bufsize"), bitrate)
    return {
        **rates,
        "preset": "veryfast",
        "forced-idr": "1",
        "g": str(look.segment_frames),
        "sc_threshold": "0",
        "threads": "2",
        "flags": "+cgop",
    }
