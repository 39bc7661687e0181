"""Small segments that lie beside the code: what a starting transcoder tries itself on.

They are read, not made, so that a pod that starts loads no encoder for them. tests/media/specimens
says what is in each, and makes them anew.
"""

from importlib.resources import files

__all__ = ["specimen"]

_FOLDER = files("podium_worker.transcoder") / "specimens"


def specimen(name: str) -> bytes:
    """Return a segment by its file's name, such as `h264-720p.ts`."""
    return (_FOLDER / name).read_bytes()
