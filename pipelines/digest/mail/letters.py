"""Mails: a selection as multipart/alternative, and the request to confirm a subscription."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage, Message
from email.policy import SMTP, EmailPolicy, Policy
from email.utils import format_datetime

from jinja2 import Environment

from conf.model import DigestConf
from pipelines.digest import telling
from pipelines.digest.choosing import Selection
from pipelines.digest.inert import shorten
from pipelines.digest.readers.links import Links
from pipelines.digest.readers.subscribers import Subscriber

_SUBJECT_CHARS = 70
_WIDTH = 72


class _AsItIs(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]
    """A header in one line: a link that is folded, or encoded to be folded, is none any more."""

    def fold(self, *, policy: Policy[Message]) -> str:
        return f"{self.name}: {self}{policy.linesep}"


class _Whole(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]
    """A header that is encoded whole if at all: between encoded and plain parts blanks double."""

    def fold(self, *, policy: Policy[Message]) -> str:
        text = str(self)
        charset = "us-ascii" if text.isascii() else "utf-8"
        encoded = Header(text, charset, header_name=self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {encoded}{policy.linesep}"


def _policy() -> EmailPolicy[EmailMessage]:
    registry = HeaderRegistry()
    for name in ("list-unsubscribe", "list-unsubscribe-post", "message-id"):
        registry.map_to_type(name, _AsItIs)
    registry.map_to_type("subject", _Whole)
    return SMTP.clone(header_factory=registry)


_POLICY = _policy()


class Letters:
    """Writes mails: what they have in common is made once."""

    def __init__(self, settings: DigestConf, links: Links, topics: Mapping[str, str]) -> None:
        self.settings = settings
        self.links = links
        self.topics = topics
        templates: Environment = telling.environment()
        self._digest = templates.get_template("mail.html")
        self._confirmation = templates.get_template("confirmation.html")

    def digest(
        self, subscriber: Subscriber, selection: Selection, mail_id: str, moment: datetime
    ) -> bytes:
        """The mail of a day, as it goes to the server."""
        leave = self.links.unsubscribe(subscriber.id)
        name = self.settings.sender_name
        plain = "\n".join(
            (
                telling.text(selection, self.topics),
                "",
                "-- ",
                f"You get this because you confirmed that you want {name}.",
                f"Unsubscribe: {leave}",
                "",
            )
        )
        html = self._digest.render(
            selection=selection,
            topics=self.topics,
            like=lambda paper: self.links.like(subscriber.id, paper.paper_id),
            dislike=lambda paper: self.links.dislike(subscriber.id, paper.paper_id),
            leave=leave,
            name=name,
            subject=subject(selection),
        )
        mail = self._mail(subscriber, subject(selection), mail_id, moment)
        offer_to_unsubscribe(mail, leave)
        return whole(mail, plain, html)

    def confirmation(
        self, subscriber: Subscriber, until: date, mail_id: str, moment: datetime
    ) -> bytes:
        """The mail that asks whether the address wants to be subscribed."""
        name = self.settings.sender_name
        link = self.links.confirm(subscriber.id, until)
        plain = (
            f"Somebody asked that {name} be sent to this address, once a day.\n\n"
            f"If it was you, confirm by {telling.day(until)}:\n\n{link}\n\n"
            "If it was not, do nothing: you will hear no more of it.\n"
        )
        html = self._confirmation.render(link=link, name=name, until=until)
        return whole(self._mail(subscriber, f"Do you want {name}?", mail_id, moment), plain, html)

    def _mail(
        self, subscriber: Subscriber, words: str, mail_id: str, moment: datetime
    ) -> EmailMessage:
        return new_mail(self.settings, subscriber.address, words, mail_id, subscriber.local(moment))


def new_mail(
    settings: DigestConf, address: str, words: str, mail_id: str, moment: datetime
) -> EmailMessage:
    """A mail without its text; the same `mail_id` makes the same Message-ID."""
    sender = str(settings.sender)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(settings.sender_name, addr_spec=sender)
    mail["To"] = Address(addr_spec=address)
    mail["Subject"] = words
    mail["Date"] = format_datetime(moment)
    mail["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def offer_to_unsubscribe(mail: EmailMessage, link: str) -> None:
    """Name the link by which mail programs unsubscribe with one click (RFC 8058)."""
    mail["List-Unsubscribe"] = f"<{link}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def subject(selection: Selection) -> str:
    """What the mail is about: its first paper, and how many there are."""
    papers = selection.papers
    if not papers:
        return f"What rose, {telling.day(selection.as_of)}"
    more = len(papers) - 1
    first = shorten(papers[0].title, _SUBJECT_CHARS)
    return first if not more else f"{first} and {more} more"


def whole(mail: EmailMessage, plain: str, html: str) -> bytes:
    """The mail's bytes, all ASCII; what reads least first, as mail programs show the last."""
    mail.set_content(plain, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="base64")
    mail.set_boundary(f"=_{mail['Message-ID'].strip('<>').partition('@')[0]}")
    return mail.as_bytes()
