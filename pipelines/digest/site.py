"""Pages and feeds for everyone and for each topic: a folder of files for any web server."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Template

from conf.model import DigestConf
from pipelines.digest import atom, telling
from pipelines.digest.choosing import Choices, Selection
from pipelines.digest.mail.outbox import History
from pipelines.digest.readers.subscribers import Wishes

PAGE, FEED, TOPICS = "index.html", "feed.xml", "topics"


def write(folder: Path, choices: Choices, settings: DigestConf) -> int:
    """Write the pages and feeds of an edition; returns how many files there are.

    The same edition gives the same bytes. A topic that is no more keeps its last page and feed, for
    readers may follow them.
    """
    topics = choices.edition.topics
    template = telling.environment().get_template("page.html")
    files = _both(
        template,
        choices,
        settings,
        "",
        settings.sender_name,
        choices.choose(Wishes(), (), History()),
    )
    for topic_id, label in topics.items():
        files |= _both(template, choices, settings, topic_id, label, choices.topic(topic_id))
    for name, content in files.items():
        _put(folder / name, content)
    return len(files)


def _both(
    template: Template,
    choices: Choices,
    settings: DigestConf,
    topic_id: str,
    name: str,
    selection: Selection,
) -> dict[str, bytes]:
    """The page and the feed of one topic, or of everything; by their paths."""
    page = f"{TOPICS}/{_file_name(topic_id)}.html" if topic_id else PAGE
    feed = f"{TOPICS}/{_file_name(topic_id)}.xml" if topic_id else FEED
    topics = choices.edition.topics
    html = template.render(
        name=name,
        house=settings.sender_name,
        selection=selection,
        topics=topics,
        feed=Path(feed).name,
        home=f"../{PAGE}" if topic_id else "",
        others=[] if topic_id else [(f"{TOPICS}/{_file_name(key)}.html", label)
                                    for key, label in topics.items()],
    )  # fmt: skip
    base = settings.site_url
    addresses = (f"{base.rstrip('/')}/{feed}", f"{base.rstrip('/')}/{page}") if base else None
    author = settings.sender_name
    return {
        page: html.encode(),
        feed: atom.feed(name, topic_id or "all", selection, topics, addresses, author),
    }


def _file_name(topic_id: str) -> str:
    """The id, which is of letters and digits; anything else would be a path of its own."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", topic_id)


def _put(file: Path, content: bytes) -> None:
    """Put a file in its place whole, so that no reader sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(file)
