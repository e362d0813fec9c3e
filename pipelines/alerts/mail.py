"""The mail of an event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from conf.model import DigestConf
from pipelines.alerts import telling
from pipelines.alerts.telling import Message
from pipelines.digest.mail.letters import new_mail, offer_to_unsubscribe, whole
from pipelines.digest.readers.links import Links
from pipelines.digest.secrets import link_secret
from pipelines.digest.telling import environment


def link_to_end(settings: DigestConf, environ: Mapping[str, str], alert: str) -> str | None:
    """The link that ends an alert; None: no endpoint is set that would answer it.

    Raises:
        UsageError: there is an endpoint, and no secret that signs its links.
    """
    if settings.endpoint_url is None:
        return None
    secret = link_secret(environ, settings.signing_block)
    return Links(secret, settings.endpoint_url).end_alert(alert)


def compose(
    settings: DigestConf,
    address: str,
    words: Message,
    alert: str,
    end: str | None,
    mail_id: str,
    moment: datetime,
) -> bytes:
    """The mail as it goes to the server: the same bytes each time it is asked for.

    Args:
        words: the event in words. alert: id of the alert, which the mail names.
        end: the link that ends the alert, for its reader; None: whoever runs it ends it.
        mail_id: what the Message-ID is made of. moment: when the event was noted.
    """
    mail = new_mail(settings, address, words.subject, mail_id, moment)
    if end is None:
        how = f"Whoever runs it ends it by: papertide alerts remove {alert}"
    else:
        how = f"End it: {end}"
        offer_to_unsubscribe(mail, end)
    plain = f"{telling.plain(words)}\n\n-- \nYou get this because of an alert.\n{how}\n"
    page = environment().get_template("alert.html")
    html = page.render(told=words, more=telling.more(words), end=end, how=how)
    return whole(mail, plain, html)
