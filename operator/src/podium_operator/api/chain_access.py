"""How the chain is reached and who signs, as a provider writes it: endpoints, keystore, signer.

Whatever holds a key stands in a Secret and is only named here.
"""

__all__ = ["ChainSigner", "Keystore", "RemoteSigner", "Rpc", "RpcEndpoint", "SecretKey"]

from typing import Annotated

from pydantic import ConfigDict, Field

from podium_operator.api.fields import DnsLabel, Model, Rule, rules

_Url = Annotated[str, Field(max_length=512, pattern=r"^https?://[A-Za-z0-9._~:/\[\]%-]+$")]


class SecretKey(Model):
    """One key of a Secret in the Orchestrator's namespace."""

    name: DnsLabel = Field(description="The Secret's name.")
    key: Annotated[str, Field(max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")] = Field(
        description="The key in it."
    )


class RpcEndpoint(Model):
    """One way to the chain; its name is what status, metrics and logs show."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            Rule(
                "has(self.url) != has(self.urlSecretRef)",
                "an endpoint has one URL: set either url, or urlSecretRef where the URL holds a "
                "key",
            )
        )
    )

    name: DnsLabel = Field(description="Shown everywhere instead of the URL.")
    url: _Url | None = Field(
        default=None, description="http(s)://…, without a key in it: everybody can read it here."
    )
    url_secret_ref: SecretKey | None = Field(
        default=None, description="Where the URL is kept, if it holds a key."
    )
    bearer_secret_ref: SecretKey | None = Field(
        default=None, description="Where a bearer token is kept, for endpoints that take one."
    )


class Rpc(Model):
    """The ways to the chain, and what is asked of them."""

    endpoints: Annotated[
        list[RpcEndpoint],
        Field(
            min_length=1,
            max_length=8,
            json_schema_extra={
                "x-kubernetes-list-type": "atomic",
                **rules(
                    Rule(
                        "self.all(e, self.filter(f, f.name == e.name).size() == 1)",
                        "two endpoints have the same name: give each endpoint a name of its own",
                    )
                ),
            },
        ),
    ] = Field(description="In the order they are preferred; two or more outlive the loss of one.")
    max_block_lag: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=20, description="Blocks an endpoint may be behind the best one."
    )
    timeout_seconds: Annotated[int, Field(ge=1, le=60)] = Field(
        default=10, description="At most this long for one answer."
    )
    poll_seconds: Annotated[int, Field(ge=1, le=300)] = Field(
        default=30,
        description="How often the chain is read while nothing is on its way; some 40 values in "
        "a few batches each time.",
    )


class Keystore(Model):
    """An encrypted key file (V3) and its password."""

    secret_ref: SecretKey = Field(description="Where the key file is kept.")
    password_secret_ref: SecretKey = Field(description="Where its password is kept.")


class RemoteSigner(Model):
    """A Web3Signer: the key never enters the cluster."""

    url: _Url = Field(description="Of its JSON-RPC.")
    tls_secret_name: DnsLabel | None = Field(
        default=None,
        description="A Secret with tls.crt and tls.key, by which the operator is known, and "
        "ca.crt, by which the signer is.",
    )


class ChainSigner(Model):
    """Who signs: a keystore, a remote signer, or nobody (calldata for a cold key or a Safe)."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            Rule(
                "!(has(self.keystore) && has(self.remote))",
                "one key signs: remove either keystore or remote",
            )
        )
    )

    keystore: Keystore | None = Field(default=None, description="A key file in a Secret.")
    remote: RemoteSigner | None = Field(default=None, description="Web3Signer, over mutual TLS.")
