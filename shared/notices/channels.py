"""The channels that a system has; apprise, which is large, is loaded only where it is used."""

from collections.abc import Sequence

from shared.notices.apprise.settings import AppriseSettings
from shared.notices.channel import Channel
from shared.notices.smtp.settings import SmtpSettings


class ChannelSettings(SmtpSettings, AppriseSettings):
    """The settings of all channels; without any, nobody is told anything."""

    @property
    def has_channels(self) -> bool:
        return self.has_mail or self.apprise_file is not None

    @property
    def has_mail(self) -> bool:
        return bool(self.smtp_host)


def open_channels(settings: ChannelSettings) -> Sequence[Channel]:
    """Open the channels that are configured; raises ValueError for one that cannot be used."""
    found = list[Channel]()
    if settings.smtp_host:
        from shared.notices.smtp.channel import SmtpChannel  # noqa: PLC0415  see above

        found.append(SmtpChannel(settings))
    if settings.apprise_file:
        from shared.notices.apprise.channel import AppriseChannel  # noqa: PLC0415  see above

        found.append(AppriseChannel(settings.apprise_file))
    return found
