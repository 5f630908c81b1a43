"""The channels on a real mail server and a real web hook, also when these do not want."""

import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared.notices.channel import Addressee, Channel, Message, NotSent
from shared.notices.channels import ChannelSettings, open_channels
from tests.support.gateways import LOGIN, MailServer, a_certificate, a_mail_server, a_web_hook

MESSAGE = Message("0192ab", "建议闭环：有新进展 / Jianyi: news", "意见建议已受理。\nAccepted.")
MAIL = {"JIANYI_NOTICE_SMTP_HOST": "127.0.0.1", "JIANYI_NOTICE_SMTP_FROM": "no-reply@city.example"}
WANG = Addressee(email="wang@firm.example", phone="13812341234")
STATION = Addressee(office="XQ01/二")


def the_channel(**values: Any) -> Channel:
    (channel,) = open_channels(ChannelSettings.model_validate(values))
    return channel


def by_mail(server: MailServer, **more: Any) -> Channel:
    plain = {"JIANYI_NOTICE_SMTP_PORT": server.port, "JIANYI_NOTICE_SMTP_TLS": "none"}
    return the_channel(**MAIL | plain | more)


def by_hook(folder: Path, *addresses: str) -> Channel:
    file = folder / "addresses"
    file.write_text("\n".join(("# the city's gateways", "", *addresses)))
    return the_channel(JIANYI_NOTICE_APPRISE_FILE=file)


async def why_not(channel: Channel, to: Addressee = WANG) -> str:
    with pytest.raises(NotSent) as refused:
        await channel.send(to, MESSAGE)
    assert (refused.value.args, refused.value.__cause__) == ((refused.value.why,), None)
    return refused.value.why


async def test_a_mail_says_what_is_to_be_said_under_an_id_that_stays() -> None:
    with a_mail_server() as server:
        channel = by_mail(server)
        assert (channel.reaches(WANG), channel.reaches(STATION)) == (True, False)
        for _ in range(2):
            await channel.send(WANG, MESSAGE)
        first, second = server.mails
    assert first["Subject"] == MESSAGE.subject
    assert first.get_content().split("\r\n") == [*MESSAGE.body.split("\n"), ""]
    assert (first["From"], first["To"]) == ("no-reply@city.example", WANG.email)
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"] == second["Message-ID"] == "<0192ab@city.example>"


async def test_a_mail_server_is_signed_in_to_on_an_encrypted_line_only(tmp_path: Path) -> None:
    tls, certificate = a_certificate(tmp_path)
    password = tmp_path / "password"
    with a_mail_server(tls) as server:
        safe: dict[str, Any] = {
            "JIANYI_NOTICE_SMTP_TLS": "starttls",
            "JIANYI_NOTICE_SMTP_CA_FILE": certificate,
            "JIANYI_NOTICE_SMTP_USER": LOGIN.login.decode(),
            "JIANYI_NOTICE_SMTP_PASSWORD_FILE": password,
        }
        password.write_text(f"{LOGIN.password.decode()}\n")
        await by_mail(server, **safe).send(WANG, MESSAGE)
        assert len(server.mails) == 1
        stranger = {name: value for name, value in safe.items() if not name.endswith("CA_FILE")}
        assert await why_not(by_mail(server, **stranger)) == "unreachable"
        password.write_text("wrong")
        assert await why_not(by_mail(server, **safe)) == "sign_in"
        assert len(server.mails) == 1


async def test_what_a_mail_server_says_tells_whether_to_try_again() -> None:
    with a_mail_server() as server:
        channel = by_mail(server)
        server.unknown.add(WANG.email)
        assert await why_not(channel) == "rejected"
        server.unknown.clear()
        server.busy = True
        assert await why_not(channel) == "failed"
        server.stop()
        assert await why_not(channel) == "unreachable"
        server.busy = False
        server.start()
        await channel.send(WANG, MESSAGE)
    assert len(server.mails) == 1


async def test_gateways_are_told_the_phone_or_the_office_in_their_address(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with a_web_hook() as hook:
        channel = by_hook(tmp_path, f"{hook.url}/to/{{phone}}/{{id}}", f"{hook.url}/at/{{office}}")
        landline = Addressee(phone="0576-88881234")
        assert [channel.reaches(to) for to in (WANG, STATION, landline)] == [True, True, False]
        await channel.send(WANG, MESSAGE)
        await channel.send(STATION, MESSAGE)
        hook.status = 500
        assert await why_not(channel) == "failed"
    (person, said), (office, _) = hook.taken
    assert (person, office) == ("/to/13812341234/0192ab", "/at/XQ01%2F%E4%BA%8C")
    assert (said["title"], said["message"]) == (MESSAGE.subject, MESSAGE.body)
    assert WANG.phone not in caplog.text


async def test_a_line_alone_reaches_only_its_own(tmp_path: Path) -> None:
    group = by_hook(tmp_path, "json://127.0.0.1:1/group")
    assert [group.reaches(to) for to in (WANG, STATION)] == [False, True]
    assert await why_not(group, STATION) == "failed"
    people = by_hook(tmp_path, "json://127.0.0.1:1/{phone}")
    assert [people.reaches(to) for to in (WANG, STATION)] == [True, False]


@pytest.mark.parametrize(
    "addresses",
    [(), ("json://a/secret", "json://b/secret"), ("nonsense://secret/{phone}",), ("secret",)],
)
def test_a_file_that_cannot_be_used_is_refused_without_its_secrets(
    tmp_path: Path, addresses: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match="address") as refused:
        by_hook(tmp_path, *addresses)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "missing",
    [
        {"JIANYI_NOTICE_SMTP_HOST": "mail"},
        MAIL | {"JIANYI_NOTICE_SMTP_USER": "u"},
        MAIL | {"JIANYI_NOTICE_SMTP_PASSWORD_FILE": "/dev/null"},
        MAIL | {"JIANYI_NOTICE_SMTP_FROM": "no address"},
        MAIL
        | {
            "JIANYI_NOTICE_SMTP_USER": "u",
            "JIANYI_NOTICE_SMTP_PASSWORD_FILE": "/dev/null",
            "JIANYI_NOTICE_SMTP_TLS": "none",
        },
        {"JIANYI_NOTICE_APPRISE_FILE": "/nowhere"},
    ],
)
def test_half_a_channel_is_refused_at_the_start(missing: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ChannelSettings.model_validate(missing)


def test_without_settings_there_is_no_channel() -> None:
    settings = ChannelSettings.model_validate({})
    assert (settings.has_channels, list(open_channels(settings))) == (False, [])
