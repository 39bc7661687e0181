"""Where codecs run. Scaling, muxing and every rule of the engine are the same on all of them."""

from enum import StrEnum

__all__ = ["Hardware"]


class Hardware(StrEnum):
    """Values are those of the settings."""

    CPU = "cpu"
    NVIDIA = "nvidia"
