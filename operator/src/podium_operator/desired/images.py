"""Which image the data plane's pods run, and why an operator upgrade does not change it."""

__all__ = ["Pull", "pinned", "pull_of"]

from dataclasses import dataclass

from podium_operator.api.v1alpha1 import Image, Orchestrator
from podium_operator.desired.facts import Facts
from podium_operator.errors import InvalidSpecError


@dataclass(frozen=True, slots=True)
class Pull:
    """An image and how to get it. `reference` is what belongs into `status.image`."""

    reference: str
    policy: str
    secrets: tuple[str, ...]


def pinned(status_image: str | None, *, observed_generation: int, generation: int) -> str:
    """The image to stay with: status's own while the spec it was written for still stands."""
    return status_image or "" if observed_generation == generation else ""


def pull_of(orchestrator: Orchestrator, facts: Facts) -> Pull:
    """The worker image. Raises InvalidSpecError when nobody named one."""
    image = orchestrator.spec.image
    reference = _named(image) or facts.pinned_image or facts.image.reference
    if not reference:
        raise InvalidSpecError(
            "spec.image: no worker image is known: set spec.image.repository and spec.image.tag, "
            "or install the operator's chart with a worker image"
        )
    return Pull(
        reference=reference,
        policy=image.pull_policy or facts.image.pull_policy,
        secrets=tuple(dict.fromkeys((*facts.image.pull_secrets, *image.pull_secrets))),
    )


def _named(image: Image) -> str:
    if image.repository is None:
        return ""
    if image.digest is not None:
        return f"{image.repository}@{image.digest}"
    return f"{image.repository}:{image.tag}"
