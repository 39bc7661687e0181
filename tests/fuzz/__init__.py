"""Thousands of damaged segments through real slots: `make fuzz-transcode`.

Product code never imports this.
"""
