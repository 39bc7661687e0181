"""Every command of the pages is run by something; those of no cluster are run here."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.docs.book import COMMAND_PAGES, commands_of
from tests.docs.catalogue import RULES, Rule, Where, rule_of
from tests.docs.commands import Command, commands
from tests.docs.pages import REPOSITORY, Page, read_page

from podium_operator.command.cli import VERBS, _parser

_MOST_REASONS = 14
_TARGET = re.compile(r"^([a-z][a-z-]*):(?!=)", re.MULTILINE)


@pytest.mark.parametrize("page", COMMAND_PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_has_its_place(page: Page) -> None:
    lost = [f"line {one.line}: {one.flat}" for one in commands(page) if rule_of(one) is None]

    assert lost == [], "name what runs it in tests/docs/catalogue.py"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.pattern)
def test_every_rule_has_commands_and_says_what_runs_them(rule: Rule) -> None:
    assert any(rule_of(command) is rule for command in commands_of())
    match rule.where:
        case Where.ELSEWHERE:
            assert (REPOSITORY / rule.why).is_file()
        case Where.NOWHERE:
            assert len(rule.why.split()) > 2, "say why nothing can run it"
        case Where.CLUSTER | Where.FIRST:
            assert (REPOSITORY / rule.where.value).is_file()


def test_few_commands_are_run_by_nothing() -> None:
    assert sum(rule.where is Where.NOWHERE for rule in RULES) <= _MOST_REASONS


def test_every_make_target_that_a_page_names_is_there() -> None:
    files = [REPOSITORY / "Makefile", *(REPOSITORY / "mk").glob("*.mk")]
    targets = {name for path in files for name in _TARGET.findall(path.read_text())}
    pages = [*COMMAND_PAGES, *(read_page(path) for path in REPOSITORY.glob("tests/**/README.md"))]
    named = {
        word
        for page in pages
        for command in commands(page)
        for word in re.findall(r"\bmake ([a-z][a-z-]*)", command.flat)
    }

    assert named - targets == set()


@pytest.mark.parametrize(
    "command",
    [one for one in commands_of() if one.flat.startswith("podium ")],
    ids=lambda command: f"{Path(command.page).name} {command.line}",
)
def test_the_command_line_takes_what_pages_say(command: Command) -> None:
    typed = re.sub(r"\b[A-Z]+\b", lambda found: found.group().lower(), command.flat)
    words = typed.partition(" | ")[0].split()[1:]

    assert _parser().parse_args(words).verb.name == words[0]


def test_every_verb_of_the_command_line_is_told() -> None:
    page = (REPOSITORY / "docs" / "operations.md").read_text()

    assert [verb.name for verb in VERBS if f"`podium {verb.name}" not in page] == []


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        pytest.param("    make up\n    make down", ["make up", "make down"], id="one a line"),
        pytest.param("    helm x \\\n      --y", ["helm x --y"], id="goes on behind a backslash"),
        pytest.param("    make up    # start it", ["make up"], id="remarks are the reader's"),
        pytest.param("    kind: Pod", [], id="YAML is no command"),
        pytest.param("    A=1 make up", ["A=1 make up"], id="settings before it"),
        pytest.param("```sh\n$ odd\n```", ["odd"], id="a fence that says so, with a prompt"),
        pytest.param("```yaml\nmake: up\n```", [], id="a fence of something else"),
        pytest.param(
            "    cat > a <<EOF\n    b:   # c\n    EOF\n    make up",
            ["cat > a <<EOF b: # c EOF", "make up"],
            id="a here-document is one command",
        ),
    ],
)
def test_commands_are_found_in_blocks(block: str, expected: list[str], tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"Text.\n\n{block}\n")
    page = replace(read_page(path), path=REPOSITORY / "page.md")

    assert [one.flat for one in commands(page)] == expected
