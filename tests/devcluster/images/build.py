"""Build the project's images, or find that they are built.

One layout in the cache holds them all; one process writes to it at a time.
"""

import os
import time
from collections.abc import Iterable, Mapping

from tests.devcluster.images.base import Base, ensure_base
from tests.devcluster.images.engine import Engine, find_engine
from tests.devcluster.images.hostpip import pip_secrets
from tests.devcluster.images.layout import Layout
from tests.devcluster.images.recipe import TARGETS, Image, source_tag
from tests.devcluster.programs.cache import Cache, cache_root
from tests.devcluster.programs.catalogue import Report
from tests.devcluster.programs.errors import ProgramsError

__all__ = ["build", "newest"]

_KEPT = 6


def build(
    targets: Iterable[str] = TARGETS,
    *,
    report: Report = print,
    environment: Mapping[str, str] = os.environ,
) -> list[Image]:
    """Return the images of `operator` and `worker` for the sources as they are now.

    Seconds when a source changed, milliseconds when none did; the first time, minutes. The base
    is `BASE_IMAGE`'s, or a small Debian made here.

    Raises:
        ProgramsError: no engine, or a build failed; the message ends with its last lines.
    """
    wanted = list(dict.fromkeys(targets))
    if unknown := [target for target in wanted if target not in TARGETS]:
        raise ProgramsError(f"unknown images {unknown!r}; known: {', '.join(TARGETS)}")
    base = ensure_base(report=report, environment=environment)
    cache = Cache(cache_root(environment) / "images")
    layout = Layout(cache.root / "oci")
    with cache.locked("oci", lambda: report("images: another process is building; waiting")):
        images = [_image(target, base, layout) for target in wanted]
        missing = {
            target: image
            for target, image in zip(wanted, images, strict=True)
            if not layout.holds(image.reference)
        }
        if missing:
            engine = find_engine(cache_root(environment) / "containers", report=report)
            _build(missing, engine, base, report)
            layout.prune(newest(layout.references(), _KEPT))
            engine.forget(layout.references().keys(), base)
    return images


def newest(references: Iterable[str], count: int) -> set[str]:
    """Choose the last `count` references of each name, given in the order they were made."""
    by_name: dict[str, list[str]] = {}
    for reference in references:
        by_name.setdefault(reference.rpartition(":")[0], []).append(reference)
    return {reference for made in by_name.values() for reference in made[-count:]}


def _image(target: str, base: Base, layout: Layout) -> Image:
    return Image(f"localhost/podium-{target}", source_tag(target, base.identity), layout.root)


def _build(images: Mapping[str, Image], engine: Engine, base: Base, report: Report) -> None:
    with pip_secrets() as secrets:
        for target, image in images.items():
            started = time.monotonic()
            report(f"{image.reference}: building")
            engine.build(target, image.reference, base, secrets)
            engine.export(image.reference, Layout(image.layout))
            report(f"{image.reference}: built in {time.monotonic() - started:.1f} s")
