"""The e-mail that a message becomes."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from shared.notices.channel import Message


def mail_of(message: Message, sender: str, to: str) -> EmailMessage:
    """Write a mail; its Message-ID stays the same each time the message is sent."""
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = f"<{message.id}@{sender.partition('@')[2]}>"
    mail["Date"] = formatdate()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = message.subject
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note answers it
    mail.set_content(message.body)
    return mail
