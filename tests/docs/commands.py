"""The commands in a page's blocks, each as one text that a shell takes (pure).

A block is of commands if a fence says `sh` or `console`, or if it begins with a program that we
know; anything else is output, YAML or a drawing. Lines that end in a backslash go on, and so do
here-documents; what stands behind two blanks and a # is for the reader.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests.docs.pages import Block, Page

__all__ = ["PROGRAMS", "Command", "commands"]

PROGRAMS = frozenset(
    {
        *("cat", "cd", "cp", "curl", "export", "grep", "jq", "mkdir", "sha256sum", "sudo", "tar"),
        *("docker", "ffplay", "git", "helm", "k3d", "kind", "kubectl", "livepeer", "make", "mpv"),
        *("podium", "podium-worker", "python"),
    }
)
_SHELLS = frozenset({"sh", "console"})
_REMARK = re.compile(r"\s{2,}#\s.*$")
_SETTING = re.compile(r"^[A-Z_][A-Z0-9_]*=")
_HERE_DOCUMENT = re.compile(r"<<-?\s*'?\"?(\w+)")
_PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Command:
    """One command, where it stands, and how it reads on one line."""

    page: str
    line: int
    text: str

    @property
    def flat(self) -> str:
        """The command with every run of blanks as one."""
        return " ".join(self.text.replace("\\\n", " ").split())


def commands(page: Page) -> Iterator[Command]:
    """List every command of a page, in order."""
    for block in page.blocks:
        if _is_of_commands(block):
            yield from _commands(page.name, block)


def _is_of_commands(block: Block) -> bool:
    if block.language:
        return block.language in _SHELLS
    return bool(_program(block.text.lstrip()) & PROGRAMS)


def _program(text: str) -> set[str]:
    """Name the program of a first line, without its folder and the settings before it."""
    try:
        words = shlex.split(text.splitlines()[0].removesuffix("\\"))
    except (ValueError, IndexError):
        return set()
    programs = [word for word in words if not _SETTING.match(word)]
    return {programs[0].rpartition("/")[2]} if programs else set()


def _commands(page: str, block: Block) -> Iterator[Command]:
    whole: list[str] = []
    begun_at, until = 0, ""
    for number, written in enumerate(block.text.splitlines()):
        line = written.rstrip() if until else _REMARK.sub("", written).rstrip()
        if not whole:
            if not line or line.lstrip().startswith("#"):
                continue
            begun_at, line = number, line.removeprefix(_PROMPT)
            document = _HERE_DOCUMENT.search(line)
            until = document[1] if document else ""
        whole.append(line)
        if (until and line.strip() != until) or (not until and line.endswith("\\")):
            continue
        yield Command(page, block.line + begun_at, "\n".join(whole))
        whole, until = [], ""
    if whole:
        yield Command(page, block.line + begun_at, "\n".join(whole))
