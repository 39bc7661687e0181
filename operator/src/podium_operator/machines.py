"""The machines that are announced to be taken, as the watch on nodes tells; one per process.

Keeps nothing of a Node but its notice and whether it takes pods: a cluster may have thousands. What
is never seen (no right to read nodes) leaves this empty, and then nobody is told to leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from podium_operator.notices import Marks, Notice, is_open, notice_of
from podium_operator.sightings import Sighting

__all__ = ["Machines", "MachinesView"]


@dataclass(frozen=True, slots=True)
class MachinesView:
    """notices: by machine. has_open: some machine without a notice takes pods."""

    notices: Mapping[str, Notice] = field(default_factory=dict)
    has_open: bool = False


class Machines:
    """Told by the watch, asked by every keeper."""

    def __init__(self, marks: Marks | None = None) -> None:
        self._marks = marks or Marks()
        self._notices: dict[str, Notice] = {}
        self._open: set[str] = set()
        self._uids: dict[str, str] = {}

    def see(self, sighting: Sighting) -> None:
        """Take in one event about a Node; a namesake's late goodbye is none of its own."""
        node = sighting.body
        name, uid = node["metadata"]["name"], node["metadata"].get("uid", "")
        if sighting.was_deleted and self._uids.get(name, uid) != uid:
            return
        self._forget(name)
        if sighting.was_deleted:
            return
        self._uids[name] = uid
        notice = notice_of(node, self._marks)
        if notice is not None:
            self._notices[name] = notice
        elif is_open(node):
            self._open.add(name)

    def _forget(self, name: str) -> None:
        self._uids.pop(name, None)
        self._notices.pop(name, None)
        self._open.discard(name)

    def view(self) -> MachinesView:
        return MachinesView(dict(self._notices), bool(self._open))
