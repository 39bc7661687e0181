"""Decisions of the chain side carried out on real contracts, by the real hands."""
