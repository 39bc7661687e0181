"""The transcoder: one source segment in, all its renditions out."""
