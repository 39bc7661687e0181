"""A gateway's side of the Livepeer wire, written from its description and not from our node.

It finds an orchestrator, pushes segments and fetches renditions with go-livepeer's time-outs, and
keeps a truthful record of every segment. Tests and the demo use it; product code never imports it.
"""
