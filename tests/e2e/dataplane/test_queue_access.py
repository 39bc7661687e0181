"""A queue with TLS and passwords, whose passwords change while segments flow."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import nats
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.e2e.dataplane.plane import DataPlane
from tests.e2e.dataplane.wire import WireClient, seg_data


def issue(
    name: str, issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
    )
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def write_tls(folder: Path) -> None:
    authority = issue("authority")
    certificate, key = issue("queue", authority)
    pem = serialization.Encoding.PEM
    (folder / "ca.crt").write_bytes(authority[0].public_bytes(pem))
    (folder / "tls.crt").write_bytes(certificate.public_bytes(pem))
    (folder / "tls.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def write_access(plane: DataPlane, password: str) -> None:
    """Write the server's configuration and the clients' files, as an operator rotates them."""
    folder = plane.folder
    (folder / "nats.conf").write_text(
        f'authorization {{ users: [{{ user: "podium", password: "{password}" }}] }}\n'
        f'tls {{ cert_file: "{folder}/tls.crt", key_file: "{folder}/tls.key" }}\n'
    )
    (folder / "username").write_text("podium\n")
    (folder / "password").write_text(f"{password}\n")


def secure(plane: DataPlane) -> None:
    write_tls(plane.folder)
    write_access(plane, "first")
    plane.queue_arguments = ["--config", str(plane.folder / "nats.conf")]
    plane.queue_settings = {
        "servers": [f"tls://127.0.0.1:{plane.queue_port}"],
        "usernameFile": str(plane.folder / "username"),
        "passwordFile": str(plane.folder / "password"),
        "caFile": str(plane.folder / "ca.crt"),
    }


async def test_credentials_rotate_without_losing_a_segment(
    plane: DataPlane, gateway: WireClient, heavy_segment: bytes, segment: bytes
) -> None:
    secure(plane)
    await plane.start()
    token = await gateway.token()
    header = seg_data(token, heavy_segment)
    before = await plane.metric("podium_queue_connections_total")

    answer = asyncio.create_task(gateway.push(header, heavy_segment))
    await plane.until_metric("podium_busy_slots", lambda value: value == 1, "transcoder")
    write_access(plane, "second")
    plane.processes["queue"].send_signal(signal.SIGHUP)
    await plane.until_metric("podium_queue_connections_total", lambda value: value > before)
    during = await answer
    after = await gateway.push(seg_data(token, segment, seq=1), segment)

    assert len(during.data.segments) == 1, during.error
    assert len(after.data.segments) == 1, after.error
    assert await plane.metric("podium_queue_connected") == 1


async def test_a_stream_that_another_release_made_is_taken_over(
    plane: DataPlane, gateway: WireClient, segment: bytes
) -> None:
    await plane.start_queue()
    client = await nats.connect(f"nats://127.0.0.1:{plane.queue_port}")
    stream = client.jetstream()
    await stream.add_stream(
        name="podium_jobs", subjects=["podium.jobs.*"], storage="memory", retention="workqueue"
    )
    await stream.add_consumer(
        "podium_jobs", durable_name="h264", ack_policy="explicit", max_waiting=7
    )
    await client.close()

    await asyncio.gather(plane.start_node(), plane.start_transcoder())
    await plane.until_metric("livepeer_max_sessions_total", lambda value: value > 0)
    header = seg_data(await gateway.token(), segment)
    result = await gateway.push(header, segment)

    assert len(result.data.segments) == 1, result.error


async def test_a_wrong_password_is_tried_again_until_it_is_right(plane: DataPlane) -> None:
    secure(plane)
    await plane.start_queue()
    (plane.folder / "password").write_text("wrong\n")

    await plane.start_node()
    refused = await plane.metric("podium_queue_connected")
    (plane.folder / "password").write_text("first\n")
    await plane.until_metric("podium_queue_connected", lambda value: value == 1)

    assert refused == 0
