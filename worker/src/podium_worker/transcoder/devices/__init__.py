"""Processors and GPUs: which there are, what they can do, which are out."""
