"""KEDA on a cluster of ours: its own manifests, and its programs as images from scratch.

The manifests come out of KEDA's Go module, at the version that the programs are built from; the
admission webhook is left out. Nothing of KEDA lies in this repository.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from tests.devcluster.cluster import Cluster
from tests.devcluster.kubectl import Object
from tests.devcluster.pause_image import write_pause_image
from tests.devcluster.programs import ensure
from tests.devcluster.programs.cache import Cache, cache_root
from tests.devcluster.programs.catalogue import BUNDLES, Report
from tests.devcluster.programs.run import run
from tests.devcluster.programs.toolchain import find_go

__all__ = ["NAMESPACE", "install_keda"]

NAMESPACE = "keda"
_MODULE = "github.com/kedacore/keda/v2"
_PROGRAMS = ("keda", "keda-adapter")
_API_SERVICE = "v1beta1.external.metrics.k8s.io"
_WAIT_SECONDS = 300
_FIRST = {"Namespace", "CustomResourceDefinition"}


def install_keda(cluster: Cluster, *, report: Report = print) -> None:
    """Have a KEDA on the cluster whose metrics the API server serves; safe to call again."""
    if cluster.get("apiservice", _API_SERVICE) is None:
        programs = ensure((*_PROGRAMS, "kubectl"), report=report)
        _load_images(cluster, programs)
        report("keda: applying its manifests")
        objects = [*_manifests(programs["kubectl"], report)]
        cluster.apply([one for one in objects if one["kind"] in _FIRST])
        cluster.apply([one for one in objects if one["kind"] not in _FIRST])
    for name in ("keda-operator", "keda-metrics-apiserver"):
        cluster.wait_for(
            "deployment", name, _is_available, namespace=NAMESPACE, timeout_seconds=_WAIT_SECONDS
        )
    cluster.wait_for("apiservice", _API_SERVICE, _is_available, timeout_seconds=_WAIT_SECONDS)
    report("keda: serves")


def _load_images(cluster: Cluster, programs: dict[str, Path]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in _PROGRAMS:
            archive = Path(folder) / f"{name}.tar"
            write_pause_image(programs[name], _reference(name), archive, name=name)
            cluster.load_images([archive])
            archive.unlink()


def _manifests(kubectl: Path, report: Report) -> Iterator[Object]:
    bundle = next(bundle for bundle in BUNDLES if bundle.name == "keda")
    go = find_go(Cache(cache_root(os.environ) / "bin"), report=report)
    run([str(go), "mod", "download", _MODULE], limit_seconds=600, folder=bundle.module)
    asked = [str(go), "list", "-m", "-f", "{{.Dir}}", _MODULE]
    place = run(asked, limit_seconds=60, folder=bundle.module).strip()
    text = run([str(kubectl), "kustomize", f"{place}/config/default"], limit_seconds=60)
    for one in yaml.safe_load_all(text):
        if not one["metadata"]["name"].startswith("keda-admission"):
            yield _ours(one) if one["kind"] == "Deployment" else one


def _ours(deployment: dict[str, Any]) -> dict[str, Any]:
    """Take the image that was loaded here, and look sooner whether it is ready."""
    pod = deployment["spec"]["template"]["spec"]
    for container in pod["containers"]:
        program = container["command"][0].removeprefix("/")
        container |= {"image": _reference(program), "imagePullPolicy": "Never"}
        container["readinessProbe"] |= {"initialDelaySeconds": 1, "periodSeconds": 2}
        container["resources"] = {}
        if program == "keda":
            container["args"].append("--enable-webhook-patching=false")
    return deployment


def _reference(program: str) -> str:
    version = next(bundle.version for bundle in BUNDLES if bundle.name == "keda")
    return f"localhost/{program}:{version}"


def _is_available(found: Object | None) -> bool:
    conditions = ((found or {}).get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Available" and one["status"] == "True" for one in conditions)
