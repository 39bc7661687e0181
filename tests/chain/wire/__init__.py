"""The wire of the chain side on a real chain: reading, signing, sending, and endpoints that fail.

Every test has the devnet's contracts; endpoints that misbehave are those of the soak's proxy.
"""
