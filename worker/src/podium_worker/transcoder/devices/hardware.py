"""Where codecs run. Scaling, muxing and every rule of the engine are the same on all of them.

A `Backend` names the codecs and the device, so that a test runs the path of a GPU with a
processor's encoders by naming others. Plain values: nothing here opens anything.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from podium_worker.profiles import Codec

__all__ = [
    "CPU",
    "Backend",
    "Hardware",
    "driver_environment",
    "dump_backend",
    "nvidia",
    "parse_backend",
]


class Hardware(StrEnum):
    """Values are those of the settings."""

    CPU = "cpu"
    NVIDIA = "nvidia"


@dataclass(frozen=True, slots=True)
class Backend:
    """What one slot works on.

    `encoders` are FFmpeg's names by output codec; `accelerator` is FFmpeg's name of the device
    type that decodes, None for software; `device` is the driver's ordinal, None for the processor.
    """

    hardware: Hardware
    encoders: Mapping[Codec, str]
    accelerator: str | None = None
    device: int | None = None

    @property
    def name(self) -> str:
        """Name the device in snapshots and logs: `cpu`, `gpu0`."""
        return "cpu" if self.device is None else f"gpu{self.device}"


CPU = Backend(Hardware.CPU, MappingProxyType({Codec.H264: "libx264", Codec.H265: "libx265"}))
"""Software codecs."""

_NVENC = MappingProxyType({Codec.H264: "h264_nvenc", Codec.H265: "hevc_nvenc"})


def nvidia(device: int) -> Backend:
    """Return the NVDEC and NVENC of one GPU, by its ordinal in this container."""
    return Backend(Hardware.NVIDIA, _NVENC, accelerator="cuda", device=device)


def driver_environment() -> dict[str, str]:
    """Return the environment in which every process numbers the devices alike."""
    return os.environ | {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def dump_backend(backend: Backend) -> str:
    """Write a backend as the JSON that `parse_backend` reads, for another process."""
    return json.dumps(
        {
            "hardware": backend.hardware,
            "encoders": dict(backend.encoders),
            "accelerator": backend.accelerator,
            "device": backend.device,
        }
    )


def parse_backend(text: str | bytes) -> Backend:
    """Read what `dump_backend` wrote; the writer is trusted."""
    fields = json.loads(text)
    encoders = {Codec(codec): name for codec, name in fields["encoders"].items()}
    return Backend(
        Hardware(fields["hardware"]),
        MappingProxyType(encoders),
        accelerator=fields["accelerator"],
        device=fields["device"],
    )
