"""E-mail over SMTP, always encrypted: STARTTLS, or TLS from the first byte on port 465.

The server must be on the allow-list like any other host, and the connection goes to the address
that was checked. Each person gets a mail of their own. The Message-ID is made of the business
id, so that a second attempt is the same mail.
"""

from __future__ import annotations

import hashlib
import smtplib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Any, Final

from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.answers import address_of, link_of, setting
from haochaping.delivery.book import EMAIL
from haochaping.delivery.gateways import Send
from haochaping.delivery.outgoing import Outgoing
from haochaping.hooks.services import OutgoingMessage

SUBMISSION: Final = 587
IMPLICIT: Final = 465
PORTS: Final = frozenset({SUBMISSION, IMPLICIT})
"""Ports that a host on the allow-list may be reached at without naming one."""
_WHO: Final = "the mail server"


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server, and who speaks to it."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str
    name: str

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Server:
        """Return the server of a gateway's settings. Raises OutgoingFault."""
        return cls(
            host=setting(settings, "host", _WHO),
            port=int(settings.get("port", SUBMISSION)),
            user=str(settings.get("user", "")),
            password=str(settings.get("secret", "")),
            sender=setting(settings, "sender", _WHO),
            name=str(settings.get("sender_name", "")),
        )


class _Pinned(smtplib.SMTP):
    """SMTP over a socket that is connected to a checked address."""

    def __init__(self, ready: socket.socket, host: str, timeout: float) -> None:
        self._ready = ready
        super().__init__(timeout=timeout, local_hostname="localhost")
        self._host = host  # the name that the certificate must prove

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._ready


def make(settings: Mapping[str, Any], http: Outgoing) -> Send:
    """Return the sender for `host`, `sender`; optionally `port`, `user`, `sender_name`, `secret`.

    Without a `user` the server takes mail from this machine as it is.
    """

    def send(message: OutgoingMessage) -> str:
        server = Server.of(settings)
        mail = mail_of(server, message, settings, http)
        try:
            return _sent(server, mail, http)
        except smtplib.SMTPRecipientsRefused as error:
            (code, _said) = next(iter(error.recipients.values()))
            raise _refused(code) from None
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code) from None
        except ssl.SSLCertVerificationError as error:
            raise OutgoingFault(f"{_WHO} has no valid certificate", retry=False) from error
        except (smtplib.SMTPException, OSError) as error:
            raise OutgoingFault(f"{_WHO}: {type(error).__name__}", retry=True) from error

    return send


def mail_of(
    server: Server, message: OutgoingMessage, settings: Mapping[str, Any], http: Outgoing
) -> EmailMessage:
    """Return the mail: subject, words and link as plain text."""
    language = str(settings.get("language", "zh_Hans_CN"))
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((server.name, server.sender))
    mail["To"] = address_of(message, EMAIL)
    mail["Subject"] = message.subject.into(language)
    mail["Date"] = format_datetime(http.clock.now())
    mail["Message-ID"] = _message_id(message.business_id, server.sender)
    mail["X-Haochaping-Id"] = message.business_id.encode("ascii", "backslashreplace").decode()
    mail["Auto-Submitted"] = "auto-generated"
    parts = (message.body.into(language), link_of(message, settings))
    mail.set_content("\n\n".join(part for part in parts if part) + "\n")
    return mail


def _sent(server: Server, mail: EmailMessage, http: Outgoing) -> str:
    context = ssl.create_default_context(cafile=http.ca_file)
    ready = http.connect(server.host, server.port, PORTS)
    with ready:
        if server.port == IMPLICIT:
            ready = context.wrap_socket(ready, server_hostname=server.host)
        with _Pinned(ready, server.host, http.limits.read_seconds) as smtp:
            code, said = smtp.connect(server.host, server.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, said)
            if server.port != IMPLICIT:
                smtp.starttls(context=context)
            if server.user:
                smtp.login(server.user, server.password)
            smtp.send_message(mail)
    return str(mail["Message-ID"])[:100]


def _refused(code: int) -> OutgoingFault:
    """Return the fault of an SMTP answer: 4yz passes, 5yz does not (RFC 5321, 4.2.1)."""
    return OutgoingFault(f"{_WHO} answered {code}", retry=not 500 <= code < 600, status=code)


def _message_id(business_id: str, sender: str) -> str:
    named = hashlib.sha256(business_id.encode()).hexdigest()[:40]
    return f"<{named}@{sender.rpartition('@')[2]}>"
