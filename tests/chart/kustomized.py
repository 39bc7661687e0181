"""manifests/base and manifests/overlays, made of what the chart renders. Pure but for Helm.

The base is what every preset has alike; an overlay adds its own objects and patches the others to
what the chart makes of its preset. A component holds what is added to any of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from tests.chart.render import CHART, render

from podium_operator.yaml_text import to_yaml

__all__ = [
    "COMPONENTS",
    "NAMESPACE",
    "OVERLAYS",
    "PLACEHOLDERS",
    "VARIABLES_FILE",
    "files",
    "path_from_root",
    "plain",
    "preset",
]

Object = dict[str, Any]
Key = tuple[str, str]

NAMESPACE: Final = "podium-system"
OVERLAYS: Final = {
    "default": (),
    "namespaced": ("namespaced",),
    "high-availability": ("high-availability",),
}
_BUILT_ON: Final = {"high-availability": "default"}
COMPONENTS: Final = {"monitoring": ("monitored",)}
# Names that no registry can have, so that an image that nobody set is never pulled from one.
PLACEHOLDERS: Final = ("registry.invalid/podium-operator", "registry.invalid/podium-worker")
_OF_HELM = {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": ""}
_MADE = "# Made by `make chart` from charts/podium. Change the chart, not this file.\n"
VARIABLES_FILE: Final = "images-in-variables.yaml"
_VARIABLES = "spec/template/spec/containers[]/env[]/value"


@cache
def preset(*names: str) -> dict[Key, Object]:
    """Return what the chart makes of presets, as kubectl would be given it."""
    flags = [f"--values={CHART / 'presets' / f'{name}.yaml'}" for name in names]
    repositories = zip(("image", "workerImage"), PLACEHOLDERS, strict=True)
    images = [f"--set={value}.repository={name}" for value, name in repositories]
    objects = render(namespace=NAMESPACE, images=images, arguments=flags)
    return {_key(one): plain(one) for one in objects if _is_plain(one)}


def plain(body: Mapping[str, Any]) -> Object:
    """Take out what only Helm says of an object."""
    return {key: _plain(value) for key, value in body.items() if not _is_of_helm(key, value)}


def files() -> dict[str, str]:
    """Return every generated file: its path below manifests/, and its content."""
    overlays = {name: preset(*presets) for name, presets in OVERLAYS.items()}
    first = overlays["default"]
    common = [key for key in first if all(key in objects for objects in overlays.values())]
    base = {key: first[key] for key in common}
    made = _folder("base", base) | {"base/kustomization.yaml": _kustomization(base)}
    for name, objects in overlays.items():
        below = _BUILT_ON.get(name)
        made |= _overlay(name, objects, below=overlays[below] if below else base)
    for name, presets in COMPONENTS.items():
        made |= _component(name, preset(*presets), first)
    return made


def path_from_root(target: Path, folder: Path) -> str:
    """Write a path as a kustomization takes it, which must be relative: up to the root and down."""
    return "/".join([".."] * (len(folder.resolve().parts) - 1)) + str(target.resolve())


def _overlay(
    name: str, objects: Mapping[Key, Object], *, below: Mapping[Key, Object]
) -> dict[str, str]:
    """Make one overlay of what it adds to, and changes in, what lies below it."""
    at, parent = f"overlays/{name}", _BUILT_ON.get(name)
    own = {key: one for key, one in objects.items() if key not in below}
    if parent is None:
        own[_key(_namespace())] = _namespace()
    changes = {
        key: [*_operations(below[key], one, "")] for key, one in objects.items() if key in below
    }
    changes = {key: operations for key, operations in changes.items() if operations}
    patches = [
        {"path": f"patch-{_file(key)}", "target": {"kind": key[0], "name": key[1]}}
        for key in changes
    ]
    kustomization = _kustomization(
        own,
        below=[f"../{parent}"] if parent else ["../../crd", "../../base"],
        namespace=NAMESPACE,
        patches=patches,
        configurations=[VARIABLES_FILE],
        images=[{"name": name, "newName": name, "newTag": _version()} for name in PLACEHOLDERS],
    )
    return {
        **_folder(at, own),
        **{f"{at}/patch-{_file(key)}": _text(changed) for key, changed in changes.items()},
        f"{at}/{VARIABLES_FILE}": _text({"images": [{"kind": "Deployment", "path": _VARIABLES}]}),
        f"{at}/kustomization.yaml": kustomization,
    }


def _component(
    name: str, objects: Mapping[Key, Object], without: Mapping[Key, Object]
) -> dict[str, str]:
    """Make what any overlay can take in; alerts lie in the chart, for every Prometheus to load."""
    at = f"components/{name}"
    own = {k: one for k, one in objects.items() if k not in without and k[0] != "PrometheusRule"}
    version = "kustomize.config.k8s.io/v1alpha1"
    text = _kustomization(own, apiVersion=version, kind="Component")
    return _folder(at, own) | {f"{at}/kustomization.yaml": text}


def _operations(before: Any, after: Any, at: str) -> Iterator[Object]:
    """Say by JSON patch (RFC 6902) how one value becomes another; lists change as a whole."""
    if before == after:
        return
    if not (isinstance(before, dict) and isinstance(after, dict)):
        yield from _list_operations(before, after, at)
        return
    for key in {**before, **after}:
        path = f"{at}/{key.replace('~', '~0').replace('/', '~1')}"
        if key not in after:
            yield {"op": "remove", "path": path}
        elif key not in before:
            yield {"op": "add", "path": path, "value": after[key]}
        else:
            yield from _operations(before[key], after[key], path)


def _list_operations(before: Any, after: Any, at: str) -> Iterator[Object]:
    both = isinstance(before, list) and isinstance(after, list)
    if not both or len(before) != len(after):
        yield {"op": "replace", "path": at, "value": after}
        return
    for index, (one, other) in enumerate(zip(before, after, strict=True)):
        yield from _operations(one, other, f"{at}/{index}")


def _kustomization(
    objects: Mapping[Key, Object], *, below: Sequence[str] = (), **fields: Any
) -> str:
    header = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    resources = [*below, *(_file(key) for key in objects)]
    said = {name: value for name, value in fields.items() if value}
    return _text(header | said | {"resources": resources})


def _folder(at: str, objects: Mapping[Key, Object]) -> dict[str, str]:
    return {f"{at}/{_file(key)}": _text(one) for key, one in objects.items()}


def _file(key: Key) -> str:
    kind, name = key
    return f"{kind.lower()}-{name}.yaml"


def _text(body: object) -> str:
    return _MADE + to_yaml(body, width=100)


def _key(body: Mapping[str, Any]) -> Key:
    return body["kind"], body["metadata"]["name"]


def _is_plain(body: Mapping[str, Any]) -> bool:
    """Whether the object stays: no hook of Helm's, and not the definition, which lies in crd/."""
    hooks = body["metadata"].get("annotations") or {}
    return "helm.sh/hook" not in hooks and body["kind"] != "CustomResourceDefinition"


def _is_of_helm(key: str, value: object) -> bool:
    """Whether it is a label by which Helm knows what it made; our own pods have such labels too."""
    return key in _OF_HELM and isinstance(value, str) and value.startswith(_OF_HELM[key])


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return plain(value) if isinstance(value, dict) else value


def _namespace() -> Object:
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": labels},
    }


def _version() -> str:
    return str(yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"])
