"""The chain: registration, rewards, accounting, and the keys that sign for them."""
