"""One kubectl, bound to one kubeconfig: run, parse, apply, and watch until something is so.

kubectl reads every kind of credentials that a kubeconfig can hold, so that the same calls work
on any cluster. Nothing here knows how the cluster came to be.
"""

import codecs
import json
import os
import selectors
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tests.devcluster.errors import KubectlError, WaitError

from podium_operator.yaml_text import to_yaml, to_yaml_documents

__all__ = ["Condition", "Kubectl", "Manifest", "Object", "written"]

Object: TypeAlias = dict[str, Any]
Manifest: TypeAlias = str | Path | Object | list[Object]
Condition: TypeAlias = Callable[[Object | None], object]

_PIECE_BYTES = 1 << 16
# An object that vanishes between the first look and the watch shows in no event: look again.
_LOOK_AGAIN_SECONDS = 2.0
_GONE = {"DELETED"}
_STEP_SECONDS = 0.1


def written(manifest: Manifest) -> str:
    """Turn text, a file, one object or several into what `kubectl apply -f -` reads."""
    match manifest:
        case str():
            return manifest
        case Path():
            return manifest.read_text()
        case dict():
            return to_yaml(manifest)
        case list():
            return to_yaml_documents(manifest)


@dataclass(frozen=True, slots=True)
class Kubectl:
    """A kubectl program and the kubeconfig it always gets."""

    program: Path
    kubeconfig: Path

    def command(self, *arguments: str, namespace: str | None = None) -> list[str]:
        """Build the argument list of one call."""
        place = [] if namespace is None else ["--namespace", namespace]
        return [str(self.program), "--kubeconfig", str(self.kubeconfig), *place, *arguments]

    def run(
        self,
        *arguments: str,
        namespace: str | None = None,
        stdin: str | None = None,
        timeout_seconds: float = 120,
    ) -> str:
        """Run to the end and return standard output; KubectlError carries standard error."""
        command = self.command(*arguments, namespace=namespace)
        try:
            done = subprocess.run(
                command,
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                text=True,
                timeout=timeout_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            message = f"kubectl {' '.join(arguments)} took longer than {timeout_seconds:g} s"
            raise KubectlError(message) from error
        if done.returncode:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def json(self, *arguments: str, namespace: str | None = None) -> Any:
        """Run with `-o json` and parse the answer; no answer is None."""
        text = self.run(*arguments, "-o", "json", namespace=namespace)
        return json.loads(text) if text.strip() else None

    def apply(self, manifest: Manifest, *, namespace: str | None = None) -> str:
        """Apply on the server's side and return what kubectl says of each object."""
        arguments = ("apply", "--server-side", "--force-conflicts", "-f", "-")
        return self.run(*arguments, namespace=namespace, stdin=written(manifest))

    def delete(self, manifest: Manifest, *, namespace: str | None = None) -> str:
        """Delete what a manifest names, without waiting; what is absent already is no error."""
        arguments = ("delete", "--ignore-not-found", "--wait=false", "-f", "-")
        return self.run(*arguments, namespace=namespace, stdin=written(manifest))

    def get(self, resource: str, name: str, *, namespace: str | None = None) -> Object | None:
        """Read one object; None when it does not exist."""
        answer: Object | None = self.json(
            "get", resource, name, "--ignore-not-found", namespace=namespace
        )
        return answer

    def wait_for(
        self,
        resource: str,
        name: str,
        condition: Condition,
        *,
        namespace: str | None = None,
        timeout_seconds: float = 120,
    ) -> Object | None:
        """Watch one object until the condition holds of it, and return it as it was then.

        The condition sees None while the object does not exist. It is looked once at least;
        WaitError after the time.
        """
        until = time.monotonic() + timeout_seconds
        while True:
            seen = self.get(resource, name, namespace=namespace)
            if condition(seen):
                return seen
            for seen in self._watch(resource, name, namespace=namespace, until=until):
                if condition(seen):
                    return seen
            if time.monotonic() >= until:
                break
        wanted = f"{resource}/{name} was not as wanted in {timeout_seconds:g} s"
        raise WaitError(f"{wanted}; it was last {json.dumps(seen)}")

    def await_api(self, *, timeout_seconds: float) -> None:
        """Ask for readiness until the API server grants it; WaitError if it does not in time."""
        question = ("--raw", "/readyz", "--request-timeout=2s")
        self._await_answer(*question, what="API server", timeout_seconds=timeout_seconds)

    def await_kind(self, resource: str, *, timeout_seconds: float = 90) -> None:
        """Ask for a kind until it is served, which it is a moment after it is established."""
        question = (resource, "--all-namespaces", "--output=name")
        self._await_answer(*question, what=resource, timeout_seconds=timeout_seconds)

    def _await_answer(self, *question: str, what: str, timeout_seconds: float) -> None:
        until = time.monotonic() + timeout_seconds
        while True:
            try:
                self.run("get", *question)
            except KubectlError as error:
                if time.monotonic() > until:
                    raise WaitError(f"no {what} in {timeout_seconds:g} s: {error}") from error
                time.sleep(_STEP_SECONDS)
            else:
                return

    def _watch(
        self, resource: str, name: str, *, namespace: str | None, until: float
    ) -> Iterator[Object | None]:
        arguments = ("get", resource, "--field-selector", f"metadata.name={name}")
        flags = ("--watch", "--output-watch-events", "-o", "json")
        command = self.command(*arguments, *flags, namespace=namespace)
        with _running(command) as process:
            for event in _events(process, until):
                yield None if event["type"] in _GONE else event["object"]


@contextmanager
def _running(command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _events(process: "subprocess.Popen[bytes]", until: float) -> Iterator[Object]:
    """Read the events as they come; ends with the process, in silence, or at `until`."""
    decoder, text = json.JSONDecoder(), ""
    letters = codecs.getincrementaldecoder("utf-8")("replace")  # a piece may end within a letter
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := until - time.monotonic()) > 0:
            if not selector.select(min(left, _LOOK_AGAIN_SECONDS)):
                return
            piece = os.read(process.stdout.fileno(), _PIECE_BYTES)
            if not piece:
                return
            text += letters.decode(piece)
            while (event := _next_event(decoder, text)) is not None:
                yield event[0]
                text = text[event[1] :]


def _next_event(decoder: json.JSONDecoder, text: str) -> tuple[Object, int] | None:
    start = len(text) - len(text.lstrip())
    try:
        return decoder.raw_decode(text, start)
    except ValueError:
        return None
