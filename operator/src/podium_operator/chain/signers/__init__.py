"""Who signs: a keystore, a remote signer, or nobody; and what may be signed at all."""
