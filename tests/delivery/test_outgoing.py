"""Requests leave for allowed hosts and public addresses only, and are never redirected."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.delivery.conftest import Answer

from haochaping.delivery.addresses import Destination, OutgoingFault, Rules, destination
from haochaping.delivery.outgoing import Limits, Outgoing, system_addresses

HOSTS = frozenset({"robot.example", "robot.example:8443", "127.0.0.1", "::1"})


def refused(call):
    with pytest.raises(OutgoingFault) as caught:
        call()
    return caught.value


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://robot.example/send?x=1", "robot.example"),
        ("https://ROBOT.example:443/send", "robot.example"),
        ("https://robot.example./send", "robot.example"),
        ("https://robot.example:8443/", "robot.example:8443"),
        ("http://127.0.0.1:5000/", "127.0.0.1:5000"),
        ("http://[::1]:5000/", "[::1]:5000"),
    ],
)
def test_what_is_on_the_list_is_a_destination(url, authority):
    assert destination(url, Rules(HOSTS, loopback=True)).authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/",
        "https://robot.example.evil.example/",
        "https://evil.example/robot.example",
        "http://robot.example/",
        "https://robot.example:9443/",
        "https://user@robot.example/",
        "https://robot.example@evil.example/",
        "https://robot.example\\@evil.example/",
        "http://localhost:5000/",
        "ftp://robot.example/",
        "file:///etc/passwd",
        "robot.example/send",
        "https://",
        "https://[::1/",
        "https://robot.example:port/",
        "",
    ],
)
def test_anything_else_is_no_destination(url):
    fault = refused(lambda: destination(url, Rules(HOSTS, loopback=True)))
    assert not fault.retry


def test_this_machine_is_closed_unless_it_is_opened():
    refused(lambda: destination("http://127.0.0.1:5000/", Rules(HOSTS)))


PLACE = Destination("https://robot.example/", "https", "robot.example", 443)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "240.0.0.1",
    ],
)
def test_private_and_link_local_addresses_are_refused_after_resolution(clock, address):
    client = Outgoing(Rules(HOSTS), clock, resolve=lambda *_: ["93.184.215.14", address])
    fault = refused(lambda: client.post("https://robot.example/", b"", {}))
    assert not fault.retry
    assert "refused" in str(fault)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_pass(address):
    Rules(HOSTS).require_address(PLACE, address)


def test_a_private_network_is_opened_by_name_only():
    opened = Rules(HOSTS, networks=(ipaddress.ip_network("10.1.0.0/16"),))
    opened.require_address(PLACE, "10.1.2.3")
    refused(lambda: opened.require_address(PLACE, "10.2.2.3"))


def unresolvable(host, port):
    raise OSError("no such host")


@pytest.mark.parametrize("resolve", [unresolvable, lambda *_: []])
def test_a_host_without_an_address_is_tried_again_later(clock, resolve):
    client = Outgoing(Rules(HOSTS), clock, resolve=resolve)
    assert refused(lambda: client.post("https://robot.example/", b"", {})).retry


def test_the_system_resolver_knows_this_machine():
    assert "127.0.0.1" in system_addresses("127.0.0.1", 80)


def test_a_post_brings_body_and_headers_and_returns_the_answer(outgoing, robot):
    answer = outgoing.post(robot.url, b"hello", {"X-Test": "1"})
    assert (answer.status, answer.body) == (200, b'{"errcode": 0, "id": "R1"}')
    (received,) = robot.received
    assert received.body == b"hello"
    assert received.path == "/robot/send?access_token=tok123456"
    assert received.headers["X-Test"] == "1"
    assert received.headers["Host"] == f"127.0.0.1:{robot.port}"


@pytest.mark.parametrize(
    ("status", "retry"),
    [
        (500, True),
        (503, True),
        (429, True),
        (408, False),
        (425, False),
        (400, False),
        (404, False),
        (410, False),
    ],
)
def test_statuses_say_whether_to_try_again(outgoing, robot, status, retry):
    robot.answers = [Answer(status)]
    fault = refused(lambda: outgoing.post(robot.url, b"", {}))
    assert (fault.retry, fault.status) == (retry, status)
    assert len(robot.received) == 1


@pytest.mark.parametrize(("text", "seconds"), [("120", 120), ("soon", None), ("9" * 9, None)])
def test_the_wish_to_wait_is_passed_on(outgoing, robot, text, seconds):
    robot.answers = [Answer(503, headers={"Retry-After": text})]
    assert refused(lambda: outgoing.post(robot.url, b"", {})).retry_after == seconds


def test_redirects_are_not_followed(outgoing, robot):
    robot.answers = [Answer(302, headers={"Location": robot.url})]
    fault = refused(lambda: outgoing.post(robot.url, b"", {}))
    assert (fault.retry, fault.status) == (False, 302)
    assert len(robot.received) == 1


def test_a_long_answer_is_cut_off(outgoing, robot):
    robot.answers = [Answer(body=b"x" * 70_000)]
    assert "is too long" in str(refused(lambda: outgoing.post(robot.url, b"", {})))


def test_a_slow_answer_is_given_up(clock, robot):
    rules = Rules(frozenset({"127.0.0.1"}), loopback=True)
    client = Outgoing(rules, clock, Limits(total_seconds=0.0))
    fault = refused(lambda: client.post(robot.url, b"", {}))
    assert fault.retry
    assert "takes too long" in str(fault)


def test_nobody_listening_is_tried_again_later(outgoing, robot):
    robot.server.socket.close()
    fault = refused(lambda: outgoing.post(robot.url, b"", {}))
    assert fault.retry
    assert "access_token" not in str(fault)


def test_proxies_of_the_environment_are_not_used(outgoing, robot, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert outgoing.post(robot.url, b"", {}).status == 200


@pytest.fixture
def certificate(tmp_path):
    """A self-signed certificate of robot.example."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "robot.example")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("robot.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "key.pem").write_bytes(private)
    (tmp_path / "cert.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    return tmp_path


class _Hello(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = self.headers["Host"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class _Quiet(HTTPServer):
    def handle_error(self, request, client_address):
        pass


@pytest.fixture
def tls_port(certificate):
    server = _Quiet(("127.0.0.1", 0), _Hello)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def tls_client(clock, host, port, ca_file):
    rules = Rules(frozenset({f"{host}:{port}"}), loopback=True)
    return Outgoing(rules, clock, ca_file=ca_file, resolve=lambda *_: ["127.0.0.1"])


def test_tls_goes_to_the_checked_address_and_proves_the_hosts_name(clock, tls_port, certificate):
    client = tls_client(clock, "robot.example", tls_port, certificate / "cert.pem")
    answer = client.post(f"https://robot.example:{tls_port}/", b"x", {})
    assert answer.body == f"robot.example:{tls_port}".encode()


def test_a_certificate_of_another_name_is_not_trusted(clock, tls_port, certificate):
    client = tls_client(clock, "other.example", tls_port, certificate / "cert.pem")
    fault = refused(lambda: client.post(f"https://other.example:{tls_port}/", b"x", {}))
    assert fault.retry
    assert "SSLError" in str(fault)


def test_a_certificate_nobody_vouches_for_is_not_trusted(clock, tls_port):
    client = tls_client(clock, "robot.example", tls_port, None)
    assert refused(lambda: client.post(f"https://robot.example:{tls_port}/", b"x", {})).retry
