"""Who names things in the network does not decide how many series there are."""

from podium_worker.node.dispatch import Answer
from podium_worker.node.meters import NodeMeters
from podium_worker.profiles import Container, Profile
from podium_worker.transcoder.media.results import Rendition
from podium_worker.wire import lp_rpc_pb2 as pb
from podium_worker.wire.segment import Segment

ANSWER = Answer((Rendition("P", b"", 2_500_000, 1, 1, 1, Container.MPEGTS),), 1)


def _answered(meters: NodeMeters, name: str) -> None:
    segment = Segment(b"m", "s", 0, b"", 2000, (Profile(name, 1, 1, 1),), pb.AuthToken())
    meters.transcoded(segment, ANSWER, 0.4)


def _series(meters: NodeMeters) -> list[str]:
    text = meters.registry.render().decode()
    return [line for line in text.splitlines() if line.startswith("livepeer_")]


def test_profiles_named_by_gateways_are_few_and_none_is_lost() -> None:
    meters = NodeMeters("n")
    for number in range(10_000):
        _answered(meters, f"customer {number}")

    counted = [
        one for one in _series(meters) if one.startswith("livepeer_segment_transcoded_total")
    ]

    assert len(counted) == 65
    assert sum(float(line.rpartition(" ")[2]) for line in counted) == 10_000


def test_a_profile_that_was_met_early_keeps_its_name() -> None:
    meters = NodeMeters("n")
    for number in range(100):
        _answered(meters, f"customer {number}")
    before = _series(meters)

    _answered(meters, "customer 7")

    after = set(_series(meters)) - set(before)
    assert any('profiles="customer 7"' in line for line in after)
    assert not any('profiles="other"' in line for line in after)
