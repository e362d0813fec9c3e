"""The mail of an event."""

from __future__ import annotations

from datetime import datetime

from conf.model import DigestConf
from pipelines.alerts import telling
from pipelines.alerts.telling import Told
from pipelines.digest.mail.letters import headed, whole
from pipelines.digest.telling import environment


def composed(
    settings: DigestConf, address: str, told: Told, alert: str, mail_id: str, moment: datetime
) -> bytes:
    """The mail as it goes to the server: the same bytes each time it is asked for.

    Args:
        told: the event in words. alert: id of the alert, which the mail names.
        mail_id: what the Message-ID is made of. moment: when the event was noted.
    """
    footer = f"You get this by an alert. Who runs it ends it so: papertide alerts remove {alert}"
    plain = f"{telling.plain(told)}\n\n-- \n{footer}\n"
    page = environment().get_template("alert.html")
    html = page.render(told=told, more=telling.more(told), footer=footer)
    return whole(headed(settings, address, told.subject, mail_id, moment), plain, html)
