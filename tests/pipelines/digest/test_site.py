"""Pages and feeds: valid, the same every time, and inert."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from conf import Config
from pipelines.digest import daily
from pipelines.digest.inert import one_line
from storage.warehouse import Warehouse
from tests.pipelines.digest import house as the
from tests.pipelines.digest.pages import assert_inert

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    made = the.settings(tmp_path, "digest.site_url=https://papertide.example/news/")
    the.some_day(Warehouse.at(made.warehouse))
    return made


def texts(content: bytes, path: str) -> list[str]:
    """What a path finds in a feed."""
    return [str(text) for text in etree.fromstring(content).xpath(path, namespaces=ATOM)]


def written(config: Config, folder: Path) -> dict[str, bytes]:
    """The files of the site, by their paths."""
    daily.write(config, None, folder, {})
    return {
        str(file.relative_to(folder / "site")): file.read_bytes()
        for file in sorted((folder / "site").rglob("*"))
        if file.is_file()
    }


def test_there_is_a_page_and_a_feed_for_everyone_and_for_each_topic(
    config: Config, tmp_path: Path
) -> None:
    files = written(config, tmp_path)
    assert list(files) == [
        "feed.xml", "index.html",
        "topics/t1.html", "topics/t1.xml", "topics/t2.html", "topics/t2.xml",
    ]  # fmt: skip

    def titles(name: str) -> list[str]:
        return texts(files[name], "a:entry/a:title/text()")

    assert titles("feed.xml") == ["Title of a", "Title of b", "Title of c"]
    assert titles("topics/t1.xml") == ["Title of a"]
    assert titles("topics/t2.xml") == ["Title of b", "Title of c"]
    page = files["topics/t2.html"].decode()
    assert "Title of b" in page
    assert "Title of a" not in page


def test_the_same_tables_give_the_same_bytes(config: Config, tmp_path: Path) -> None:
    assert written(config, tmp_path / "one") == written(config, tmp_path / "two")
    assert written(config, tmp_path / "one") == written(config, tmp_path / "two")


def test_a_feed_is_valid_atom(config: Config, tmp_path: Path) -> None:
    """What RFC 4287 demands of feeds and entries (4.1.1 and 4.1.2)."""
    for name, content in written(config, tmp_path).items():
        if name.endswith(".xml"):
            assert_atom(content)
    feed = etree.fromstring((tmp_path / "site" / "topics" / "t1.xml").read_bytes())
    (itself,) = feed.xpath("a:link[@rel='self']/@href", namespaces=ATOM)
    assert itself == "https://papertide.example/news/topics/t1.xml"
    assert feed.findtext("a:updated", namespaces=ATOM) == "2025-03-01T00:00:00Z"


def assert_atom(content: bytes) -> None:
    feed = etree.fromstring(content)
    ids = feed.xpath("//a:id/text()", namespaces=ATOM)
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("urn:uuid:") for one in ids)
    for holder in (feed, *feed.findall("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            assert len(holder.findall(f"a:{name}", ATOM)) == 1, name
    assert feed.xpath("count(a:author/a:name)", namespaces=ATOM) == 1
    for entry in feed.findall("a:entry", ATOM):
        page = entry.xpath("a:link[@rel='alternate']", namespaces=ATOM)
        assert page or entry.find("a:content", ATOM) is not None


def test_an_entry_keeps_its_id_and_its_moment_from_day_to_day(
    config: Config, tmp_path: Path
) -> None:
    """Else a reader would show it as new each day."""

    def entry(content: bytes) -> list[str]:
        found = "a:entry[a:title='Title of a']/*[self::a:id or self::a:updated]/text()"
        return texts(content, found)

    before = written(config, tmp_path)["feed.xml"]
    tomorrow = the.DAY + timedelta(days=1)
    house = Warehouse.at(config.warehouse)
    the.publish(house, {"gold.scores": [the.score("a", 0.2, tomorrow)]}, minute=10)
    after = written(config, tmp_path)["feed.xml"]
    assert b"2025-03-02T00:00:00Z" in after
    assert len(entry(before)) == 2
    assert entry(before) == entry(after)


def test_a_topic_without_papers_of_the_day_has_a_page_that_says_so(
    config: Config, tmp_path: Path
) -> None:
    house = Warehouse.at(config.warehouse)
    the.publish(house, {"gold.scores": [the.score("a", 0.2)]}, minute=10)
    files = written(config, tmp_path)
    assert "Nothing trends here" in files["topics/t2.html"].decode()
    assert_atom(files["topics/t2.xml"])


@pytest.mark.parametrize("text", the.HOSTILE)
def test_hostile_text_is_text_on_pages_and_in_feeds(text: str, tmp_path: Path) -> None:
    config = the.settings(tmp_path)
    kept = text.encode("utf-8", "ignore").decode()  # what a table can hold
    papers = [
        the.paper("p1", title=kept, abstract=kept, authors=[{"name": kept}], venue=kept,
                  categories=[kept], url=f"javascript:{kept}"),
        the.paper("p2", title=kept, url=f"https://example.org/{kept}"),
    ]  # fmt: skip
    the.publish(Warehouse.at(config.warehouse), {
        "silver.papers": papers,
        "gold.topics": [the.topic("../t1", kept, kept)],
        "gold.paper_topics": [the.fit("p1", "../t1")],
        "gold.period_totals": [the.week()],
        "gold.trend_tests": [the.trend("../t1", 1), the.trend(kept, 1, kind="term")],
        "gold.scores": [the.score("p1", 0.5), the.score("p2", 0.4)],
    })  # fmt: skip
    files = written(config, tmp_path)
    assert set(files) == {"index.html", "feed.xml", "topics/___t1.html", "topics/___t1.xml"}
    for name, content in files.items():
        if name.endswith(".html"):
            assert one_line(kept) in assert_inert(content.decode()).text
        else:
            assert_atom(content)
            titles = etree.fromstring(content).xpath("a:entry/a:title", namespaces=ATOM)
            assert all(title.text == one_line(kept) and not len(title) for title in titles)
            links = texts(content, "//a:link/@href")
            assert all(link.startswith("https://example.org/") for link in links)


def test_mails_are_written_for_the_operator_alone(config: Config, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from pipelines.digest import store
    from pipelines.digest.readers import subscribers
    from pipelines.digest.readers.subscribers import Wishes
    from tests.pipelines.digest.mailing import plain, read

    with store.open_store(store.place(config.digest, Warehouse.at(config.warehouse))) as db:
        who = subscribers.add(
            db, "ada@example.org", "UTC", Wishes(), (), datetime(2025, 3, 1, tzinfo=UTC)
        )
        subscribers.confirm(db, who.id)
    assert "0 mails" in daily.write(config, None, tmp_path / "out", {})
    assert "1 mails" in daily.write(config, None, tmp_path / "out", the.SECRETS)
    (file,) = (tmp_path / "out" / "mail").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
    first = file.read_bytes()
    assert "Title of a" in plain(read(first))
    daily.write(config, None, tmp_path / "out", the.SECRETS)
    assert file.read_bytes() == first
    for page in (tmp_path / "out" / "site").rglob("*.*"):
        assert b"ada@" not in page.read_bytes()
