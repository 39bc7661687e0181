"""Pools that somebody else scales: what the operator wants of them, offered to KEDA and to HPAs."""
