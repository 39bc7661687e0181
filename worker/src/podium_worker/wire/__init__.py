"""The network's wire: messages, tokens, hashes and checks, without any I/O."""
