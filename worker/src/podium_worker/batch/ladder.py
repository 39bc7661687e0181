"""What `--ladder` means: names of renditions become profiles. Pure but for reading a JSON file.

The presets are the network's own (LPMS `VideoProfileLookup`); short names take their bit rates,
or those of the list of standard profiles there. Above 1080p the network names none: those are
ours, and so is half a rate more for 60 frames/s.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from podium_worker.batch.gateway_profiles import parse_gateway_profiles
from podium_worker.errors import StartError
from podium_worker.profiles import Codec, Container, Profile

__all__ = ["PRESETS", "Defaults", "larger_than_source", "parse_ladder"]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a rendition gets where the ladder leaves it open."""

    frame_rate: Fraction | None = None
    gop_ms: int = 0
    codec: Codec = Codec.H264
    container: Container = Container.MPEGTS


@dataclass(frozen=True, slots=True)
class _Step:
    """A height's size and its bit rates (bit/s) for up to 30 frames/s and above."""

    width: int
    height: int
    bitrate: int
    fast_bitrate: int


_STEPS = {
    step.height: step
    for step in (
        _Step(256, 144, 400_000, 600_000),
        _Step(426, 240, 600_000, 900_000),
        _Step(640, 360, 1_200_000, 1_800_000),
        _Step(854, 480, 2_000_000, 3_000_000),
        _Step(1024, 576, 1_500_000, 2_250_000),
        _Step(1280, 720, 4_000_000, 6_000_000),
        _Step(1920, 1080, 6_000_000, 9_000_000),
        _Step(2560, 1440, 10_000_000, 15_000_000),
        _Step(3840, 2160, 16_000_000, 24_000_000),
    )
}
PRESETS = {
    name: Profile(name=name, width=width, height=height, bitrate=kilobits * 1000, fps=fps)
    for name, width, height, kilobits, fps in (
        ("P720p60fps16x9", 1280, 720, 6000, 60),
        ("P720p30fps16x9", 1280, 720, 4000, 30),
        ("P720p25fps16x9", 1280, 720, 3500, 25),
        ("P720p30fps4x3", 960, 720, 3500, 30),
        ("P576p30fps16x9", 1024, 576, 1500, 30),
        ("P576p25fps16x9", 1024, 576, 1500, 25),
        ("P360p30fps16x9", 640, 360, 1200, 30),
        ("P360p25fps16x9", 640, 360, 1000, 25),
        ("P360p30fps4x3", 480, 360, 1000, 30),
        ("P240p30fps16x9", 426, 240, 600, 30),
        ("P240p25fps16x9", 426, 240, 600, 25),
        ("P240p30fps4x3", 320, 240, 600, 30),
        ("P144p30fps16x9", 256, 144, 400, 30),
        ("P144p25fps16x9", 256, 144, 400, 25),
    )
}
"""The network's presets by name."""

_SHORT = re.compile(r"(?P<height>\d{2,4})p(?P<fps>\d{1,3})?")
_SIZE = re.compile(r"(?P<width>\d{2,5})x(?P<height>\d{2,5})(?:p(?P<fps>\d{1,3}))?")
_BITRATE = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[kKmM]?)")
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_FAST_FPS = 48
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


def parse_ladder(text: str, defaults: Defaults) -> tuple[Profile, ...]:
    """Return the renditions in the order given; `StartError` names the part and the fix."""
    text = text.strip()
    if text.startswith(("[", "{")):
        named = parse_gateway_profiles(text, "--ladder", codec=defaults.codec)
    elif text.endswith(".json") or _is_file(text):
        written = _read(Path(text))
        named = parse_gateway_profiles(written, f"--ladder {text}", codec=defaults.codec)
    else:
        named = tuple(_profile(part.strip(), defaults) for part in text.split(","))
    profiles = tuple(_fill(profile, defaults) for profile in named)
    _check_names(profiles)
    return profiles


def larger_than_source(profiles: Sequence[Profile], size: tuple[int, int] | None) -> str:
    """Return a line of advice when renditions have more pixels than the source; "" otherwise."""
    longest = max(size) if size else 0
    larger = [one.name for one in profiles if longest and max(one.width, one.height) > longest]
    if not size or not larger:
        return ""
    return f"{', '.join(larger)}: larger than the source ({size[0]}x{size[1]}), to no gain"


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # a list of names may be longer than any path
        return False


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise StartError(
            f"--ladder: cannot read {path} ({error}); give a JSON file of profiles, or names "
            "like 720p,480p,360p"
        ) from error


def _profile(part: str, defaults: Defaults) -> Profile:
    name, _, rate = part.partition(":")
    profile = PRESETS.get(name) or _short(name, defaults) or _sized(name, has_rate=bool(rate))
    if profile is None:
        heights = ", ".join(f"{height}p" for height in _STEPS)
        raise StartError(
            f"--ladder: {part!r} is not a rendition; write one of {heights}, with frames per "
            "second if you like (720p60), a size with a bit rate (800x450:1500k), or a preset "
            "like P720p30fps16x9"
        )
    bitrate = _bits(rate, part) if rate else profile.bitrate
    return replace(profile, bitrate=bitrate, encoder=defaults.codec)


def _short(name: str, defaults: Defaults) -> Profile | None:
    found = _SHORT.fullmatch(name)
    step = _STEPS.get(int(found["height"])) if found else None
    if found is None or step is None:
        return None
    fps = int(found["fps"] or 0)
    is_fast = (fps or defaults.frame_rate or 0) >= _FAST_FPS
    bitrate = step.fast_bitrate if is_fast else step.bitrate
    return Profile(name=name, width=step.width, height=step.height, bitrate=bitrate, fps=fps)


def _sized(name: str, *, has_rate: bool) -> Profile | None:
    found = _SIZE.fullmatch(name)
    if found is None or not has_rate:
        return None
    width, height = int(found["width"]), int(found["height"])
    return Profile(name=name, width=width, height=height, bitrate=1, fps=int(found["fps"] or 0))


def _bits(text: str, part: str) -> int:
    found = _BITRATE.fullmatch(text)
    bits = round(Fraction(found["number"]) * _UNITS[found["unit"].lower()]) if found else 0
    if not 1_000 <= bits <= 1_000_000_000:
        raise StartError(
            f"--ladder: {text!r} in {part!r} is not a bit rate; write 2500k, 2.5M or 2500000"
        )
    return bits


def _fill(profile: Profile, defaults: Defaults) -> Profile:
    rate = profile.frame_rate or defaults.frame_rate
    return replace(
        profile,
        fps=rate.numerator if rate else 0,
        fps_den=rate.denominator if rate else 1,
        gop_ms=profile.gop_ms or defaults.gop_ms,
        format=defaults.container,
    )


def _check_names(profiles: Sequence[Profile]) -> None:
    """Refuse names that cannot be folders of their own."""
    seen: set[str] = set()
    for profile in profiles:
        if not _FILE_NAME.fullmatch(profile.name):
            raise StartError(
                f"--ladder: {profile.name!r} cannot name a folder; use letters, digits, - and _"
            )
        if profile.name.lower() in seen:
            raise StartError(f"--ladder: two renditions are called {profile.name!r}; rename one")
        seen.add(profile.name.lower())
