"""How the nursery and its seed speak of a fork. Neither loads what the other needs for it."""

import struct

__all__ = ["NO_CHILD", "PID", "REQUEST_BYTES"]

PID = struct.Struct(">i")
NO_CHILD = 0
"""Sent in the place of a number when the system has no process to give."""
REQUEST_BYTES = 4096
