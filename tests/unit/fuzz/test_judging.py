"""The referee sees every lie: an answer that is wrong in one point is told apart."""

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from tests.fuzz.cases import Case, load_case, save_case
from tests.fuzz.findings import Findings, Plan
from tests.fuzz.footprint import Footprint, growth
from tests.fuzz.judging import Refusal, is_crash, judge
from tests.fuzz.verdict import gates
from tests.media.hostile import small_segment

from podium_worker.profiles import Container, Profile
from podium_worker.transcoder.errors import ErrorText
from podium_worker.transcoder.media.engine import transcode
from podium_worker.transcoder.media.results import Rendition, TranscodeResult

PROFILES = (
    Profile(name="one", width=160, height=90, bitrate=200_000, fps=15),
    Profile(name="two", width=160, height=90, bitrate=200_000, format=Container.MP4),
)
CASE = Case("1:1", "live", small_segment().data, PROFILES, intact_frames=25, size=(320, 180))


@cache
def result() -> TranscodeResult:
    return transcode(CASE.source, CASE.profiles)


def lying(**fields: object) -> TranscodeResult:
    first, *others = result().renditions
    liar = Rendition(
        **({name: getattr(first, name) for name in Rendition.__dataclass_fields__} | fields)
    )
    return replace(result(), renditions=(liar, *others))


def test_a_good_answer_has_no_complaint() -> None:
    assert judge(CASE, result()) == ()


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        pytest.param(lambda: lying(pixels=1), "pixels decoded, 1 reported", id="pixels"),
        pytest.param(lambda: lying(frames=14), "frames decoded, 14 reported", id="frames"),
        pytest.param(lambda: lying(width=162), "(162, 90) reported", id="size"),
        pytest.param(lambda: lying(name="two"), "it is 'two'", id="order"),
        pytest.param(lambda: lying(data=b""), "not decodable", id="nothing"),
        pytest.param(
            lambda: lying(data=result().renditions[0].data[: 188 * 20]), "decoded", id="cut"
        ),
        pytest.param(
            lambda: replace(result(), decoded_frames=24), "24 of 25 undamaged", id="lost frames"
        ),
        pytest.param(
            lambda: replace(result(), decoded_pixels=0), "of 0 pixels", id="no pixels decoded"
        ),
        pytest.param(
            lambda: replace(result(), renditions=result().renditions[:1]),
            "1 renditions for 2 profiles",
            id="a rendition too few",
        ),
    ],
)
def test_a_lie_is_found(answer: object, complaint: str) -> None:
    assert callable(answer)

    assert complaint in "; ".join(judge(CASE, answer()))


def test_a_rendition_of_another_rate_is_found() -> None:
    faster = replace(CASE, profiles=(replace(PROFILES[0], fps=30), PROFILES[1]))

    assert any("s apart" in complaint for complaint in judge(faster, result()))


def test_a_rendition_of_another_size_is_found() -> None:
    larger = replace(CASE, profiles=(replace(PROFILES[0], width=320, height=180), PROFILES[1]))

    assert any("instead of" in complaint for complaint in judge(larger, result()))


@pytest.mark.parametrize("text", [ErrorText.INVALID_VIDEO, ErrorText.NO_KEYFRAMES])
def test_known_refusals_are_right(text: str) -> None:
    assert judge(CASE, Refusal(text, "")) == ()


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(Refusal("Input/output error", ""), id="a text nobody knows"),
        pytest.param(Refusal(ErrorText.STOPPED, "KeyError('x')"), id="a mistake of ours"),
        pytest.param(Refusal(ErrorText.STOPPED, "not done after 20 s"), id="a hang"),
        pytest.param(Refusal("", ""), id="no text"),
    ],
)
def test_other_refusals_are_wrong(refusal: Refusal) -> None:
    assert len(judge(CASE, refusal)) == 1


def test_a_dear_ladder_may_be_stopped() -> None:
    dear = replace(CASE, is_dear=True)

    assert judge(dear, Refusal(ErrorText.STOPPED, "not done after 6.000 s")) == ()
    assert judge(dear, Refusal(ErrorText.STOPPED, "KeyError('x')")) != ()


def test_a_segment_that_broke_its_children_is_refused_rightly_and_counted() -> None:
    assert judge(CASE, Refusal(ErrorText.STOPPED, "two children died: x")) == ()
    assert is_crash(Refusal(ErrorText.STOPPED, "two children died: x"))
    assert not is_crash(Refusal(ErrorText.STOPPED, "not done after 6 s"))


def test_a_kept_case_is_read_again(tmp_path: Path) -> None:
    path = save_case(CASE, tmp_path, ("wrong",))

    assert load_case(path) == load_case(path.with_suffix(".json")) == CASE


def test_any_file_can_be_run(tmp_path: Path) -> None:
    path = tmp_path / "some.ts"
    path.write_bytes(CASE.source)

    case = load_case(path)

    assert (case.source, len(case.profiles)) == (CASE.source, 1)


FLAT = Footprint(
    parent_mebibytes=100.0,
    child_mebibytes=100.0,
    processes=3,
    descriptors=10,
    child_descriptors=5,
    threads=2,
    child_threads=1,
    files=frozenset({"before"}),
)
PLAN = Plan(seed=1, count=9, large=1, slots=2, out=Path())


def found(**fields: object) -> Findings:
    findings = Findings(done=10, good=5, footprints=[FLAT] * 10, before=FLAT, left=FLAT)
    for name, value in fields.items():
        setattr(findings, name, value)
    return findings


def failed(findings: Findings) -> list[str]:
    return [gate.name for gate in gates(PLAN, findings) if not gate.passed]


def test_a_run_that_found_nothing_passes() -> None:
    assert failed(found(texts=Counter({"End of file": 5}))) == []


@pytest.mark.parametrize(
    ("findings", "gate"),
    [
        pytest.param(found(done=9), "segments", id="a segment without answer"),
        pytest.param(found(hangs=1), "hangs", id="a hang"),
        pytest.param(found(crashes=[1]), "breaking-segments", id="a crash in ten"),
        pytest.param(found(strange_ends=1), "strange-child-ends", id="a child that ended"),
        pytest.param(found(faults=["x"]), "parent-faults", id="an exception in the parent"),
        pytest.param(found(left=replace(FLAT, processes=4)), "leaked-processes", id="a process"),
        pytest.param(
            found(left=replace(FLAT, files=frozenset({"new"}))), "leaked-files", id="a file"
        ),
        pytest.param(found(left=replace(FLAT, threads=3)), "leaked-threads", id="a thread"),
        pytest.param(
            found(footprints=[*[FLAT] * 9, replace(FLAT, child_descriptors=6)]),
            "leaked-descriptors",
            id="a descriptor of a child",
        ),
        pytest.param(
            found(footprints=[replace(FLAT, parent_mebibytes=100.0 + 2 * n) for n in range(10)]),
            "parent-memory",
            id="a parent that grows",
        ),
        pytest.param(
            found(footprints=[replace(FLAT, child_mebibytes=100.0 + 2 * n) for n in range(10)]),
            "child-memory",
            id="a child that grows",
        ),
        pytest.param(found(left=None), "leaked-processes", id="a run that was not measured"),
    ],
)
def test_one_broken_promise_fails_its_gate(findings: Findings, gate: str) -> None:
    assert gate in failed(findings)


@pytest.mark.parametrize(
    ("values", "share"),
    [
        pytest.param([100] * 9, 0.0, id="flat"),
        pytest.param([100, 100, 100, 100, 100, 100, 110, 110, 110], 0.1, id="a step"),
        pytest.param([100, 100, 100, 100, 100, 100, 100, 900, 100], 0.0, id="one peak"),
        pytest.param([100, 120], 0.2, id="two values"),
        pytest.param([0], 0.0, id="nothing"),
    ],
)
def test_growth_compares_the_ends(values: list[int], share: float) -> None:
    assert growth(values) == pytest.approx(share)
