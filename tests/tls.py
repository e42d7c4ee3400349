"""TLS in front of the tests' Postgres, whose programs are built without it: a CA, its certificates, a server."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from urllib.parse import quote, urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from include.settings import LOOPBACK

HOST = "localhost"
SSL_REQUEST, GSS_REQUEST = (80877103).to_bytes(4), (80877104).to_bytes(4)
CHUNK_BYTES = 65_536


class Authority:
    """A CA of one's own, which signs certificates into its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        folder.mkdir()
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"CA {folder.name}")])
        self._certificate = self._sign(self._name, self._key.public_key(), days=1, is_ca=True)
        self.file = self._write("ca.crt", self._certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, host: str, *, days: int = 1) -> tuple[Path, Path]:
        """A certificate of a host and its key; with negative days it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        signed = self._sign(name, key.public_key(), days=days).public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return self._write(f"{host}{days}.crt", signed), self._write(f"{host}{days}.key", private)

    def _sign(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, *, days: int, is_ca: bool = False
    ) -> x509.Certificate:
        end = datetime.now(UTC) + timedelta(days=days)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(end - timedelta(days=10))
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if not is_ca:
            host = str(name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def _write(self, name: str, content: bytes) -> Path:
        file = self._folder / name
        file.touch(mode=0o600)
        file.write_bytes(content)
        return file


@dataclass(frozen=True)
class Session:
    """How a client came: encrypted or not, and what it said of itself in its first message."""

    is_encrypted: bool
    said: dict[str, str]


@dataclass
class TlsServer:
    """Postgres with `ssl = on`, on a port of its own, and the sessions that were opened."""

    port: int
    sessions: list[Session] = field(default_factory=list)

    def url(self, plain_url: str, **parameters: object) -> str:
        """The address of a database of the server behind it, with these parameters."""
        host = plain_url.rpartition("@")[2].partition("/")[0]
        query = urlencode({name: str(value) for name, value in parameters.items()}, quote_via=quote)
        return f"{plain_url.replace(host, f'{HOST}:{self.port}')}?{query}"


@contextmanager
def tls_server(target_port: int, certificate: Path, key: Path) -> Iterator[TlsServer]:
    """Answer on a free port as Postgres with `ssl = on` does; what comes in goes to the Postgres on `target_port`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            client = cast("socket.socket", self.request)
            with suppress(OSError, EOFError):  # the client did not like the certificate
                message = _read_message(client)
                if message[4:] == GSS_REQUEST:
                    client.sendall(b"N")
                    message = _read_message(client)
                if message[4:] == SSL_REQUEST:
                    client.sendall(b"S")
                    client = context.wrap_socket(client, server_side=True)
                    message = _read_message(client)
                told.sessions.append(Session(isinstance(client, ssl.SSLSocket), _said_in(message)))
                with client, socket.create_connection((LOOPBACK, target_port)) as server:
                    server.sendall(message)
                    threading.Thread(target=_pass_on, args=(server, client), daemon=True).start()
                    _pass_on(client, server)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server((LOOPBACK, 0), Handler) as server:
        told = TlsServer(server.server_address[1])
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield told
        finally:
            server.shutdown()


def _read_message(client: socket.socket) -> bytes:
    length = _read(client, 4)
    return length + _read(client, int.from_bytes(length) - 4)


def _read(client: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        if not (chunk := client.recv(size - len(read))):
            raise EOFError
        read += chunk
    return read


def _said_in(message: bytes) -> dict[str, str]:
    words = [word.decode() for word in message[8:].split(b"\0")]
    return dict(zip(words[::2], words[1::2], strict=False))


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(CHUNK_BYTES):
            sink.sendall(chunk)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
