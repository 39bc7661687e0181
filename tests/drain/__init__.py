"""Transcoders told to stop, thousands of times, while gateways stream.

The parts are real processes: nats-server, the node with its Envoy, transcoders with their slots.
Product code never imports this.
"""
