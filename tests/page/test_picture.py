"""The README's picture is there, and small."""

from tests.page.picture import MOST_BYTES, PICTURE


def test_the_readme_shows_a_small_picture_of_the_page() -> None:
    readme = (PICTURE.parents[2] / "README.md").read_text(encoding="utf-8")

    assert "docs/images/page.png" in readme
    assert PICTURE.read_bytes().startswith(b"\x89PNG")
    assert PICTURE.stat().st_size < MOST_BYTES
