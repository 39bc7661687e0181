"""Renditions in memory: the last twelve, and never more than the cap."""

from hypothesis import given, strategies as st

from podium_worker.node.store import KEPT_PER_RENDITION, Rendition, Store


def put(store: Store, session: str, name: str, file: str, size: int = 1) -> str:
    return store.put(session, name, file, Rendition(bytes(size), "video/mp2t"))


def test_the_last_twelve_of_a_rendition_are_kept() -> None:
    store = Store(10**6)

    paths = [put(store, "s", "a", f"{seq}.ts") for seq in range(KEPT_PER_RENDITION + 3)]

    assert [store.get(path) is not None for path in paths] == [False] * 3 + [True] * 12


def test_renditions_do_not_push_each_other_out() -> None:
    store = Store(10**6)
    path = put(store, "s", "a", "0.ts")

    for seq in range(20):
        put(store, "s", "b", f"{seq}.ts")

    assert store.get(path) is not None


def test_a_session_takes_all_its_renditions_with_it() -> None:
    store = Store(10**6)
    gone, kept = put(store, "s", "a", "0.ts"), put(store, "s2", "a", "0.ts")

    store.end("s")

    assert store.get(gone) is None
    assert store.get(kept) is not None
    assert store.bytes == 1


def test_the_oldest_of_all_goes_first_when_memory_is_short() -> None:
    store = Store(10)
    paths = [put(store, f"s{i}", "a", "0.ts", size=4) for i in range(3)]

    assert [store.get(path) is not None for path in paths] == [False, True, True]
    assert store.evicted == 1


def test_the_newest_is_kept_even_when_it_is_larger_than_the_cap() -> None:
    store = Store(10)

    assert store.get(put(store, "s", "a", "0.ts", size=100)) is not None


@given(
    st.lists(
        st.tuples(
            st.sampled_from("xyz"), st.sampled_from("ab"), st.integers(0, 30), st.integers(0, 50)
        )
    )
)
def test_bytes_are_counted_truly(steps: list[tuple[str, str, int, int]]) -> None:
    store = Store(300)
    paths = set()
    for session, name, seq, size in steps:
        paths.add(put(store, session, name, f"{seq}.ts", size))
        if size == 0:
            store.end(session)

    held = sum(len(found.data) for path in paths if (found := store.get(path)) is not None)
    assert store.bytes == held <= 300
