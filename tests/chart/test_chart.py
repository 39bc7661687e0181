"""The chart: what it renders, what it refuses, and that it fits the operator it installs."""

import re
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from tests.chart.helms import HELMS, Helm
from tests.chart.render import (
    CHART,
    IMAGES,
    ORCHESTRATOR_CHART,
    HelmError,
    documents,
    helm,
    render,
    run_helm,
)

from podium_operator import __version__
from podium_operator.access import LEASE_VERBS, NOTICE_PERMISSIONS, PERMISSIONS
from podium_operator.notices import Marks
from podium_operator.settings import Settings, read_settings

Object = dict[str, Any]

PAGES = [
    CHART / "README.md",
    ORCHESTRATOR_CHART / "README.md",
    CHART.parents[1] / "manifests" / "README.md",
    Path(__file__).with_name("README.md"),
]
SCOPES = [
    pytest.param((), id="the whole cluster"),
    pytest.param(("scope.mode=release",), id="the release's own namespace"),
    pytest.param(("scope.mode=namespaces", "scope.namespaces={a,b}"), id="two namespaces"),
]
NO_LOOK = ("spotNotices.enabled=false",)
NO_MARKS = ("spotNotices.taints=null", "spotNotices.conditions=null")
BLIND = [
    pytest.param(NO_LOOK, id="no look at nodes"),
    pytest.param(NO_MARKS, id="no marks"),
]
MATRIX = [
    *SCOPES,
    *BLIND,
    pytest.param(("replicas=1",), id="one replica"),
    pytest.param(("crds.install=false",), id="without the definition"),
    pytest.param(("serviceAccount.create=false", "serviceAccount.name=mine"), id="own account"),
    pytest.param(("imagePullSecrets={one,two}", "log.format=text"), id="registry credentials"),
    pytest.param(("rbac.aggregate=false",), id="no roles for people"),
    pytest.param(("networkPolicy.enabled=false",), id="no network policy"),
    pytest.param(
        (
            "networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.team=watch",
            "networkPolicy.egress[0].ports[0].port=443",
        ),
        id="narrow network",
    ),
    pytest.param(("extraEnv[0].name=HTTPS_PROXY", "extraEnv[0].value=http://p:1"), id="a proxy"),
    pytest.param(("spread.nodes=DoNotSchedule", "replicas=3"), id="strict spread"),
    pytest.param(
        (
            "podLabels.team=video",
            "podAnnotations.note=x",
            "nodeSelector.disk=fast",
            "priorityClassName=high",
            "tolerations[0].key=a",
            "tolerations[0].operator=Exists",
        ),
        id="placement",
    ),
]


def _one(objects: list[Object], kind: str, name: str | None = None) -> Object:
    found = [o for o in objects if o["kind"] == kind and name in {None, o["metadata"]["name"]}]
    assert len(found) == 1, [o["metadata"]["name"] for o in found]
    return found[0]


def _environment(deployment: Object) -> dict[str, str]:
    """Return the container's variables, as the kubelet fills them in."""
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    fields = {"metadata.name": "podium-0", "metadata.namespace": "podium-system"}
    return {
        one["name"]: one["value"]
        if "value" in one
        else fields[one["valueFrom"]["fieldRef"]["fieldPath"]]
        for one in container["env"]
    }


def _granted(rules: list[Object]) -> dict[tuple[str, str], set[str]]:
    granted: dict[tuple[str, str], set[str]] = {}
    for rule in rules:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                granted.setdefault((group, resource), set()).update(rule["verbs"])
    return granted


def _needed(*, heeds_notices: bool) -> dict[tuple[str, str], set[str]]:
    needed = {("podium.video", "orchestrators/finalizers"): {"update"}}
    for table in (PERMISSIONS, NOTICE_PERMISSIONS) if heeds_notices else (PERMISSIONS,):
        for (kind, subresource), verbs in table.items():
            resource = kind.plural + (f"/{subresource}" if subresource else "")
            needed.setdefault((kind.group, resource), set()).update(verbs)
    return needed


# The other sets of values meet a real API server: tests/cluster/test_chart_objects.py.
@pytest.mark.parametrize("values", SCOPES)
def test_every_object_is_what_kubernetes_takes(values: tuple[str, ...]) -> None:
    objects = render(*values)

    assert objects
    for one in objects:
        if one["kind"] != "CustomResourceDefinition":
            kubernetes_validate.validate(one, "1.36", strict=True)


@pytest.mark.parametrize("values", SCOPES)
def test_both_helms_render_the_same(values: tuple[str, ...]) -> None:
    sets = [f"--set={value}" for value in values]
    command = ("template", "podium", str(CHART), *IMAGES, *sets)

    first, second = (documents(run_helm(one.find(), *command)) for one in HELMS)

    assert first == second


@pytest.mark.parametrize("values", MATRIX)
def test_lint_finds_nothing(values: tuple[str, ...]) -> None:
    sets = [f"--set={value}" for value in values]

    report = helm("lint", "--strict", str(CHART), *IMAGES, *sets)

    assert "1 chart(s) linted, 0 chart(s) failed" in report


@pytest.mark.parametrize(
    ("images", "said"),
    [
        pytest.param((), "image.repository is not set", id="no operator image"),
        pytest.param(IMAGES[:1], "workerImage.repository is not set", id="no worker image"),
    ],
)
def test_an_image_that_is_not_named_is_asked_for_in_one_line(
    images: tuple[str, ...], said: str
) -> None:
    with pytest.raises(HelmError) as refusal:
        render(images=images)

    first, *rest = str(refusal.value).strip().splitlines()
    assert said in first
    assert "--set" in first
    assert [line for line in rest if line.strip()] == [
        "Use --debug flag to render out invalid YAML"
    ]


@pytest.mark.parametrize("values", [*SCOPES, *BLIND])
def test_the_operator_may_do_exactly_what_it_needs(values: tuple[str, ...]) -> None:
    objects = render(*values)
    variables = _environment(_one(objects, "Deployment"))

    roles = [
        one
        for one in objects
        if one["kind"] in {"Role", "ClusterRole"}
        and not one["metadata"]["name"].endswith(("-lease", "-view", "-edit"))
    ]

    assert roles
    needed = _needed(heeds_notices=read_settings(variables).heeds_notices)
    assert all(_granted(role["rules"]) == needed for role in roles)


def test_nodes_are_seen_by_the_whole_clusters_operator_unless_it_is_told_not_to() -> None:
    settings = [
        read_settings(_environment(_one(render(*values), "Deployment")))
        for values in ((), NO_LOOK, NO_MARKS, ("scope.mode=release",))
    ]

    assert [one.heeds_notices for one in settings] == [True, False, False, False]


def test_marks_are_the_operators_own_until_others_are_given() -> None:
    usual = read_settings(_environment(_one(render(), "Deployment")))
    others = ("spotNotices.taints={a/b,c}", "spotNotices.conditions=null")
    own = read_settings(_environment(_one(render(*others), "Deployment")))

    assert usual.marks == Marks()
    assert own.marks == Marks(frozenset({"a/b", "c"}), frozenset())


def test_the_lease_is_granted_by_name_in_the_own_namespace_only() -> None:
    role = _one(render(), "Role", "podium-lease")

    assert _granted(role["rules"]) == {("coordination.k8s.io", "leases"): set(LEASE_VERBS)}
    assert [rule.get("resourceNames") for rule in role["rules"]] == [
        None,
        [Settings().lease_name],
    ]
    assert role["metadata"]["namespace"] == "podium-system"


@pytest.mark.parametrize("values", SCOPES[1:])
def test_a_namespaced_install_grants_nothing_cluster_wide(values: tuple[str, ...]) -> None:
    kinds = {one["kind"] for one in render(*values)}

    assert kinds.isdisjoint({"ClusterRole", "ClusterRoleBinding"})


@pytest.mark.parametrize(
    ("values", "namespaces"),
    [
        pytest.param((), (), id="the whole cluster"),
        pytest.param(("scope.mode=release",), ("podium-system",), id="the release's own"),
        pytest.param(("scope.mode=namespaces", "scope.namespaces={a,b}"), ("a", "b"), id="a list"),
    ],
)
def test_the_operator_understands_its_environment(
    values: tuple[str, ...], namespaces: tuple[str, ...]
) -> None:
    objects = render(*values, "imagePullSecrets={one,two}", "endpointProbe.periodSeconds=7")

    settings = read_settings(_environment(_one(objects, "Deployment")))

    assert settings.namespaces == namespaces
    assert settings.worker_image == "example/worker:0.1.0"
    assert settings.worker_image_pull_secrets == ("one", "two")
    assert settings.endpoint_probe_seconds == 7


def test_the_operator_recognises_its_own_pods() -> None:
    deployment = _one(render(), "Deployment")

    pairs = _environment(deployment)["PODIUM_POD_LABELS"].split(",")

    assert dict(pair.split("=") for pair in pairs) == deployment["spec"]["selector"]["matchLabels"]


def test_only_the_charts_own_variables_reach_the_operator() -> None:
    pod = _one(render(), "Deployment")["spec"]["template"]["spec"]

    assert pod["enableServiceLinks"] is False


def test_a_digest_wins_over_a_tag() -> None:
    digest = "sha256:" + "0" * 64

    deployment = _one(render(f"image.digest={digest}", "image.tag=v9"), "Deployment")

    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == f"example/operator@{digest}"


def test_the_pod_is_restricted() -> None:
    pod = _one(render(), "Deployment")["spec"]["template"]["spec"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "privileged": False,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"]
        assert not container["image"].endswith(":latest")


def test_two_replicas_are_the_default_and_are_never_evicted_together() -> None:
    objects = render()

    assert _one(objects, "Deployment")["spec"]["replicas"] == 2
    budget = _one(objects, "PodDisruptionBudget")["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_the_definition_stays_when_the_chart_goes() -> None:
    definition = _one(render(), "CustomResourceDefinition")

    assert definition["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_one_version_stands_everywhere() -> None:
    root = CHART.parents[1]
    versions = {
        "charts": {
            yaml.safe_load((chart / "Chart.yaml").read_text())["appVersion"]
            for chart in (CHART, ORCHESTRATOR_CHART)
        },
        "Dockerfile": set(
            re.findall(r"^ARG VERSION=(.+)$", (root / "Dockerfile").read_text(), re.MULTILINE)
        ),
        "distributions": {
            tomllib.loads((root / part / "pyproject.toml").read_text())["project"]["version"]
            for part in ("operator", "worker")
        },
    }

    assert set().union(*versions.values()) == {__version__}, versions


def test_removing_is_explained_where_installing_ends() -> None:
    notes = Path(CHART / "templates" / "NOTES.txt").read_text()

    assert "kubectl delete orchestrators" in notes
    assert "helm -n {{ .Release.Namespace }} uninstall" in notes
    assert "their stake stay as they are" in " ".join(notes.split())


@pytest.mark.parametrize("chart", [CHART, ORCHESTRATOR_CHART], ids=lambda chart: chart.name)
@pytest.mark.parametrize("one", HELMS, ids=str)
def test_a_package_fits_into_the_secret_that_helm_keeps_it_in(
    one: Helm, chart: Path, tmp_path: Path
) -> None:
    run_helm(one.find(), "package", str(chart), f"--destination={tmp_path}")

    (package,) = tmp_path.iterdir()
    # A release holds the chart and what it rendered, in a Secret of at most 1 MiB, as base64.
    assert package.stat().st_size < 300_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())

    assert targets
    assert [target for target in targets if not (page.parent / target).exists()] == []
