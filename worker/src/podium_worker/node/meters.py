"""The node's metrics: the network's names where they mean the same, `podium_…` for the rest."""

from podium_worker.metrics import Registry
from podium_worker.network_metrics import TRANSCODE_BUCKETS, TRANSFER_BUCKETS, build_info
from podium_worker.node.dispatch import Answer
from podium_worker.node.state import CAPPED
from podium_worker.wire.segment import Segment

__all__ = ["DURATION_BUCKETS", "NodeMeters"]

DURATION_BUCKETS = (0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 10, 15, 20)
_SCORE_BUCKETS = (*DURATION_BUCKETS[:-2], 15, 20, 40)
_MOST_LADDERS = 64  # distinct values of `profiles`, as of load classes: gateways name profiles
_TRUST = {"trusted": "trusted", "verified": "verified"}
_CODES = {
    "OrchestratorBusy": "OrchestratorBusy",
    "OrchestratorCapped": "OrchestratorCapped",
    "LostSegment": "LostSegment",
    "Remote transcoder took too long": "LostSegment",
}
_OTHER_CODE = "Transcode"


class NodeMeters:
    """Everything a node counts, ready to be rendered.

    What alerts count begins at 0: the first event of a series that begins with it is no increase.
    """

    def __init__(self, node_id: str) -> None:
        self.registry = registry = Registry({"node_id": node_id, "node_type": "orch"})
        build_info(registry, "orch")
        labels = ("profiles", "trusted", "verified")
        self._emerged = registry.counter(
            "livepeer_segment_source_emerged_unprocessed_total", "Segments taken from gateways."
        )
        self._downloaded_count = registry.counter(
            "livepeer_segment_transcoded_downloaded_total", "Sources and results read."
        )
        self._transcoded = registry.counter(
            "livepeer_segment_transcoded_total", "Segments answered with renditions.", labels
        )
        self._failed = registry.counter(
            "livepeer_segment_transcode_failed_total", "Segments not transcoded.", ("error_code",)
        )
        self._time = registry.histogram(
            "livepeer_transcode_time_seconds",
            "From a segment's receipt to its renditions.",
            TRANSCODE_BUCKETS,
            labels,
        )
        self._score = registry.histogram(
            "livepeer_transcode_score", "Duration over transcode time.", _SCORE_BUCKETS, labels
        )
        self._duration = registry.histogram(
            "livepeer_source_segment_duration_seconds", "Length of sources.", DURATION_BUCKETS
        )
        self._download = registry.histogram(
            "livepeer_download_time_seconds", "Time that sources took to arrive.", TRANSFER_BUCKETS
        )
        self._pixels = registry.counter(
            "livepeer_mil_pixels_processed", "Million encoded pixels delivered."
        )
        for code in (*_CODES.values(), _OTHER_CODE):
            self._failed.add(0, error_code=code)
        self._ladders: set[str] = set()
        self._add_gateway_side(registry)
        self._add_backlog(registry)

    def _add_gateway_side(self, registry: Registry) -> None:
        self.max_sessions = registry.gauge(
            "livepeer_max_sessions_total", "Sessions that can be served at once."
        )
        self.sessions = registry.gauge("livepeer_current_sessions_total", "Live sessions.")
        self.transcoders = registry.gauge("livepeer_transcoders_number", "Transcoders heard of.")
        self.slots = registry.gauge("livepeer_transcoders_capacity", "Their slots.")
        self.busy = registry.gauge("livepeer_transcoders_load", "Their busy slots.")
        self.success_rate = registry.gauge("livepeer_success_rate", "Always 1 on a node.")
        self.success_rate.set(1)
        self.refused = registry.counter("podium_refused_total", "Refusals.", ("reason",))
        self.refused.set(0, reason=CAPPED)

    def _add_backlog(self, registry: Registry) -> None:
        self.streams = registry.gauge("podium_open_streams", "Open streams.", ("load_class",))
        self.waiting = registry.gauge(
            "podium_waiting_segments", "Segments that no slot works on yet.", ("load_class",)
        )
        self.backlog = registry.gauge(
            "podium_backlog_seconds", "Their source duration.", ("load_class",)
        )
        self.oldest_wait = registry.gauge("podium_oldest_wait_seconds", "Age of the oldest one.")
        self.late = registry.counter("podium_segments_late_total", "Answered after one duration.")
        self.lost = registry.counter("podium_segments_lost_total", "Never answered in time.")
        self.republished = registry.counter(
            "podium_jobs_republished_total", "Jobs that the queue had lost."
        )
        self.poisoned = registry.counter(
            "podium_jobs_poisoned_total", "Jobs given up after killing several transcoders."
        )
        self.queue_up = registry.gauge("podium_queue_connected", "1 while the queue is reached.")
        self.queue_connections = registry.counter(
            "podium_queue_connections_total", "Connections made to the queue."
        )
        self.rendition_bytes = registry.gauge("podium_rendition_bytes", "Renditions in memory.")
        self.source_bytes = registry.gauge("podium_source_bytes", "Unanswered sources in memory.")
        self.evicted = registry.counter(
            "podium_renditions_evicted_total", "Renditions dropped for want of memory."
        )

    def received(self, duration_seconds: float) -> None:
        """Count a segment that was taken."""
        self._emerged.add()
        self._duration.observe(duration_seconds)

    def downloaded(self, seconds: float) -> None:
        """Count a source that has arrived."""
        self._downloaded_count.add()
        self._download.observe(seconds)

    def transcoded(self, segment: Segment, answer: Answer, seconds: float) -> None:
        """Count a segment that was answered with renditions."""
        profiles = self._ladder(segment)
        self._transcoded.add(profiles=profiles, **_TRUST)
        self._time.observe(seconds, profiles=profiles, **_TRUST)
        self._score.observe(
            segment.duration_seconds / max(seconds, 0.001), profiles=profiles, **_TRUST
        )
        self._downloaded_count.add()
        self._pixels.add(sum(rendition.pixels for rendition in answer.renditions) / 1e6)

    def failed(self, text: str) -> None:
        """Count a segment that was not transcoded, by the network's code for the reason."""
        self._failed.add(error_code=_CODES.get(text, _OTHER_CODE))

    def _ladder(self, segment: Segment) -> str:
        """Name a segment's renditions as the network does; "other" once there are too many."""
        name = ",".join(sorted(profile.name[:60] for profile in segment.profiles))
        if name not in self._ladders and len(self._ladders) >= _MOST_LADDERS:
            return "other"
        self._ladders.add(name)
        return name
