from pathlib import Path

import pytest
from tests.bench.transcode import commands
from tests.bench.transcode.ladder import LADDER, fit_ladder, ladder_text
from tests.bench.transcode.options import parse_options
from tests.bench.transcode.quality import parse_scores
from tests.bench.transcode.recipes import RECIPES, encode_command, screen_text
from tests.media.packages import requirement

from podium_worker.transcoder.media.sizes import Size

SOURCE, OUT = Path("in.ts"), Path("out")


def test_the_cli_orders_the_rates_of_the_engine() -> None:
    words = commands.cli_command("ffmpeg", SOURCE, OUT, LADDER)

    assert words.count("libx264") == len(LADDER)
    for option in ("-b:v", "-minrate", "-maxrate", "-bufsize"):
        values = [words[place + 1] for place, word in enumerate(words) if word == option]
        assert values == [str(rung.bitrate) for rung in LADDER]
    assert "scale=854:480,fps=30" in words
    assert words[-1] == "out/240p.ts"


def test_the_expert_scales_in_a_tree() -> None:
    words = commands.expert_command("ffmpeg", SOURCE, OUT, LADDER)

    graph = words[words.index("-filter_complex") + 1]
    assert "[source0]scale=1280:720:flags=bicubic" in graph
    assert "[s1280x720_0]scale=854:480:flags=lanczos" in graph
    assert graph.count("[source") == 2  # made once, scaled from once
    used = [words[place + 1] for place, word in enumerate(words) if word == "-map"]
    assert len(set(used)) == len(LADDER) + 1  # every picture once, and the sound


def test_one_long_process_reads_all_segments() -> None:
    words = commands.long_command("ffmpeg", [SOURCE, SOURCE], OUT, LADDER)

    assert words[words.index("-i") + 1] == "concat:in.ts|in.ts"
    assert words[-1] == "out/240p-%03d.ts"


def test_a_custom_peer_gets_what_it_asks_for() -> None:
    name, template = commands.parse_peer("mine=tool --in {input} '{output_dir}/x y' {ladder}")

    words = commands.custom_command(template, SOURCE, OUT, LADDER[-1:])

    assert name == "mine"
    assert words == ["tool", "--in", "in.ts", "out/x y", "240p:426x240:600000:30"]


def test_a_custom_peer_may_take_our_options() -> None:
    _, template = commands.parse_peer("old=/usr/bin/ffmpeg -i {input} {outputs}")

    words = commands.custom_command(template, SOURCE, OUT, LADDER)

    assert words[:3] == ["/usr/bin/ffmpeg", "-i", "in.ts"]
    assert words[3:] == commands.cli_command("ffmpeg", SOURCE, OUT, LADDER)[8:]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tool {input} {outputs}", id="no name"),
        pytest.param("a b=tool {input} {outputs}", id="a name with a space"),
        pytest.param("mine=", id="no command"),
        pytest.param("mine=tool {outputs}", id="nothing to read"),
        pytest.param("mine=tool {input}", id="nowhere to write"),
    ],
)
def test_a_peer_that_cannot_work_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="peer"):
        commands.parse_peer(text)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--rounds", "0"], id="no round"),
        pytest.param(["--rounds", "many"], id="rounds that are no number"),
        pytest.param(["--media", "/nonexistent"], id="a folder that is not there"),
        pytest.param(["--content", "nothing"], id="an unknown content"),
        pytest.param(["--peer", "broken"], id="a peer without a command"),
    ],
)
def test_a_wrong_command_line_ends_with_two(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse_options(words)


def test_a_quick_run_does_less() -> None:
    quick, usual = parse_options(["--quick"]), parse_options([])

    assert quick.rounds < usual.rounds
    assert len(quick.contents) == 3
    assert usual.contents == ()
    assert (quick.vmaf_every, usual.vmaf_every) == (None, 5)


def test_contents_cover_every_shape_and_kind() -> None:
    shapes = {(recipe.height, recipe.fps) for recipe in RECIPES}

    assert shapes == {(720, 30), (1080, 30), (1080, 60)}
    assert len({recipe.kind for recipe in RECIPES}) >= 3
    assert len({recipe.mark for recipe in RECIPES}) == len(RECIPES)


def test_a_content_is_the_same_on_every_machine() -> None:
    drawn = next(recipe for recipe in RECIPES if not recipe.clip)
    command = encode_command(drawn, Path("ffmpeg"), None, OUT)

    assert command[command.index("-threads") + 1] == "1"
    assert f"textfile={OUT}/screen.txt" in command[command.index("-filter_complex") + 1]
    assert screen_text() == screen_text()


def test_a_ladder_follows_the_shape_of_the_source() -> None:
    upright = fit_ladder(Size(1080, 1920))

    assert (upright[0].width, upright[0].height) == (720, 1280)
    assert ladder_text(LADDER[:1]) == "720p:1280x720:4000000:30"


def test_scores_are_read_from_what_ffmpeg_prints() -> None:
    text = (
        "frame=   60 fps=12\n[psnr @ 0x1] PSNR y:42.59 u:50.2 v:50.8 average:44.0\n"
        "[ssim @ 0x2] SSIM Y:0.988474 (19.3) U:0.99\n[vmaf @ 0x3] VMAF score: 58.588508\n"
    )

    assert parse_scores(text) == {"psnr": 42.59, "ssim": 0.988474, "vmaf": 58.588508, "frames": 60}
    assert parse_scores("PSNR y:inf u:inf\nSSIM Y:1.000000 (inf)")["psnr"] == 100.0


def test_a_comparison_without_scores_is_an_error() -> None:
    with pytest.raises(ValueError, match="no scores"):
        parse_scores("Conversion failed!")


def test_one_package_is_taken_out_of_the_requirements() -> None:
    text = "# about a\na==1 \\\n    --hash=sha256:1\n# about b\nb==2 \\\n    --hash=sha256:2\n"

    assert requirement(text, "b") == "b==2 \\\n    --hash=sha256:2\n"
    with pytest.raises(RuntimeError, match="'c' is not in"):
        requirement(text, "c")
