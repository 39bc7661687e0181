"""Real moving pictures with sound for tests, benches and the demo.

`segments` gives live-like MPEG-TS segments, as many as asked for, cheap after the first call.
Product code never imports this.
"""

from tests.media.probing import Contents, probe
from tests.media.segments import Segment, iter_segments, segments

__all__ = ["Contents", "Segment", "iter_segments", "probe", "segments"]
