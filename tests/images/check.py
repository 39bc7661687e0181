"""What must be true of the two images, tried on their own file systems: `make image-check`."""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from tests.devcluster.images import Image
from tests.devcluster.images.recipe import REPOSITORY
from tests.images.confinement import ConfinedError, run_confined
from tests.images.filesystem import FileSystem, lay_out

__all__ = ["CHECKS", "Check", "Finding", "check", "laid_out"]

_LABELS = ("title", "version", "licenses", "vendor", "description")
# Compilers, and whatever fetches packages.
_TOOLS = {"cc", "gcc", "g++", "ld", "make", "go", "cargo", "pip", "pip3", "uv", "git", "curl"}
_INDEX_FILES = ("etc/pip.conf", "tmp/.config/pip/pip.conf", "root/.pip/pip.conf")
_PACKAGE_LISTS = "var/lib/apt/lists"
_TRANSCODER_READY = """
import signal, subprocess, sys, time, urllib.request
part = subprocess.Popen(["podium-worker", "transcoder"])
until = time.monotonic() + 240
while part.poll() is None and time.monotonic() < until:
    try:
        urllib.request.urlopen("http://127.0.0.1:6935/readyz", timeout=5).read()
        break
    except OSError:
        time.sleep(0.25)
else:
    sys.exit("the transcoder's start-up test was not passed")
part.send_signal(signal.SIGTERM)
sys.exit(part.wait(timeout=60))
"""


class _UnfitError(Exception):
    """The image is not as it must be; the text says what it is instead."""


@dataclass(frozen=True, slots=True)
class Check:
    """One claim about one image, or about each (`target` is None)."""

    claim: str
    prove: Callable[[FileSystem], str]
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check: `fault` is "" where it holds, `shown` what proved it."""

    target: str
    claim: str
    shown: str
    fault: str = ""


def check(image: Image, system: FileSystem) -> Iterator[Finding]:
    """Try every claim about one image; none is left out because another failed."""
    target = image.name.rpartition("-")[2]
    for one in CHECKS:
        if one.target not in {None, target}:
            continue
        try:
            yield Finding(target, one.claim, one.prove(system))
        except (ConfinedError, _UnfitError) as error:
            yield Finding(target, one.claim, "", str(error))


@contextmanager
def laid_out(image: Image) -> Iterator[FileSystem]:
    """Give an image's file system in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="podium-image-", dir="/var/tmp") as folder:
        root = Path(folder) / "root"
        root.mkdir()
        yield lay_out(image, root)


def _runs_as_nobody(system: FileSystem) -> str:
    user = str(system.config.get("User"))
    if user.partition(":")[0] in {"", "0", "root", "None"}:
        raise _UnfitError(f"it runs as {user!r}")
    return run_confined(system, ["python", "-c", "import os; print(os.getuid(), os.getgid())"])


def _has_no_tools(system: FileSystem) -> str:
    found = [*system.find(_TOOLS), *(f for f in _INDEX_FILES if (system.root / f).exists())]
    lists = system.root / _PACKAGE_LISTS
    found += [str(path) for path in lists.rglob("*_Packages*")] if lists.is_dir() else []
    if found:
        raise _UnfitError(f"it carries {', '.join(found)}")
    return "no compiler, no package tool, no package list"


def _is_labelled(system: FileSystem) -> str:
    labels = system.config.get("Labels") or {}
    missing = [name for name in _LABELS if not labels.get(f"org.opencontainers.image.{name}")]
    if missing:
        raise _UnfitError(f"labels are missing: {', '.join(missing)}")
    return ", ".join(f"{name}={labels[f'org.opencontainers.image.{name}']}" for name in _LABELS[:4])


def _writes_nowhere(system: FileSystem) -> str:
    writable = "import os,sys; sys.exit(any(os.access(p, os.W_OK) for p in ('/opt','/usr','/etc')))"
    run_confined(system, ["python", "-c", writable])
    return "/opt, /usr and /etc are closed to its user"


def _says_version(*command: str) -> Callable[[FileSystem], str]:
    return lambda system: run_confined(system, command).strip()


def _prints_definition(system: FileSystem) -> str:
    committed = REPOSITORY / "manifests" / "crd" / "podium.video_orchestrators.yaml"
    if run_confined(system, ["podium-operator", "crds"]) != committed.read_text():
        raise _UnfitError(f"it prints another definition than {committed.name}: run make crd")
    return "the committed definition"


def _passes_start_up_test(system: FileSystem) -> str:
    run_confined(system, ["python", "-c", _TRANSCODER_READY])
    return "ready, and ended by SIGTERM with status 0"


def _transcodes(system: FileSystem) -> str:
    clip = system.root / "opt" / "clip.ts"
    copyfile(_specimen(), clip)
    clip.chmod(0o644)
    how = ["--ladder", "360p,240p", "--out", "/tmp/out", "--json"]  # noqa: S108 - the image's own
    text = run_confined(system, ["podium-worker", "transcode", "/opt/clip.ts", *how])
    report = json.loads(text)
    return ", ".join(sorted(report)[:6])


def _specimen() -> Path:
    """Take a segment that the worker carries for its own start-up test."""
    return next(iter(sorted((REPOSITORY / "worker" / "src").rglob("*.ts"))))


CHECKS: Iterable[Check] = (
    Check("it runs as a user without rights", _runs_as_nobody),
    Check("it runs on a read-only root", _writes_nowhere),
    Check("its last stage brings no tools", _has_no_tools),
    Check("it says what it is", _is_labelled),
    Check("it starts", _says_version("podium-operator", "version"), "operator"),
    Check("its command line starts", _says_version("podium", "--help"), "operator"),
    Check("it knows its definition", _prints_definition, "operator"),
    Check("it starts", _says_version("podium-worker", "--version"), "worker"),
    Check("the queue's server starts", _says_version("nats-server", "--version"), "worker"),
    Check("the transcoder passes its start-up test", _passes_start_up_test, "worker"),
    Check("it transcodes", _transcodes, "worker"),
)
