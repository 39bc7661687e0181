"""The host's way to its package index, handed to a build step as secrets.

pip's settings and the certificates it trusts are files in a private folder for the time of one
build. They are mounted, never copied: no layer, no argument and no log holds them.
"""

import ast
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from configparser import RawConfigParser
from contextlib import contextmanager
from pathlib import Path

from tests.devcluster.programs.run import run

__all__ = [
    "BUNDLE_INSIDE",
    "certificate_bundle",
    "parse_settings",
    "pip_secrets",
    "render_settings",
]

BUNDLE_INSIDE = "/run/secrets/ca_bundle"
_KEPT = ("extra-index-url", "index-url", "proxy", "retries", "timeout", "trusted-host")
_ENVIRONMENT = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
_USUAL = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)


@contextmanager
def pip_secrets() -> Iterator[dict[str, Path]]:
    """Yield secret names and files for a build; the files end with the block."""
    settings = parse_settings(
        run([sys.executable, "-m", "pip", "config", "list"], limit_seconds=180)
    )
    bundle = certificate_bundle(settings, os.environ)
    with tempfile.TemporaryDirectory(prefix="podium-pip-") as folder:
        secrets = {"pip_conf": Path(folder) / "pip_conf"}
        secrets["pip_conf"].write_text(render_settings(settings, has_bundle=bundle is not None))
        if bundle:
            secrets["ca_bundle"] = Path(folder) / "ca_bundle"
            secrets["ca_bundle"].write_bytes(bundle.read_bytes())
        yield secrets


def parse_settings(listing: str) -> dict[str, str]:
    """Read `pip config list`; the environment's values come last there, and win."""
    settings: dict[str, str] = {}
    for line in listing.splitlines():
        key, separator, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if separator and section in ("global", "install", ":env:"):
            settings[name] = str(ast.literal_eval(value))
    return settings


def render_settings(settings: Mapping[str, str], *, has_bundle: bool) -> str:
    """Write the settings that mean the same inside the build: addresses, not host paths."""
    lines = [f"{name} = {_indented(settings[name])}" for name in _KEPT if name in settings]
    lines += [f"cert = {BUNDLE_INSIDE}"] if has_bundle else []
    text = "\n".join(["[global]", *lines, ""])
    RawConfigParser().read_string(text)
    return text


def certificate_bundle(settings: Mapping[str, str], environment: Mapping[str, str]) -> Path | None:
    """Find the certificates that this host trusts: pip's, the environment's, the system's."""
    chosen = [settings.get("cert"), *(environment.get(name) for name in _ENVIRONMENT), *_USUAL]
    return next((Path(path) for path in chosen if path and Path(path).is_file()), None)


def _indented(value: str) -> str:
    return "\n  ".join(line.strip() for line in value.strip().splitlines())
