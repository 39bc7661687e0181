"""Take upstream's own release: verify its published checksum, unpack the programs named.

No retries and short waits: a machine without internet must come to the build within seconds.
"""

import http.client
import re
import shutil
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from tests.devcluster.programs.cache import digest_of
from tests.devcluster.programs.catalogue import Bundle, Release, Report, machine
from tests.devcluster.programs.errors import DamagedError, UnreachableError

__all__ = ["download", "published_digest"]

_WAIT_SECONDS = 5.0  # to connect, and between two pieces
_PIECE_BYTES = 1 << 20
_CHECKSUM_LIMIT_BYTES = 1 << 16
_ARCHIVE_LIMIT_BYTES = 1 << 30


def download(bundle: Bundle, directory: Path, *, report: Report) -> None:
    """Put a bundle's programs into a directory.

    Raises:
        UnreachableError: no answer from upstream.
        DamagedError: an answer that is not the release.
    """
    for template in bundle.releases:
        release = template.filled(bundle.version, machine())
        report(f"{bundle.folder}: trying {release.url}")
        _take(release, directory)


def published_digest(text: str, file_name: str) -> str:
    """Read a checksum file: one digest alone, or lines of digest and file name."""
    for line in text.splitlines():
        words = line.replace("*", " ").split()
        if words and re.fullmatch(r"[0-9a-f]{64}", words[0]):
            named = Path(words[-1]).name
            if len(words) == 1 or named == file_name:
                return words[0]
    raise DamagedError(f"no SHA-256 of {file_name!r} in its checksum file")


def _take(release: Release, directory: Path) -> None:
    name = release.url.rsplit("/", 1)[1]
    # The checksum comes first: it is small, and shows at once whether upstream is there.
    with _open(release.checksum_url) as answer:
        wanted = published_digest(answer.read(_CHECKSUM_LIMIT_BYTES).decode(errors="replace"), name)
    draft = directory / f".{name}"
    try:
        _save(release.url, draft)
        if (found := digest_of(draft)) != wanted:
            raise DamagedError(f"{name} has SHA-256 {found}, its release says {wanted}")
        _unpack(draft, release, directory)
    finally:
        draft.unlink(missing_ok=True)


def _open(url: str) -> http.client.HTTPResponse:
    try:
        answer = urllib.request.urlopen(url, timeout=_WAIT_SECONDS)  # noqa: S310 - our own table
    except urllib.error.HTTPError as error:
        error.close()
        raise DamagedError(f"{url} answers {error.code}") from error
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"{url} cannot be reached: {error}") from error
    assert isinstance(answer, http.client.HTTPResponse)
    return answer


def _save(url: str, path: Path) -> None:
    size = 0
    try:
        with _open(url) as answer, path.open("wb") as file:
            while piece := answer.read(_PIECE_BYTES):
                size += len(piece)
                if size > _ARCHIVE_LIMIT_BYTES:
                    raise DamagedError(f"{url} is larger than {_ARCHIVE_LIMIT_BYTES} bytes")
                file.write(piece)
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"{url} broke off after {size} bytes: {error}") from error


def _unpack(file: Path, release: Release, directory: Path) -> None:
    for program, member in release.members.items():
        target = directory / program
        if member:
            _extract(file, member, target)
        else:
            shutil.move(file, target)
        target.chmod(0o755)


def _extract(archive: Path, member: str, target: Path) -> None:
    try:
        with tarfile.open(archive) as tar:
            source = tar.extractfile(member)
            if source is None:
                raise DamagedError(f"{member} in {archive.name} is no file")
            with source, target.open("wb") as out:
                shutil.copyfileobj(source, out)
    except (KeyError, tarfile.TarError) as error:
        raise DamagedError(f"{archive.name} has no {member}: {error}") from error
