"""The mail of an event."""

from __future__ import annotations

from datetime import datetime

from conf.model import DigestConf
from pipelines.alerts import telling
from pipelines.alerts.telling import Message
from pipelines.digest.mail.letters import new_mail, whole
from pipelines.digest.telling import environment


def compose(
    settings: DigestConf, address: str, words: Message, alert: str, mail_id: str, moment: datetime
) -> bytes:
    """The mail as it goes to the server: the same bytes each time it is asked for.

    Args:
        words: the event in words. alert: id of the alert, which the mail names.
        mail_id: what the Message-ID is made of. moment: when the event was noted.
    """
    footer = f"You get this by an alert. Who runs it ends it so: papertide alerts remove {alert}"
    plain = f"{telling.plain(words)}\n\n-- \n{footer}\n"
    page = environment().get_template("alert.html")
    html = page.render(told=words, more=telling.more(words), footer=footer)
    return whole(new_mail(settings, address, words.subject, mail_id, moment), plain, html)
