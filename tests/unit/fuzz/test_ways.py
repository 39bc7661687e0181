"""Damage is done where it was meant to be done, and the same again for the same seed."""

import io
from random import Random

import av
import pytest
from tests.fuzz.corpus import good
from tests.fuzz.making import make_case
from tests.fuzz.ways import WAYS
from tests.fuzz.ways.boxes import _boxes
from tests.fuzz.ways.elements import _elements
from tests.fuzz.ways.packets import PACKET, split
from tests.fuzz.ways.parameters import parameter_set
from tests.fuzz.ways.pes import _heads, _read_time, _times
from tests.fuzz.ways.tables import _changed, checksum
from tests.fuzz.ways.units import AUDIO, VIDEO, rebuilt

TS = "h264 without sound"
SOUND = "h264 with mp2"
ALL_WAYS = [(container, name) for container, ways in WAYS.items() for name in ways]


def decoded_md5(data: bytes) -> tuple[int, int]:
    with av.open(io.BytesIO(data), "r") as source:
        frames = [bytes(frame.planes[0]) for frame in source.decode(video=0)]
    return len(frames), hash(tuple(frames))


def test_a_case_is_the_same_for_the_same_seed_and_number() -> None:
    for number in range(60):
        assert repr(make_case(3, number)) == repr(make_case(3, number))


def test_other_seeds_and_numbers_give_other_cases() -> None:
    sources = {make_case(seed, number).source for seed in (3, 4) for number in range(30)}

    assert len(sources) > 50


def test_nothing_depends_on_the_cases_before() -> None:
    alone = make_case(3, 59)

    for number in range(59):
        make_case(3, number)

    assert repr(make_case(3, 59)) == repr(alone)


@pytest.mark.parametrize(("container", "name"), ALL_WAYS)
def test_every_way_takes_whatever_others_have_left(container: str, name: str) -> None:
    way, chance = WAYS[container][name], Random(5)
    bases = ["h264 mp4", "h264 matroska", "h264 flv", SOUND]

    for data in [b"", b"\x47", b"\0" * 400, chance.randbytes(1000), *(good(b).data for b in bases)]:
        assert isinstance(way(data, chance), bytes)


@pytest.mark.parametrize(("container", "name"), ALL_WAYS)
def test_every_way_does_damage(container: str, name: str) -> None:
    bases = {"mp4": "h264 mp4", "mov": "h264 mov", "flv": "h264 flv"}
    bases |= {"matroska": "h264 matroska", "webm": "vp9 webm"}
    data = good("live" if container in {"any", "mpegts"} else bases[container]).data

    assert any(WAYS[container][name](data, Random(seed)) != data for seed in range(20))


def test_the_checksum_is_that_of_real_tables() -> None:
    (pat, *_) = split(good(TS).data)[1:]  # the first packet describes the service
    section = pat[5 : 5 + 3 + (int.from_bytes(pat[6:8]) & 0xFFF)]

    assert checksum(section[:-4]) == int.from_bytes(section[-4:])


def test_a_table_that_nobody_changes_stays_as_it_is() -> None:
    data = good(TS).data

    assert _changed(data, 2, lambda section: section) == data


def test_times_are_read_and_written_in_place() -> None:
    data = good(TS).data

    moved = _times(data, lambda ticks: ticks + 90_000)

    before, after = split(data), split(moved)
    times = [
        (
            _read_time(bytearray(before[number]), place + 9),
            _read_time(bytearray(after[number]), place + 9),
        )
        for number, place in _heads(before)
    ]
    assert len(times) == 8
    assert all(later == earlier + 90_000 for earlier, later in times)


@pytest.mark.parametrize("kind", [VIDEO, AUDIO], ids=["video", "audio"])
def test_streams_packed_again_decode_to_the_same(kind: range) -> None:
    data = good(SOUND).data

    again = rebuilt(data, kind, lambda payload: payload)

    assert len(again) % PACKET == 0
    assert decoded_md5(again) == decoded_md5(data)


def test_a_payload_can_grow() -> None:
    data = good(SOUND).data

    grown = rebuilt(data, VIDEO, lambda payload: b"\0\0\0\1\x06" + bytes([5, 100] * 51) + payload)

    assert len(grown) > len(data)
    assert decoded_md5(grown)[0] == 8


def test_boxes_are_found_in_each_other() -> None:
    kinds = {box.kind for box in _boxes(good("h264 fragmented mp4").data)}

    assert {b"ftyp", b"moov", b"stsd", b"avc1", b"moof", b"trun", b"mdat"} - kinds == {b"avc1"}


def test_elements_are_found_in_each_other() -> None:
    data = good("h264 matroska").data
    kinds = {element.kind for element in _elements(data)}

    assert {0x1A45DFA3, 0x18538067, 0xAE, 0x86, 0xA3} <= kinds


def test_parameter_sets_hold_no_start_code() -> None:
    for seed in range(200):
        made = parameter_set(Random(seed))

        assert made[0] == 0x67
        assert all(made.find(bytes([0, 0, code])) < 0 for code in range(3))
