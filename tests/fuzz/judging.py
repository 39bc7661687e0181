"""Says what is wrong with an answer: a referee that trusts nothing but its own decoding."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import av
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from tests.fuzz.cases import Case

from podium_worker.profiles import Container, Profile
from podium_worker.transcoder.errors import ErrorText
from podium_worker.transcoder.media.results import Rendition, TranscodeResult
from podium_worker.transcoder.media.sizes import Size, rendition_size

__all__ = ["KNOWN_TEXTS", "Refusal", "is_crash", "is_stop", "judge"]

_NOT_OF_A_SEGMENT = {ErrorText.STOPPED, ErrorText.BUSY, ErrorText.UNRECOVERABLE}
KNOWN_TEXTS = frozenset(text.value for text in ErrorText if text not in _NOT_OF_A_SEGMENT)
"""What a segment may be refused with: the network's own texts."""
_MOST_FRAMES_PER_FRAME = 25
_BLOCK = 16
_AUDIO_SLACK_BYTES = 4096
_WILD = Fraction(1)  # a wild time of the source's own, most of a turn of MPEG-TS's counter ahead
_TICKS_APART = Fraction(8, 90_000)  # pictures of one time are put so near that B-frames swap
_DEMUXERS = {Container.MPEGTS: "mpegts", Container.MP4: "mov"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error instead of renditions."""

    text: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a decoder makes of a rendition; times in seconds."""

    sizes: tuple[tuple[int, int], ...]
    times: tuple[Fraction, ...]
    first_is_key: bool
    decode_times: tuple[Fraction, ...]
    sound: tuple[bytes, ...]
    sound_times: tuple[Fraction, ...]


def is_stop(answer: TranscodeResult | Refusal) -> bool:
    """Whether a segment was stopped at its deadline."""
    return isinstance(answer, Refusal) and "not done after" in answer.detail


def is_crash(answer: TranscodeResult | Refusal) -> bool:
    """Whether a segment broke the children that worked on it, and said so."""
    return isinstance(answer, Refusal) and "children died" in answer.detail


def judge(case: Case, answer: TranscodeResult | Refusal) -> tuple[str, ...]:
    """Return every complaint; none means that the answer is right."""
    if isinstance(answer, Refusal):
        return tuple(_refusal(case, answer))
    return tuple(_result(case, answer))


def _refusal(case: Case, refusal: Refusal) -> Iterator[str]:
    is_excused = is_crash(refusal) or (case.is_dear and is_stop(refusal))
    if refusal.text not in KNOWN_TEXTS and not is_excused:
        yield f"refused with {refusal.text!r} ({refusal.detail})"


def _result(case: Case, result: TranscodeResult) -> Iterator[str]:
    if not 0 < result.decoded_frames <= result.decoded_pixels:
        yield f"{result.decoded_frames} frames of {result.decoded_pixels} pixels decoded"
    if case.intact_frames and result.decoded_frames != case.intact_frames:
        yield f"{result.decoded_frames} of {case.intact_frames} undamaged frames decoded"
    if len(result.renditions) != len(case.profiles):
        yield f"{len(result.renditions)} renditions for {len(case.profiles)} profiles"
    sounds = set()
    for profile, rendition in zip(case.profiles, result.renditions, strict=False):
        try:
            seen = _decoded(rendition)
        except (FFmpegError, ValueError, IndexError) as error:
            yield f"{profile.name}: not decodable: {error!r}"
            continue
        problems = [*_named(profile, rendition), *_pictures(case, result, rendition, seen)]
        problems += [*_pace(profile, seen), *_sound(case, seen)]
        yield from (f"{profile.name}: {problem}" for problem in problems)
        sounds.add((rendition.container, b"".join(seen.sound)))
    if len(sounds) > len({container for container, _ in sounds}):
        yield "renditions of one container have different sound"


def _named(profile: Profile, rendition: Rendition) -> Iterator[str]:
    if (rendition.name, rendition.container) != (profile.name, profile.format):
        yield f"it is {rendition.name!r} in {rendition.container}"


def _pictures(
    case: Case, result: TranscodeResult, rendition: Rendition, seen: _Seen
) -> Iterator[str]:
    """Compare counts and sizes with what was decoded; billing depends on the exact numbers."""
    if len(seen.sizes) != rendition.frames:
        yield f"{len(seen.sizes)} frames decoded, {rendition.frames} reported"
    if rendition.frames > _MOST_FRAMES_PER_FRAME * result.decoded_frames:
        yield f"{rendition.frames} frames from {result.decoded_frames}"
    width, height = case.size
    is_steady = result.decoded_pixels == result.decoded_frames * width * height
    yield from _pixels(rendition, seen, slack=0 if is_steady else _BLOCK)
    if is_steady:
        profile = next(item for item in case.profiles if item.name == rendition.name)
        source, asked = Size(width, height), Size(profile.width, profile.height)
        wanted = rendition_size(source, asked, profile.encoder)
        if set(seen.sizes) != {(wanted.width, wanted.height)}:
            yield f"{sorted(set(seen.sizes))} instead of {wanted} from {source}"


def _pixels(rendition: Rendition, seen: _Seen, *, slack: int) -> Iterator[str]:
    """Compare sizes; a rendition follows a source whose pictures change, and reports the first.

    Where sizes change within one grid of blocks, decoders show all in one of them: `slack`.
    """
    first, size = seen.sizes[0] if seen.sizes else (0, 0), (rendition.width, rendition.height)
    if any(abs(one - other) > slack for one, other in zip(first, size, strict=True)):
        yield f"{first} decoded first, {size} reported"
    pixels = sum(width * height for width, height in seen.sizes)
    allowed = sum(slack * (width + height + slack) for width, height in seen.sizes)
    if abs(pixels - rendition.pixels) > allowed:
        yield f"{pixels} pixels decoded, {rendition.pixels} reported"


def _pace(profile: Profile, seen: _Seen) -> Iterator[str]:
    """Judge times: they rise, the first picture is a key frame, a wanted rate is kept."""
    if not seen.first_is_key:
        yield "the first picture is no key frame"
    if _falls(seen.times, by=_TICKS_APART):
        yield "its pictures do not rise in time"
    if _falls(seen.decode_times):
        yield "its packets do not rise in time"
    if profile.frame_rate and profile.frame_rate <= 1000:
        step, tick = 1 / profile.frame_rate, Fraction(1, 90_000)
        if profile.format is Container.MPEGTS and any(
            abs(later - earlier - step) > tick for earlier, later in pairwise(seen.times)
        ):
            yield f"its pictures are not {float(step):.4f} s apart"


def _sound(case: Case, seen: _Seen) -> Iterator[str]:
    """Judge sound, which is copied: of damaged sound, demuxers guess each frame's time."""
    if case.intact_frames and _falls(seen.sound_times):
        yield "its sound goes back in time"
    total = sum(map(len, seen.sound))
    if total > len(case.source) + _AUDIO_SLACK_BYTES:
        yield f"{total} bytes of sound from a source of {len(case.source)}"


def _falls(times: Sequence[Fraction], *, by: Fraction = Fraction(0)) -> bool:
    """Whether any time lies `by` before the one before it, or more, but for leaps of a source."""
    return any(by <= earlier - later < _WILD for earlier, later in pairwise(times))


def _decoded(rendition: Rendition) -> _Seen:
    """Decode everything; the format is named, as a few packets are too little to guess it from."""
    with av.open(io.BytesIO(rendition.data), "r", _DEMUXERS[rendition.container]) as source:
        video = source.streams.video[0]
        packets = [packet for packet in source.demux() if packet.stream.type in {"video", "audio"}]
        pictures = [packet for packet in packets if packet.stream is video]
        frames = [frame for packet in pictures for frame in video.decode(packet)]
        whole = [packet for packet in pictures if packet.size]
        sound = [packet for packet in packets if packet.stream is not video and packet.size]
        return _Seen(
            sizes=tuple((frame.width, frame.height) for frame in frames),
            times=tuple(_time(frame) for frame in frames),
            first_is_key=whole[0].is_keyframe,
            decode_times=_decode_times(whole),
            sound=tuple(bytes(packet) for packet in sound),
            sound_times=_decode_times(sound),
        )


def _time(frame: VideoFrame) -> Fraction:
    return _seconds(frame.pts, frame.time_base)


def _decode_times(packets: "Sequence[Packet[Stream]]") -> tuple[Fraction, ...]:
    """Return what is known of decoding times; of a single packet a demuxer cannot always tell."""
    known = (packet for packet in packets if packet.dts is not None)
    return tuple(_seconds(packet.dts, packet.time_base) for packet in known)


def _seconds(ticks: int | None, time_base: Fraction | None) -> Fraction:
    if ticks is None or time_base is None:
        raise ValueError("an output without time stamps")
    return ticks * time_base
