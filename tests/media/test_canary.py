"""What a transcoder proves before it is ready, and what it says it costs."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.media import probe
from tests.media.specimens import FOLDER, RECIPES, Recipe

from podium_worker.profiles import CAPABILITY_CLASSES, Codec, Profile
from podium_worker.transcoder import canary
from podium_worker.transcoder.canary import CanaryError, run_canary
from podium_worker.transcoder.devices.placement import DeviceState
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.results import Rendition, TranscodeResult
from podium_worker.transcoder.sample import build_sample
from podium_worker.transcoder.slots.pool import SlotPool
from podium_worker.transcoder.specimen import specimen

LADDER = "h264/640x360@30+1280x720@30"
HEVC = "h264-h265/640x360@30"
TINY = Profile(name="tiny", width=256, height=144, bitrate=200_000)
SOURCES = {specimen(name): recipe for name, recipe in RECIPES.items()}


def test_the_built_in_segment_has_pictures_and_sound() -> None:
    contents = probe(build_sample(width=320, height=180, frames=30))

    assert (contents.frames, contents.width, contents.height) == (30, 320, 180)
    assert len(contents.key_times) == 1
    assert contents.audio_md5s


@pytest.mark.parametrize(("name", "recipe"), RECIPES.items(), ids=RECIPES.keys())
def test_a_stored_segment_is_what_its_recipe_says(name: str, recipe: Recipe) -> None:
    contents = probe(specimen(name))

    assert (contents.frames, contents.width, contents.height) == (recipe.frames, *recipe.size)
    assert {path.name for path in FOLDER.iterdir()} == set(RECIPES)


async def test_a_working_transcoder_proves_every_class_and_its_speed() -> None:
    async with SlotPool(1) as pool:
        report = await run_canary(pool)
        one = await pool.run(specimen("h264-360p.ts"), [TINY], timeout_seconds=60)

    assert one.cpu_seconds > 0
    assert report.classes == CAPABILITY_CLASSES
    assert set(report.costs) == {LADDER, HEVC}
    assert report.costs[LADDER].segment_seconds == 0.5
    assert all(cost.slot_seconds > 0 for cost in report.costs.values())


class Pretended:
    """Slots that answer at once with what a test makes of the right answer."""

    devices = (DeviceState("cpu", 1),)

    def __init__(self, slots: int = 1, *, spoil: Any = None) -> None:
        self.slots = slots
        self.most_at_once = 0
        self._at_once = 0
        self._spoil = spoil or (lambda _source, _profiles, made: made)

    async def run(
        self, source: bytes, profiles: Sequence[Profile], *, timeout_seconds: float
    ) -> TranscodeResult:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(0)
        self._at_once -= 1
        assert timeout_seconds > 0
        spoilt: TranscodeResult = self._spoil(source, profiles, _answer(source, profiles))
        return spoilt


def _answer(source: bytes, profiles: Sequence[Profile]) -> TranscodeResult:
    """Return what slots that work would; a rendition's data are its frames and pixels in words."""
    recipe = SOURCES.get(source)
    words = (recipe.frames, recipe.frames * recipe.size[0] * recipe.size[1]) if recipe else None
    frames, pixels = words or (int(word) for word in source.split())
    made = tuple(_rendition(profile, frames) for profile in profiles)
    return TranscodeResult(made, frames, pixels, cpu_seconds=1e-9)


def _rendition(profile: Profile, frames: int) -> Rendition:
    width, height = profile.width, profile.height
    pixels = frames * width * height
    data = f"{frames} {pixels}".encode()
    return Rendition("", data, pixels, frames, width, height, profile.format, psnr_db=40.0)


def _renditions(result: TranscodeResult, **changes: Any) -> TranscodeResult:
    changed = tuple(replace(made, **changes) for made in result.renditions)
    return replace(result, renditions=changed)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"frames": 14}, r"made \[\(1280, 720, 14\)", id="a frame is missing"),
        pytest.param({"height": 718}, r"made \[\(1280, 718, 15\)", id="a wrong size"),
        pytest.param({"psnr_db": 9.5}, r"pictures of 9\.5 dB", id="grey instead of pictures"),
        pytest.param({"pixels": 1}, r"not the 1 that were counted", id="pixels that are not there"),
        pytest.param({"data": b"3 9"}, r"no good source", id="frames that do not decode"),
    ],
)
async def test_a_ladder_that_comes_out_wrong_is_not_ready(
    change: dict[str, Any], words: str
) -> None:
    slots = Pretended(spoil=lambda _source, _profiles, made: _renditions(made, **change))

    with pytest.raises(CanaryError, match=words):
        await run_canary(slots)


def _no_hevc(_source: bytes, profiles: Sequence[Profile], made: TranscodeResult) -> TranscodeResult:
    if profiles[0].encoder is Codec.H265:
        raise TranscodeError(ErrorText.ENCODER_NOT_FOUND)
    return made


def _no_vp9(source: bytes, _profiles: Any, made: TranscodeResult) -> TranscodeResult:
    if source == specimen("vp9.webm"):
        raise TranscodeError(ErrorText.UNSUPPORTED_PIXEL_FORMAT)
    return made


@pytest.mark.parametrize(
    ("spoil", "classes"),
    [
        pytest.param(None, CAPABILITY_CLASSES, id="everything works"),
        pytest.param(_no_hevc, ("h264", "other-h264", "deep-h264"), id="no HEVC encoder"),
        pytest.param(
            _no_vp9,
            ("h264", "h264-h265", "deep-h264", "deep-h264-h265"),
            id="one decoder of several is missing",
        ),
    ],
)
async def test_only_what_works_is_offered(spoil: Any, classes: tuple[str, ...]) -> None:
    report = await run_canary(Pretended(spoil=spoil))

    assert report.classes == classes


async def test_one_slot_that_fails_of_several_keeps_no_pod_from_working() -> None:
    failures = iter([TranscodeError(ErrorText.UNRECOVERABLE)])

    def first_fails(_source: bytes, _profiles: Any, made: TranscodeResult) -> TranscodeResult:
        for failure in failures:
            raise failure
        return made

    report = await run_canary(Pretended(2, spoil=first_fails), cores=2.0)

    assert report.classes == CAPABILITY_CLASSES


@pytest.mark.parametrize(
    ("slots", "cores", "at_once", "factor"),
    [
        pytest.param(32, 32.0, 32, 1.0, id="a core each: all at once"),
        pytest.param(2, 8.0, 2, 1.0, id="cores to spare"),
        pytest.param(16, 2.0, 2, 8.0, id="eight slots take turns on a core"),
        pytest.param(1, 0.5, 1, 2.0, id="half a core takes twice the time"),
        pytest.param(3, 2.5, 3, 1.2, id="a part of a core is used"),
    ],
)
async def test_costs_are_those_of_slots_that_are_all_busy(
    slots: int, cores: float, at_once: int, factor: float
) -> None:
    def timed(_source: bytes, _profiles: Any, made: TranscodeResult) -> TranscodeResult:
        return replace(made, cpu_seconds=1e-6)

    pool = Pretended(slots, spoil=timed)
    many = 4  # the other kinds of source, side by side

    report = await run_canary(pool, cores=cores)

    assert pool.most_at_once == max(at_once, many)
    assert report.costs[LADDER].slot_seconds == pytest.approx(1e-6 * factor, abs=5e-7)


async def test_a_neighbours_load_is_not_a_processors_cost_but_a_gpu_waits_for_its_card() -> None:
    on_cpu, on_gpu = Pretended(), Pretended()
    on_gpu.devices = (DeviceState("gpu0", 1),)

    alone, measured = await run_canary(on_cpu), await run_canary(on_gpu)

    assert alone.costs[LADDER].slot_seconds == 0.0
    assert measured.costs[LADDER].slot_seconds > 0.0


async def test_a_transcoder_that_is_too_slow_to_finish_is_not_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(canary, "_TIMEOUT_SECONDS", 0.01)
    async with SlotPool(1) as pool:
        with pytest.raises(CanaryError, match=r"TranscoderStopped \(not done after 0\.010 s\)"):
            await run_canary(pool)
