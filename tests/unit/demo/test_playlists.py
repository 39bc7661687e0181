import pytest
from tests.demo.playlists import (
    Entry,
    Variant,
    build_master,
    build_media,
    parse_master,
    parse_media,
)


def test_a_media_playlist_reads_back_as_written() -> None:
    entries = [Entry("0.ts", 2.0), Entry("1.ts", 1.96), Entry("3.ts", 2.0, gap=True)]

    assert parse_media(build_media(entries)) == entries


def test_a_master_playlist_lists_the_largest_rendition_first() -> None:
    text = build_master(
        [
            Variant("small", "small/index.m3u8", 256, 144, 150_000),
            Variant("large", "large/index.m3u8", 426, 240, 400_000),
        ]
    )

    variants = parse_master(text)

    assert [uri for uri, _ in variants] == ["large/index.m3u8", "small/index.m3u8"]
    assert variants[0][1]["RESOLUTION"] == "426x240"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("hello", "#EXTM3U", id="another file"),
        pytest.param("#EXTM3U\n#EXT-X-TARGETDURATION:2\n", "ENDLIST", id="a playlist cut short"),
        pytest.param("#EXTM3U\n#EXT-X-ENDLIST\n", "TARGETDURATION", id="no target duration"),
        pytest.param(
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:5.0,\na.ts\n#EXT-X-ENDLIST\n",
            "exceeds",
            id="a segment longer than the target",
        ),
        pytest.param(
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\na.ts\n#EXT-X-ENDLIST\n",
            "EXTINF",
            id="a segment without a duration",
        ),
    ],
)
def test_a_broken_media_playlist_says_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_media(text)
