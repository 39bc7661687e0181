"""The demo: a real control plane, the operator, live video in, renditions out (`make demo`).

Decisions (schedule, gates, playlists, summary, table rows) are pure modules; what runs programs
is thin.
"""
