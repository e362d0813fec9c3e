"""Mails: what a mail program and a mail server make of them; hostile text does nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conf.model import DigestConf
from pipelines.digest.choosing import Like, Selection
from pipelines.digest.edition import Paper, Rise, Risen
from pipelines.digest.inert import one_line, web_address
from pipelines.digest.mail import letters as letters_module
from pipelines.digest.mail.letters import Letters, subject
from pipelines.digest.readers.links import Links
from pipelines.digest.readers.subscribers import Subscriber, Wishes
from tests.pipelines.digest.house import HOSTILE
from tests.pipelines.digest.mailing import html, plain, read
from tests.pipelines.digest.pages import Seen, assert_inert

DAY = date(2025, 3, 1)
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
LINKS = Links(
    b"a secret of tides and ebbs", "https://papertide.example/a/long/path/to/the/mail/endpoint"
)
ADA = Subscriber("A1b2C3d4E5f6G7h8", "ada@example.org", "r" * 32, "active", "Europe/Lisbon",
                 Wishes(), (), (), NOON)  # fmt: skip


def paper(title: str, **given: object) -> Paper:
    """A paper as `edition` reads it from a table that holds `title`."""
    told = {"abstract": "", "authors": (), "venue": "", "categories": (), "address": None, **given}
    return Paper(paper_id="p1", title=one_line(title), first_shown_on=DAY, topic_id="t1", **told)  # type: ignore[arg-type]


def hostile(text: str) -> Selection:
    """A selection in which every text of a feed is `text`."""
    line = one_line(text)
    one = paper(text, abstract=line, authors=(line,) * 5, venue=line, categories=(line,),
                address=web_address(f"https://example.org/{line}"))  # fmt: skip
    rise = Rise(line, "t1", f"category={line}", "new", "established", line)
    risen = Risen("week", DAY, DAY + timedelta(days=6), (rise,), (rise,))
    return Selection(DAY, (one,), (Like(one, line),), (rise,), (rise,), risen)


def made(selection: Selection, topics: dict[str, str] | None = None) -> EmailMessage:
    letters = Letters(
        DigestConf(sender="papers@papertide.example", sender_name="Papertide"), LINKS, topics or {}
    )
    return read(letters.digest(ADA, selection, "0123abcd", NOON))


def selection(*titles: str) -> Selection:
    return Selection(DAY, tuple(paper(title) for title in titles))


def test_a_mail_says_who_what_when_and_how_to_leave() -> None:
    mail = made(selection("Tides"))
    assert mail["From"] == "Papertide <papers@papertide.example>"
    assert mail["To"] == "ada@example.org"
    assert mail["Message-ID"] == "<0123abcd@papertide.example>"
    assert mail["Date"] == "Sat, 01 Mar 2025 12:00:00 +0000"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    leave = mail["List-Unsubscribe"].strip("<>")
    assert leave == LINKS.unsubscribe(ADA.id)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert leave in plain(mail)
    assert leave in Seen.of(html(mail)).addresses
    assert LINKS.like(ADA.id, "p1") in Seen.of(html(mail)).addresses
    assert LINKS.dislike(ADA.id, "p1") in Seen.of(html(mail)).addresses


def test_the_link_to_leave_stands_in_one_line_as_it_is() -> None:
    """RFC 8058 readers take the header as it comes: folded or encoded it is no link."""
    letters = Letters(DigestConf(sender="papers@papertide.example"), LINKS, {})
    raw = letters.digest(ADA, selection("Tides"), "0123abcd", NOON)
    line = f"List-Unsubscribe: <{LINKS.unsubscribe(ADA.id)}>"
    assert len(line) > 78
    assert line.encode() in raw.split(b"\r\n")


def test_a_mail_is_ascii_in_short_lines_whatever_it_tells() -> None:
    text = "Überströmende Gezeiten 潮汐 🌊 " * 40
    letters = Letters(
        DigestConf(sender="p@papertide.example", sender_name="Papertide 潮"), LINKS, {}
    )
    raw = letters.digest(ADA, hostile(text), "0123abcd", NOON)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    mail = read(raw)
    assert str(mail["Subject"]).startswith("Überströmende Gezeiten 潮汐 🌊")
    assert "Überströmende Gezeiten 潮汐" in plain(mail)
    assert "Überströmende Gezeiten 潮汐" in html(mail)
    assert "Papertide 潮" in str(mail["From"])


@pytest.mark.parametrize(
    ("titles", "expect"),
    [
        (["Tides"], "Tides"),
        (["Tides", "Ebbs", "Floods"], "Tides and 2 more"),
        (["long " * 30], "long long long long long long long long long long long long long…"),
        ([], "What rose, 1 March 2025"),
    ],
)
def test_the_subject_is_what_is_in_it(titles: Sequence[str], expect: str) -> None:
    assert subject(selection(*titles)) == expect


def test_plain_text_reads_well() -> None:
    one = paper("A title that is so long that it does not stand in a single line of a mail program",
                abstract="It says much.", authors=("Ada", "Bo", "Cy", "Di", "Eve"), venue="Shore",
                categories=("cs.CL",), address="https://example.org/1")  # fmt: skip
    text = plain(made(Selection(DAY, (one,)), {"t1": "sea, tides"}))
    assert text.startswith(
        "TRENDING ON 1 MARCH 2025\n========================\n\n"
        "1. A title that is so long that it does not stand in a single line of a\n"
        "   mail program\n"
        "   Ada, Bo, Cy and 2 more · Shore · sea, tides · cs.CL\n"
        "   https://example.org/1\n\n"
        "   It says much.\n"
    )
    assert all(len(line) <= 72 for line in text.splitlines() if "http" not in line)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_in_a_mail(text: str) -> None:
    mail = made(hostile(text), {"t1": one_line(text)})
    seen = assert_inert(html(mail))
    assert one_line(text) in seen.text
    assert_headers_are_ours(mail)
    assert one_line(text)[:20] in " ".join(plain(mail).split())


@settings(max_examples=60)
@given(st.text(alphabet=st.characters(), min_size=1))
def test_any_text_is_text_in_a_mail(text: str) -> None:
    mail = made(hostile(text), {"t1": one_line(text)})
    assert_inert(html(mail))
    assert_headers_are_ours(mail)


def assert_headers_are_ours(mail: EmailMessage) -> None:
    assert [name.lower() for name in mail] == [
        "from", "to", "subject", "date", "message-id", "auto-submitted", "list-unsubscribe",
        "list-unsubscribe-post", "mime-version", "content-type",
    ]  # fmt: skip
    assert mail["To"] == "ada@example.org"
    assert len(list(mail.iter_parts())) == 2


def test_nothing_is_loaded_from_elsewhere() -> None:
    body = html(made(selection("Tides")))
    assert not Seen.of(body).tags & {"img", "script", "link", "iframe"}
    style = body.partition("<style>")[2].partition("</style>")[0]
    assert "color" in style
    assert not re.search(r"url|import|\\", style)


def test_the_request_to_confirm_has_the_link_and_nothing_to_leave() -> None:
    letters = Letters(DigestConf(sender="papers@papertide.example"), LINKS, {})
    mail = read(letters.confirmation(ADA, date(2025, 3, 8), "0123abcd", NOON))
    link = LINKS.confirm(ADA.id, date(2025, 3, 8))
    assert link in plain(mail)
    assert link in Seen.of(html(mail)).addresses
    assert "8 March 2025" in plain(mail)
    assert mail["List-Unsubscribe"] is None


@pytest.mark.parametrize(
    "title", ["Real-time tides of the moon, told by a thousand gauges at sea", "Gezeiten über " * 9]
)
def test_a_subject_arrives_as_it_was_written(title: str) -> None:
    chosen = selection(title, "Ebbs")
    letters = Letters(DigestConf(sender="p@papertide.example"), LINKS, {})
    mail = read(letters.digest(ADA, chosen, "0123abcd", NOON))
    assert str(mail["Subject"]) == subject(chosen)


def test_every_colour_of_mails_and_pages_is_read_on_either_ground() -> None:
    style = (
        Path(letters_module.__file__)
        .parent.parent.joinpath("templates/style.html")
        .read_text("utf-8")
    )
    light, dark = style.split("@media")
    for scheme in (light, dark):
        (ground,) = re.findall(r"background: #(\w{6})", scheme)
        texts = re.findall(r"[{ ;]color: #(\w{6})", scheme)
        assert len(texts) == 3
        assert min(contrast(text, ground) for text in texts) >= 4.5


def contrast(one: str, other: str) -> float:
    """The ratio of two colours (WCAG 2.2, relative luminance)."""
    low, high = sorted(luminance(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
