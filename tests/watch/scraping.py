"""How Prometheus finds Podium's parts, as the chart's monitors say it (pure).

Labels are those that the dashboards and alerts rely on.
"""

from pathlib import Path
from typing import Any

__all__ = ["scrape_config"]

_POD = "__meta_kubernetes_pod"
_LABELS = {
    "namespace": "__meta_kubernetes_namespace",
    "pod": f"{_POD}_name",
    "component": f"{_POD}_label_app_kubernetes_io_component",
    "name": f"{_POD}_label_app_kubernetes_io_instance",
    "pool": f"{_POD}_label_podium_video_pool",
}


def scrape_config(kubeconfig: Path, rules: Path, *, every: str = "2s") -> dict[str, Any]:
    """Return prometheus.yml for a server inside the cluster's network."""
    discovered = [{"role": "pod", "kubeconfig_file": str(kubeconfig)}]
    return {
        "global": {"scrape_interval": every, "evaluation_interval": every},
        "rule_files": [str(rules)],
        "scrape_configs": [
            {
                "job_name": "podium-operator",
                "honor_labels": True,
                "kubernetes_sd_configs": discovered,
                "relabel_configs": _kept("operator", "http"),
            },
            {
                "job_name": "podium",
                "kubernetes_sd_configs": discovered,
                "relabel_configs": [
                    *_kept("node|transcoder", "metrics"),
                    *(
                        {"source_labels": [meta], "target_label": to}
                        for to, meta in _LABELS.items()
                    ),
                ],
            },
        ],
    }


def _kept(components: str, port: str) -> list[dict[str, Any]]:
    wanted = {
        f"{_POD}_label_app_kubernetes_io_name": "podium",
        f"{_POD}_label_app_kubernetes_io_component": components,
        f"{_POD}_container_port_name": port,
    }
    return [
        {"source_labels": [meta], "regex": regex, "action": "keep"}
        for meta, regex in wanted.items()
    ]
