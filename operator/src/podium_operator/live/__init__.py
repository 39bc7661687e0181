"""The live page: what the operator knows, shown to people; reads, never writes, decides nothing."""
