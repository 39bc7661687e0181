"""Podium against a real go-livepeer gateway, on loopback, off chain.

Needs a go-livepeer 0.9 binary named by the environment's `GO_LIVEPEER`; without it every test
is skipped and says so. Nothing here speaks the wire itself: the gateway does.
"""
