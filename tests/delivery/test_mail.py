"""E-mail against an SMTP server on this machine: STARTTLS, sign-in, and what answers mean."""

from __future__ import annotations

import base64
import contextlib
import email
import email.policy
import ipaddress
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.delivery.conftest import a_message

from haochaping.delivery import mail
from haochaping.delivery.addresses import OutgoingFault, Rules
from haochaping.delivery.outgoing import Limits, Outgoing

PASSWORD = "the password"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that signs itself, in a file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("mail") / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


class Post:
    """An SMTP server that says what it is told to at each step."""

    def __init__(self, certificate):
        self.say = {"MAIL": "250 ok", "RCPT": "250 ok", ".": "250 taken", "AUTH": "235 ok"}
        self.greeting = "220 here"
        self.starttls = True
        self.implicit = False
        self.mails, self.signed_in = [], []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        post = self

        class Talk(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.settimeout(5)
                with contextlib.ExitStack() as open_ones, contextlib.suppress(OSError):
                    post.talk(self.request, context, open_ones)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def talk(self, wire, context, open_ones):
        if not self.greeting:
            return
        if self.implicit:
            wire = open_ones.enter_context(context.wrap_socket(wire, server_side=True))
        wire.sendall(f"{self.greeting}\r\n".encode())
        lines = open_ones.enter_context(wire.makefile("rb"))
        while line := lines.readline().decode().strip():
            word = line.partition(" ")[0].upper()
            if word == "EHLO":
                offered = (
                    ["here"] + ["STARTTLS"] * (self.starttls and not self.implicit) + ["AUTH PLAIN"]
                )
                marks = ["-"] * (len(offered) - 1) + [" "]
                said = [f"250{mark}{one}" for mark, one in zip(marks, offered, strict=True)]
                wire.sendall("".join(f"{one}\r\n" for one in said).encode())
            elif word == "STARTTLS":
                wire.sendall(b"220 go\r\n")
                wire = open_ones.enter_context(context.wrap_socket(wire, server_side=True))
                lines = open_ones.enter_context(wire.makefile("rb"))
            elif word == "DATA":
                wire.sendall(b"354 go\r\n")
                body = b""
                while (part := lines.readline()) != b".\r\n":
                    body += part
                self.mails.append(body)
                wire.sendall(f"{self.say['.']}\r\n".encode())
            elif word == "QUIT":
                wire.sendall(b"221 bye\r\n")
                return
            else:
                if word == "AUTH":
                    self.signed_in.append(base64.b64decode(line.split(" ")[2]))
                wire.sendall(f"{self.say.get(word, '250 ok')}\r\n".encode())


@pytest.fixture
def post(certificate):
    made = Post(certificate)
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def http(clock, certificate, post):
    rules = Rules(frozenset({f"127.0.0.1:{post.port}"}), loopback=True)
    return Outgoing(rules, clock, Limits(connect_seconds=1, read_seconds=1), certificate)


@pytest.fixture
def settings(post):
    return {
        "host": "127.0.0.1",
        "port": post.port,
        "user": "hcp",
        "secret": PASSWORD,
        "sender": "hcp@example.gov.cn",
        "sender_name": "好差评",
        "site": "https://hcp.example",
    }


def message(**changes):
    return a_message(**{"to": "email:li.lei@example.gov.cn", **changes})


def test_a_mail_goes_out_encrypted_and_signed_in(settings, http, post):
    reference = mail.make(settings, http)(message())
    assert post.signed_in == [f"\0hcp\0{PASSWORD}".encode()]
    got = email.message_from_bytes(post.mails[0], policy=email.policy.default)
    assert got["To"] == "li.lei@example.gov.cn"
    assert got["From"] == "好差评 <hcp@example.gov.cn>"
    assert got["Subject"] == "差评工单即将到期"
    assert got["X-Haochaping-Id"] == "case:7:1:reply:1"
    assert got["Message-ID"] == reference
    assert "答复期限 2026-11-20" in got.get_content()
    assert "https://hcp.example/console/cases/ABC" in got.get_content()


def test_the_same_business_id_is_the_same_mail(settings, http, post):
    send = mail.make(settings, http)
    assert send(message()) == send(message())
    assert send(message(business_id="case:8")) != send(message())


@pytest.mark.parametrize(
    ("step", "said", "retry"),
    [
        ("RCPT", "550 no such user", False),
        ("RCPT", "450 try later", True),
        ("MAIL", "451 busy", True),
        (".", "554 refused", False),
        (".", "452 full", True),
        ("AUTH", "535 wrong password", False),
    ],
)
def test_only_answers_that_pass_are_tried_again(settings, http, post, step, said, retry):
    post.say[step] = said
    with pytest.raises(OutgoingFault) as fault:
        mail.make(settings, http)(message())
    assert fault.value.retry is retry
    assert fault.value.status == int(said[:3])
    assert PASSWORD not in str(fault.value)
    assert "li.lei" not in str(fault.value)


@pytest.mark.parametrize(("greeting", "retry"), [("", True), ("421 busy", True), ("554 no", False)])
def test_a_server_that_does_not_greet_is_tried_again_unless_it_refuses(
    settings, http, post, greeting, retry
):
    post.greeting = greeting
    with pytest.raises(OutgoingFault) as fault:
        mail.make(settings, http)(message())
    assert fault.value.retry is retry


def test_a_server_without_starttls_gets_neither_password_nor_mail(settings, http, post):
    post.starttls = False
    with pytest.raises(OutgoingFault):
        mail.make(settings, http)(message())
    assert post.signed_in == post.mails == []


def test_a_certificate_that_nobody_vouches_for_ends_it(settings, clock, post):
    rules = Rules(frozenset({f"127.0.0.1:{post.port}"}), loopback=True)
    with pytest.raises(OutgoingFault, match="certificate") as fault:
        mail.make(settings, Outgoing(rules, clock))(message())
    assert not fault.value.retry
    assert post.mails == []


def test_a_server_that_is_not_there_is_tried_again(settings, clock, certificate):
    rules = Rules(frozenset({"127.0.0.1:1"}), loopback=True)
    with pytest.raises(OutgoingFault) as fault:
        mail.make({**settings, "port": 1}, Outgoing(rules, clock))(message())
    assert fault.value.retry


@pytest.mark.parametrize("hosts", [set(), {"other.example:25"}, {"127.0.0.1:2525"}])
def test_a_server_that_is_not_listed_is_not_called(settings, clock, post, hosts):
    with pytest.raises(OutgoingFault, match="not on the list") as fault:
        mail.make(settings, Outgoing(Rules(frozenset(hosts), loopback=True), clock))(message())
    assert not fault.value.retry


def test_a_private_address_behind_a_listed_name_is_refused(settings, clock):
    rules = Rules(frozenset({"smtp.example.gov.cn"}))
    http = Outgoing(rules, clock, resolve=lambda host, port: ["10.0.0.7"])
    with pytest.raises(OutgoingFault, match="refused"):
        mail.make({**settings, "host": "smtp.example.gov.cn", "port": 587}, http)(message())


def test_port_465_speaks_tls_from_the_first_byte(settings, http, post, monkeypatch):
    monkeypatch.setattr(mail, "IMPLICIT", post.port)  # ports below 1024 are not for tests
    post.implicit = True
    reference = mail.make(settings, http)(message())
    assert post.signed_in == [f"\0hcp\0{PASSWORD}".encode()]
    got = email.message_from_bytes(post.mails[0], policy=email.policy.default)
    assert got["Message-ID"] == reference
    strangers = Outgoing(http.rules, http.clock, http.limits)
    with pytest.raises(OutgoingFault, match="no valid certificate") as fault:
        mail.make(settings, strangers)(message())
    assert not fault.value.retry
    assert len(post.mails) == 1
