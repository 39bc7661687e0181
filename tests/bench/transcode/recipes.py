"""How each content is made out of real footage: a table of filters (pure).

Footage is short, so pictures run there and back, which shows no cut. What is played faster,
enlarged or panned is said in `made`, and the report repeats it.
"""

import hashlib
import random
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

__all__ = ["RECIPES", "SEGMENTS", "SEGMENT_SECONDS", "Recipe", "encode_command", "screen_text"]

SEGMENTS = 2
SEGMENT_SECONDS = 2
_VERSION = 2
_THERE_AND_BACK = "split[f0][f1];[f1]reverse[f2];[f0][f2]concat=n=2,loop=-1:32767"
_GRAIN = "noise=alls={}:allf=t:all_seed=1"
_PAN = "crop=1600:900:160+160*sin(n/5):90+90*sin(n/7),scale=1920:1080:flags=lanczos"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One content: `clip` names the footage, empty for what is drawn; `bitrate` in bit/s.

    `pictures` follows the footage's frames, renumbered to `fps`; `{font}` and `{text}` are files.
    """

    name: str
    kind: str
    made: str
    clip: str
    width: int
    height: int
    fps: int
    bitrate: int
    pictures: str = "null"

    @property
    def mark(self) -> str:
        """What changes when the recipe does."""
        return hashlib.sha256(repr((_VERSION, self)).encode()).hexdigest()[:12]


_SCREEN = (
    "drawtext=fontfile={font}:textfile={text}:expansion=none:fontcolor=0xd4d4d4:fontsize=26"
    ":line_spacing=8:x=90:y=40-trunc(240*t/2)*2"
    ",drawbox=0:0:64:ih:0x333333:fill,drawbox=0:ih-34:iw:34:0x007acc:fill"
    ",drawbox=x=700+trunc(300*t):y=480:w=14:h=22:color=white:t=fill"
)

RECIPES = (
    Recipe(
        "camera-1080p30",
        "real camera",
        "1080p phone footage of a dog, by hand",
        "phone.mp4",
        *(1920, 1080, 30, 6_000_000),
    ),
    Recipe(
        "motion-1080p30",
        "high motion",
        "the phone footage panned by up to 30 pixels a frame (a moving 1600x900 window, enlarged)",
        "phone.mp4",
        *(1920, 1080, 30, 6_000_000),
        f"{_PAN},{_GRAIN.format(3)}",
    ),
    Recipe(
        "screen-1080p30",
        "screen",
        "drawn: text that scrolls by 240 pixels/s beside fixed bars",
        "",
        *(1920, 1080, 30, 6_000_000),
        _SCREEN,
    ),
    Recipe(
        "talk-720p30",
        "talking head",
        "a webcam's 252x142 inset of a screencast, enlarged, with grain",
        "screencast.mp4",
        *(1280, 720, 30, 4_000_000),
        f"crop=252:142:114:90,scale=1280:720:flags=lanczos,{_GRAIN.format(6)}",
    ),
    Recipe(
        "animation-720p30",
        "animation",
        "Big Buck Bunny, 25 frames/s played at 30",
        "bigbuckbunny.mp4",
        *(1280, 720, 30, 4_000_000),
    ),
    Recipe(
        "camera-1080p60",
        "real camera",
        "the phone footage at double speed: every frame real, none repeated",
        "phone.mp4",
        *(1920, 1080, 60, 8_000_000),
    ),
    Recipe(
        "screen-1080p60",
        "screen",
        "drawn: text that scrolls by 240 pixels/s beside fixed bars",
        "",
        *(1920, 1080, 60, 8_000_000),
        _SCREEN,
    ),
)


def encode_command(recipe: Recipe, program: Path, clip: Path | None, folder: Path) -> list[str]:
    """Return the command that writes `NNN.ts` segments into `folder`; one thread, same bytes."""
    size = f"{recipe.width}x{recipe.height}"
    drawn = f"color=0x1e1e1e:size={size}:rate={recipe.fps}"
    seen = ["-i", str(clip)] if clip else ["-f", "lavfi", "-i", drawn]
    noise = ["-f", "lavfi", "-i", "anoisesrc=color=pink:amplitude=0.1:seed=1"]
    heard = ["-stream_loop", "-1", "-i", str(clip)] if clip else noise
    files = {"font": _font(), "text": folder / "screen.txt"}
    pictures = recipe.pictures.format(**files) if not clip else recipe.pictures
    footage = f"{_THERE_AND_BACK}," if clip else ""
    chain = f"[0:v:0]{footage}setpts=N/{recipe.fps}/TB,fps={recipe.fps},{pictures}[v]"
    return [
        *(str(program), "-v", "error", "-nostdin", "-y", "-filter_complex_threads", "1"),
        *(*seen, *heard, "-filter_complex", chain, "-map", "[v]", "-map", "1:a:0"),
        *("-t", str(SEGMENTS * SEGMENT_SECONDS), *_encoding(recipe)),
        *("-f", "segment", "-segment_time", str(SEGMENT_SECONDS), "-segment_time_delta", "0.05"),
        *("-segment_format", "mpegts", str(folder / "%03d.ts")),
    ]


def screen_text() -> str:
    """Return the text of a drawn screen: indented lines of made-up words, always the same."""
    dice = random.Random(1)
    letters = "abcdefghijklmnoprstuvwxyz_"
    words = ["".join(dice.choices(letters, k=dice.randint(2, 10))) for _ in range(300)]
    lines = []
    for _ in range(120):
        indent = "    " * dice.randint(0, 4)
        lines.append(indent + " ".join(dice.choices(words, k=dice.randint(0, 12))))
    return "\n".join(lines) + "\n"


def _encoding(recipe: Recipe) -> list[str]:
    rate, keys = str(recipe.bitrate), str(SEGMENT_SECONDS * recipe.fps)
    return [
        *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-threads", "1"),
        *("-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate),
        *("-g", keys, "-keyint_min", keys, "-sc_threshold", "0", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000"),
    ]


def _font() -> Path:
    """Find the font that matplotlib brings along: a bare machine may have no other."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise RuntimeError("matplotlib is missing: run make setup")
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSansMono.ttf"
