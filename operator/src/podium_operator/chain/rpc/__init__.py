"""The ways to the chain: endpoints with their health, reads at one block, broadcasts."""
