"""Ladders that gateways may order: mostly small and sane, sometimes absurd."""

from random import Random

from tests.fuzz.ways.numbers import absurd

from podium_worker.profiles import Codec, CodecProfile, Container, Profile

__all__ = ["is_dear", "ladder"]

_SANE_SIZES = ((160, 90), (160, 90), (192, 108), (256, 144), (320, 180), (426, 240), (90, 160))
_RATES = ((0, 1), (0, 1), (25, 1), (30, 1), (15, 1), (30_000, 1001), (60, 1), (5, 1), (1, 1))
_GOPS = (0, 0, 0, 250, 1000, 2000, -1)
_DEAR_PIXELS, _DEAR_RATE = 640 * 480, 120
_ABSURD_SHARE = 0.06


def ladder(chance: Random) -> tuple[Profile, ...]:
    """Return what to make of a segment; most segments get one to three small renditions."""
    count = chance.choice((1, 1, 1, 1, 2, 3))
    profiles = tuple(_sane(number, chance) for number in range(count))
    return _absurd(profiles, chance) if chance.random() < _ABSURD_SHARE else profiles


def is_dear(profiles: tuple[Profile, ...]) -> bool:
    """Whether a ladder may cost any segment its time, so that stopping it is right."""
    pixels = sum(max(profile.width, profile.height) ** 2 for profile in profiles)
    rate = max((float(profile.frame_rate or 0) for profile in profiles), default=0.0)
    return pixels > _DEAR_PIXELS or rate > _DEAR_RATE


def _sane(number: int, chance: Random) -> Profile:
    width, height = chance.choice(_SANE_SIZES)
    fps, fps_den = chance.choice(_RATES)
    quality = chance.choice((0, 0, 0, 0, 23, 40))
    return Profile(
        name=f"rendition {number}",
        width=width,
        height=height,
        bitrate=0 if quality and chance.random() < 0.5 else chance.choice((100_000, 400_000)),
        fps=fps,
        fps_den=fps_den,
        format=chance.choice((Container.MPEGTS, Container.MPEGTS, Container.MP4)),
        codec_profile=chance.choice(tuple(CodecProfile)),
        gop_ms=chance.choice(_GOPS),
        encoder=Codec.H265 if chance.random() < 0.05 else Codec.H264,
        quality=quality,
    )


def _absurd(profiles: tuple[Profile, ...], chance: Random) -> tuple[Profile, ...]:
    """Change one field to something that nobody can mean, or the number of renditions."""
    match chance.randrange(12):
        case 0:
            return ()
        case 1:
            return profiles[:1] * chance.choice((10, 11, 100))
        case _:
            return (_absurd_profile(profiles[0], chance), *profiles[1:])


def _absurd_profile(profile: Profile, chance: Random) -> Profile:
    number = absurd(31, chance) * chance.choice((1, 1, -1))
    fields = {
        "name": chance.choice(("", "../../etc", "ü" * 500, "\0", 'a"b')),
        "width": number,
        "height": number,
        "bitrate": number,
        "fps": abs(number),
        "fps_den": abs(number),
        "gop_ms": number,
        "quality": abs(number),
        "encoder": chance.choice(tuple(Codec)),
    }
    values = {name: getattr(profile, name) for name in Profile.__dataclass_fields__}
    name = chance.choice(tuple(fields))
    return Profile(**(values | {name: fields[name]}))
