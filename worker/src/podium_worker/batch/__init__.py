"""`podium-worker transcode`: a transcoder's job by hand, on files instead of a queue."""
