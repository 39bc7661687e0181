"""The cluster's certificates: one authority, and a certificate for each who speaks.

Made anew at every start and good for a year; keys are elliptic, so that all of them take a few
milliseconds. Files are written for the owner alone.
"""

import datetime as dt
import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from podium_operator.yaml_text import to_yaml

__all__ = ["Authority", "Identity", "kubeconfig", "write_key_pair", "write_private"]

_LIFE = dt.timedelta(days=365)
# A clock that is set back a little after a start must not make the certificates future ones.
_EARLIER = dt.timedelta(hours=1)
_USAGES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)

# Python's strict verification (3.13 on) asks an authority for this and for key identifiers.
_SIGNS_ONLY = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a certificate names: a user, its group, and the names and addresses it serves at."""

    user: str
    group: str = ""
    hosts: tuple[str, ...] = field(default=())

    def subject(self) -> x509.Name:
        names = [x509.NameAttribute(NameOID.COMMON_NAME, self.user)]
        if self.group:
            names.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.group))
        return x509.Name(names)


class Authority:
    """A certificate authority: its certificate's file, its key, and a folder for what it signs."""

    def __init__(self, certificate_file: Path, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate_file = certificate_file
        self._folder = certificate_file.parent
        self._subject = Identity(f"podium {certificate_file.stem}").subject()
        self._key = key

    @classmethod
    def create(cls, folder: Path, name: str) -> "Authority":
        """Make an authority and write its certificate and key as `name`.crt and `name`.key."""
        authority = cls(folder / f"{name}.crt", ec.generate_private_key(ec.SECP256R1()))
        public = authority._key.public_key()
        certificate = (
            _builder(authority._subject, authority._subject, public)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_SIGNS_ONLY, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(authority._key, hashes.SHA256())
        )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_certificate(authority.certificate_file, certificate)
        write_private(folder / f"{name}.key", _key_bytes(authority._key))
        return authority

    @classmethod
    def load(cls, folder: Path, name: str) -> "Authority":
        """Read an authority back that `create` wrote."""
        content = (folder / f"{name}.key").read_bytes()
        key = serialization.load_pem_private_key(content, password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return cls(folder / f"{name}.crt", key)

    def issue(self, name: str, identity: Identity) -> tuple[Path, Path]:
        """Sign a certificate for an identity; return the files of certificate and key."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(identity.subject(), self._subject, key.public_key())
        builder = builder.add_extension(x509.ExtendedKeyUsage(_USAGES), critical=False)
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(signer, critical=False)
        if identity.hosts:
            names = x509.SubjectAlternativeName(_general_names(identity.hosts))
            builder = builder.add_extension(names, critical=False)
        certificate_file = self._folder / f"{name}.crt"
        _write_certificate(certificate_file, builder.sign(self._key, hashes.SHA256()))
        key_file = self._folder / f"{name}.key"
        write_private(key_file, _key_bytes(key))
        return certificate_file, key_file


def write_key_pair(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a key that signs service accounts' tokens; return private and public file."""
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    write_private(private, _key_bytes(key))
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, form))
    return private, public


def kubeconfig(server: str, authority: Path, pair: tuple[Path, Path]) -> str:
    """Build a kubeconfig that speaks with a certificate; files are named, not copied in."""
    certificate, key = pair
    user = {"client-certificate": str(certificate), "client-key": str(key)}
    cluster = {"server": server, "certificate-authority": str(authority)}
    return to_yaml(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "podium", "cluster": cluster}],
            "users": [{"name": "podium", "user": user}],
            "contexts": [{"name": "podium", "context": {"cluster": "podium", "user": "podium"}}],
            "current-context": "podium",
        }
    )


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _LIFE)
    )


def _general_names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    return [_general_name(host) for host in hosts]


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write_certificate(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    # kube-apiserver's service account keys are read as SEC 1 or PKCS 8; the latter suits all.
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
