"""Gateways that take notices in a test, when they like: a mail server and a web hook."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local.server import is_free

LOGIN = LoginPassword(b"notices", b"secret of the mail server")


@dataclass
class MailServer:
    """A mail server; `unknown` are addresses it refuses for good, `busy` one that takes no mail."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    busy: bool = False
    tls: ssl.SSLContext | None = None
    _controller: Controller | None = None

    def start(self) -> None:
        if self._controller is not None:
            return
        more: dict[str, Any] = (
            {"tls_context": self.tls, "require_starttls": True} if self.tls else {}
        )
        if self.tls:
            more |= {"authenticator": self._signs_in, "auth_required": True}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **more)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def _signs_in(self, _s: SMTP, _session: Session, _e: Envelope, _way: str, data: Any) -> Any:
        return AuthResult(success=data == LOGIN, handled=False)

    async def handle_RCPT(  # noqa: N802  the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address in self.unknown:
            return f"550 no mailbox {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.busy:
            return "451 try again later"
        content = cast("bytes", envelope.content)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"

    def texts(self) -> list[str]:
        return [one.get_content() for one in self.mails]


@contextmanager
def a_mail_server(tls: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    server = MailServer(a_port(), tls=tls)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def a_port() -> int:
    return next(port for port in range(20100, 30000) if is_free(port))


def a_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a server's own certificate for 127.0.0.1, and the file by which it is trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public, both = folder / "mail.crt", folder / "mail.pem"
    public.write_bytes(made.public_bytes(pem))
    both.write_bytes(private + made.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context, public


@dataclass
class WebHook:
    """A web hook; it notes the path and the body of each request, and answers with `status`."""

    url: str = ""
    status: int = 200
    taken: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refused: int = 0


@contextmanager
def a_web_hook() -> Iterator[WebHook]:
    hook = WebHook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.status == 200:
                hook.taken.append((self.path, json.loads(body)))
            else:
                hook.refused += 1
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"json://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
