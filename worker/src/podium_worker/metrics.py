"""Metrics under literal names, in Prometheus' text format.

The network's names break the usual rule (`livepeer_mil_pixels_processed` is a counter,
`livepeer_current_sessions_total` a gauge), and the common client library would rename them. So
families here say their type and keep their name. Standard `process_*` come from that library.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

__all__ = ["CONTENT_TYPE", "Family", "Histogram", "Kind", "Registry"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_MAX_SERIES = 1000

LabelValues = tuple[str, ...]


class Kind(StrEnum):
    """A family's type as the format names it."""

    COUNTER = "counter"
    GAUGE = "gauge"


class Family:
    """A counter or gauge under exactly the given name; unseen series past a cap are dropped."""

    def __init__(self, kind: Kind, name: str, text: str, labels: Sequence[str] = ()) -> None:
        self.kind = kind
        self.name = name
        self.text = text
        self.labels = tuple(labels)
        self._values: dict[LabelValues, float] = {} if self.labels else {(): 0.0}

    def add(self, amount: float = 1.0, /, **labels: str) -> None:
        """Add to a series."""
        key = tuple(labels[name] for name in self.labels)
        if key in self._values or len(self._values) < _MAX_SERIES:
            self._values[key] = self._values.get(key, 0.0) + amount

    def set(self, value: float, /, **labels: str) -> None:
        """Set a series."""
        self._values[tuple(labels[name] for name in self.labels)] = value

    def clear(self) -> None:
        """Forget all series, for gauges that are set anew."""
        self._values.clear()

    def lines(self, constant: Mapping[str, str]) -> Iterator[str]:
        """Yield the family in the text format."""
        yield f"# HELP {self.name} {self.text}"
        yield f"# TYPE {self.name} {self.kind}"
        for key, value in self._values.items():
            labels = {**constant, **dict(zip(self.labels, key, strict=True))}
            yield f"{self.name}{_labels(labels)} {_number(value)}"


class Histogram:
    """A histogram under exactly the given name; bounds are inclusive upper ones."""

    def __init__(
        self, name: str, text: str, buckets: Sequence[float], labels: Sequence[str] = ()
    ) -> None:
        self.name = name
        self.text = text
        self.labels = tuple(labels)
        self._bounds = tuple(buckets)
        self._counts: dict[LabelValues, list[int]] = {}
        self._sums: dict[LabelValues, float] = {}

    def observe(self, value: float, /, **labels: str) -> None:
        """Count one observation."""
        key = tuple(labels[name] for name in self.labels)
        if key not in self._counts and len(self._counts) >= _MAX_SERIES:
            return
        counts = self._counts.setdefault(key, [0] * (len(self._bounds) + 1))
        counts[bisect_left(self._bounds, value)] += 1
        self._sums[key] = self._sums.get(key, 0.0) + value

    def lines(self, constant: Mapping[str, str]) -> Iterator[str]:
        """Yield the family in the text format."""
        yield f"# HELP {self.name} {self.text}"
        yield f"# TYPE {self.name} histogram"
        for key, counts in self._counts.items():
            labels = {**constant, **dict(zip(self.labels, key, strict=True))}
            total = 0
            for bound, count in zip((*self._bounds, float("inf")), counts, strict=True):
                total += count
                yield f"{self.name}_bucket{_labels({**labels, 'le': _number(bound)})} {total}"
            yield f"{self.name}_sum{_labels(labels)} {_number(self._sums[key])}"
            yield f"{self.name}_count{_labels(labels)} {total}"


class Registry:
    """All families of a process and the labels that every one of them carries."""

    def __init__(self, constant_labels: Mapping[str, str]) -> None:
        self._constant = dict(constant_labels)
        self._families: list[tuple[Family | Histogram, bool]] = []
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)

    def counter(self, name: str, text: str, labels: Sequence[str] = ()) -> Family:
        """Make a counter."""
        return self._keep(Family(Kind.COUNTER, name, text, labels))

    def gauge(
        self, name: str, text: str, labels: Sequence[str] = (), *, bare: bool = False
    ) -> Family:
        """Make a gauge; a bare one does not carry the constant labels."""
        return self._keep(Family(Kind.GAUGE, name, text, labels), bare=bare)

    def histogram(
        self, name: str, text: str, buckets: Sequence[float], labels: Sequence[str] = ()
    ) -> Histogram:
        """Make a histogram."""
        histogram = Histogram(name, text, buckets, labels)
        self._families.append((histogram, False))
        return histogram

    def render(self) -> bytes:
        """Return everything in the text format."""
        lines: list[str] = []
        for family, bare in self._families:
            lines.extend(family.lines({} if bare else self._constant))
        return "\n".join([*lines, ""]).encode() + generate_latest(self._process)

    def _keep(self, family: Family, *, bare: bool = False) -> Family:
        self._families.append((family, bare))
        return family


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{_escape(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) else repr(value)
