"""Writes H.264 sequence parameter sets that no encoder would."""

from random import Random

from tests.fuzz.ways.numbers import absurd

__all__ = ["parameter_set"]

_HIGH = 100
_SANE: dict[str, int] = {
    "profile": _HIGH,
    "constraints": 0,
    "level": 30,
    "id": 0,
    "chroma": 1,
    "luma_depth": 0,
    "chroma_depth": 0,
    "frame_num_bits": 0,
    "order_type": 0,
    "order_bits": 2,
    "order_cycle": 0,
    "references": 4,
    "width": 19,
    "height": 11,
    "frames_only": 1,
    "crop": 0,
    "aspect": 0,
    "units_in_tick": 1,
    "time_scale": 50,
    "reorder": 2,
    "buffering": 4,
}
_SMALL = {"profile": 8, "constraints": 8, "level": 8, "aspect": 8}


class _Bits:
    """A bit string that grows."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def plain(self, value: int, count: int) -> None:
        """Write an unsigned number of fixed size."""
        self._text.append(f"{value & (1 << count) - 1:0{count}b}")

    def golomb(self, *values: int) -> None:
        """Write unsigned numbers of variable size."""
        for value in values:
            text = f"{value + 1:b}"
            self._text.append("0" * (len(text) - 1) + text)

    def done(self) -> bytes:
        """Return the bytes, ended by a one and zeros."""
        text = "".join(self._text) + "1"
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8)


def parameter_set(chance: Random) -> bytes:
    """Return a whole NAL unit, sane but for one to three fields; sizes change most often."""
    fields = dict(_SANE)
    names = [*fields, "width", "height", "width", "height", "crop", "units_in_tick", "time_scale"]
    for name in chance.sample(names, chance.choice((1, 1, 2, 3))):
        fields[name] = absurd(_SMALL.get(name, chance.choice((4, 8, 16, 31))), chance)
    return b"\x67" + _escaped(_written(fields))


def _written(fields: dict[str, int]) -> bytes:
    bits = _Bits()
    for name in ("profile", "constraints", "level"):
        bits.plain(fields[name], 8)
    bits.golomb(fields["id"])
    if fields["profile"] in {100, 110, 122, 244, 44, 83, 86, 118, 128}:
        bits.golomb(fields["chroma"])
        if fields["chroma"] == 3:
            bits.plain(0, 1)
        bits.golomb(fields["luma_depth"], fields["chroma_depth"])
        bits.plain(0, 2)
    bits.golomb(fields["frame_num_bits"], fields["order_type"])
    _write_order(bits, fields)
    bits.golomb(fields["references"])
    bits.plain(0, 1)
    bits.golomb(fields["width"], fields["height"])
    bits.plain(fields["frames_only"], 1)
    if not fields["frames_only"] & 1:
        bits.plain(0, 1)
    bits.plain(1, 1)
    bits.plain(fields["crop"] > 0, 1)
    if fields["crop"]:
        bits.golomb(*[fields["crop"]] * 4)
    _write_usability(bits, fields)
    return bits.done()


def _write_order(bits: _Bits, fields: dict[str, int]) -> None:
    if fields["order_type"] == 0:
        bits.golomb(fields["order_bits"])
    elif fields["order_type"] == 1:
        bits.plain(0, 1)
        bits.golomb(0, 0, fields["order_cycle"], *[0] * min(fields["order_cycle"], 300))


def _write_usability(bits: _Bits, fields: dict[str, int]) -> None:
    bits.plain(1, 1)
    bits.plain(fields["aspect"] > 0, 1)
    if fields["aspect"]:
        bits.plain(255, 8)
        bits.plain(fields["aspect"], 16)
        bits.plain(1, 16)
    bits.plain(0, 3)
    bits.plain(1, 1)
    bits.plain(fields["units_in_tick"], 32)
    bits.plain(fields["time_scale"], 32)
    bits.plain(0, 4)
    bits.plain(1, 2)
    bits.golomb(0, 0, 10, 10, fields["reorder"], fields["buffering"])


def _escaped(data: bytes) -> bytes:
    """Keep start codes from appearing inside."""
    out = bytearray()
    zeros = 0
    for byte in data:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)
