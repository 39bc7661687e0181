"""What is written as YAML, as PyYAML reads it and as kubectl does."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, strategies as st
from tests.devcluster.programs import ensure

from podium_operator.yaml_text import to_yaml, to_yaml_documents

# Each is text to PyYAML when plain, and a number or a truth to kubectl.
READ_OTHERWISE = "034888696462 08 1e5 12e34 1.e3 .5e3 +.5 -1e3 0o17 0X1f 0B1 0O7 09e2 1_0e3 y n Y N"
PLAIN = ("0.1.0", "10.0.0.1", "30s", "12e", "nats", "no-one", "v1", "1ab", "e5")
NEAR_NUMBERS = st.text("0123456789eE+-._oxbXyYnN~:aFf", max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | NEAR_NUMBERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NEAR_NUMBERS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_what_was_written_is_read(value: object) -> None:
    assert yaml.safe_load(to_yaml(value)) == value


@given(st.text(max_size=20))
@example("a\x85b")
def test_any_text_is_read_as_it_was(text: str) -> None:
    assert yaml.safe_load(to_yaml({"a": text})) == {"a": text}


@pytest.mark.parametrize("text", PLAIN)
def test_text_that_nobody_mistakes_stays_plain(text: str) -> None:
    assert to_yaml({"a": text}) == f"a: {text}\n"


def test_documents_follow_one_another() -> None:
    assert [*yaml.safe_load_all(to_yaml_documents([{"b": 1, "a": "y"}, {"c": "1e5"}]))] == [
        {"b": 1, "a": "y"},
        {"c": "1e5"},
    ]


def test_keys_keep_their_order() -> None:
    assert to_yaml({"b": 1, "a": 2}) == "b: 1\na: 2\n"


def test_kubectl_reads_every_text_as_text(tmp_path: Path) -> None:
    drawn = _many_texts()
    given_texts = {f"k{index}": text for index, text in enumerate(drawn)}

    assert _read_by_kubectl(given_texts, tmp_path) == given_texts


def _many_texts() -> list[str]:
    """Return those known to be read otherwise, and every text of up to three such characters."""
    letters = "019eE+-._oxyn"
    pairs = [a + b for a in letters for b in letters]
    return [*READ_OTHERWISE.split(), *letters, *pairs, *(a + b for a in pairs for b in letters)]


def _read_by_kubectl(texts: dict[str, str], folder: Path) -> dict[str, str]:
    kubectl = ensure(("kubectl",), report=lambda _: None)["kubectl"]
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": texts}
    (folder / "a.yaml").write_text(to_yaml(body))
    file = str(folder / "a.yaml")
    asked = [str(kubectl), "label", "--local", "-f", file, "read=yes", "-o", "json"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    data: dict[str, str] = json.loads(done.stdout)["data"]
    return data
