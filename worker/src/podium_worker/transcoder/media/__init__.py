"""One segment in, renditions out: decoding, scaling, encoding, muxing. No process, no network."""
