"""The live page in a real browser: its views, what it lets nobody do, and its picture."""
