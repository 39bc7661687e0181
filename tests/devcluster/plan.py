"""What the first process of the cluster has to do, as a file: set the stage, then run programs.

Pure values with a JSON form. `assembly` writes a plan, `supervisor` carries it out.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.devcluster.gates import Gate

__all__ = ["Plan", "Program", "Relay", "from_json", "to_json"]


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised program: it starts when its gates are open, and again when it ends."""

    name: str
    argv: tuple[str, ...]
    log: str
    gates: tuple[Gate, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Relay:
    """The way in for the person's own kubectl: an inherited listening socket, and its target."""

    listener: int
    address: str
    port: int
    log: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Commands that set the stage, in order; then everything that is kept running."""

    control: str
    setup: tuple[tuple[str, ...], ...]
    programs: tuple[Program, ...]
    relay: Relay


def to_json(plan: Plan) -> str:
    return json.dumps(asdict(plan), indent=1)


def from_json(text: str) -> Plan:
    raw = json.loads(text)
    return Plan(
        control=raw["control"],
        setup=tuple(tuple(command) for command in raw["setup"]),
        programs=tuple(program_from(item) for item in raw["programs"]),
        relay=Relay(**raw["relay"]),
    )


def program_from(raw: dict[str, Any]) -> Program:
    """Read one program back from its JSON form."""
    gates = tuple(Gate(**gate) for gate in raw["gates"])
    return Program(**{**raw, "argv": tuple(raw["argv"]), "gates": gates})
