import json

from tests.demo.watching import EventReader


def test_objects_that_arrive_in_pieces_come_out_whole_and_in_order() -> None:
    events = [{"type": "ADDED", "object": {"n": n, "text": "}{ ü"}} for n in range(3)]
    text = "\n".join(json.dumps(event, indent=1) for event in events) + "\n"
    reader = EventReader()

    seen = [event for place in range(len(text)) for event in reader.feed(text[place])]

    assert seen == events
