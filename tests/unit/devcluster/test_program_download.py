"""A release is taken only when it is the one whose checksum upstream publishes."""

import hashlib
import io
import socket
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.devcluster.programs.catalogue import Bundle, Release
from tests.devcluster.programs.download import download, published_digest
from tests.devcluster.programs.errors import DamagedError, UnreachableError

DIGEST = "a" * 64
PROGRAM = b"\x7fELF program"


@contextmanager
def _upstream(files: dict[str, bytes]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _archive(member: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        info = tarfile.TarInfo(member)
        info.size = len(PROGRAM)
        tar.addfile(info, io.BytesIO(PROGRAM))
    return out.getvalue()


def _bundle(url: str, file: str, member: str) -> Bundle:
    release = Release(f"{url}/{file}", f"{url}/sums", {"etcd": member})
    return Bundle("etcd", "1", ("etcd",), {}, (release,))


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


@pytest.mark.parametrize(
    ("file", "content", "member"),
    [
        pytest.param("etcd", PROGRAM, "", id="a program by itself"),
        pytest.param("etcd.tgz", _archive("bin/etcd"), "bin/etcd", id="a program in an archive"),
    ],
)
def test_verified_release_becomes_an_executable(
    tmp_path: Path, file: str, content: bytes, member: str
) -> None:
    with _upstream({f"/{file}": content, "/sums": _digest(content)}) as url:
        download(_bundle(url, file, member), tmp_path, report=lambda _: None)

    assert (tmp_path / "etcd").read_bytes() == PROGRAM
    assert (tmp_path / "etcd").stat().st_mode & 0o777 == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["etcd"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param(
            {"/etcd.tgz": b"other", "/sums": DIGEST.encode()},
            f"its release says {DIGEST}",
            id="a file of another digest",
        ),
        pytest.param({"/etcd.tgz": b"x"}, "answers 404", id="no checksum"),
        pytest.param({"/sums": DIGEST.encode()}, "answers 404", id="no file"),
        pytest.param(
            {"/etcd.tgz": b"x", "/sums": b"<html>hello</html>"},
            "no SHA-256 of 'etcd.tgz'",
            id="a page in the checksum's place",
        ),
        pytest.param(
            {"/etcd.tgz": _archive("x"), "/sums": _digest(_archive("x"))},
            "has no bin/etcd",
            id="an archive without the program",
        ),
        pytest.param(
            {"/etcd.tgz": b"text", "/sums": _digest(b"text")},
            "has no bin/etcd",
            id="a file that is no archive",
        ),
    ],
)
def test_anything_else_than_the_release_is_refused(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    bundle_file = "etcd.tgz"
    with (
        _upstream(files) as url,
        pytest.raises(DamagedError, match=message),
    ):
        download(_bundle(url, bundle_file, "bin/etcd"), tmp_path, report=lambda _: None)

    assert list(tmp_path.iterdir()) == []


def test_upstream_that_does_not_answer_is_unreachable(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, so that nobody else listens there meanwhile
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"

        with pytest.raises(UnreachableError, match="cannot be reached"):
            download(_bundle(url, "etcd", ""), tmp_path, report=lambda _: None)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(DIGEST, id="a digest alone"),
        pytest.param(f"{DIGEST}\n", id="a digest and a newline"),
        pytest.param(f"{'b' * 64}  other\n{DIGEST}  file\n", id="a list"),
        pytest.param(f"{DIGEST} *file", id="a binary-mode mark"),
        pytest.param(f"{DIGEST}  ./release/file", id="a path"),
    ],
)
def test_published_digest_is_read_in_every_usual_form(text: str) -> None:
    assert published_digest(text, "file") == DIGEST


@pytest.mark.parametrize("text", ["", "file", DIGEST[:-1], f"{DIGEST}  other", DIGEST.upper()])
def test_checksum_file_without_the_files_digest_is_refused(text: str) -> None:
    with pytest.raises(DamagedError, match="no SHA-256 of 'file'"):
        published_digest(text, "file")
