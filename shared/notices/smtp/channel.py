"""E-mail over SMTP, a connection for each message."""

import asyncio
from typing import Any

import aiosmtplib

from shared.notices.channel import SEND_SECONDS, Addressee, ChannelName, Message, NotSent
from shared.notices.smtp.mail import mail_of
from shared.notices.smtp.settings import SmtpSettings

FOR_GOOD = 500
"""Replies from 500 on are permanent (RFC 5321 §4.2.1)."""


class SmtpChannel:
    name: ChannelName = "smtp"

    def __init__(self, settings: SmtpSettings) -> None:
        self._sender = settings.smtp_from
        self._server: dict[str, Any] = {
            "hostname": settings.smtp_host,
            "port": settings.smtp_port,
            "use_tls": settings.smtp_tls == "tls",
            "start_tls": settings.smtp_tls == "starttls",
            "cert_bundle": str(settings.smtp_ca_file) if settings.smtp_ca_file else None,
        }
        if settings.smtp_password_file:
            password = settings.smtp_password_file.read_text(encoding="utf-8").strip()
            self._server |= {"username": settings.smtp_user, "password": password}

    def reaches(self, to: Addressee) -> bool:
        return bool(to.email)

    async def send(self, to: Addressee, message: Message) -> None:
        mail = mail_of(message, self._sender, to.email)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await aiosmtplib.send(mail, **self._server)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            for_good = all(one.code >= FOR_GOOD for one in refused.recipients)
            raise NotSent("rejected" if for_good else "failed") from None
        except aiosmtplib.SMTPAuthenticationError:
            raise NotSent("sign_in") from None
        except aiosmtplib.SMTPResponseException:
            raise NotSent("failed") from None
        except (aiosmtplib.SMTPException, OSError):
            raise NotSent("unreachable") from None
