"""Fuzzing of a format by coverage: `python -m tests.jobs.feeds.fuzz FORMAT [libFuzzer's options]`.

A file of any bytes is cut, or is unreadable; whatever is cut is read, or tells an error. A fault
that the house would turn into a quarantined record counts here as one.
"""

from __future__ import annotations

import resource
import sys

import atheris

with atheris.instrument_imports(include=["jobs.feeds", "jobs.text.text", "jobs.text.ids"]):
    from jobs.feeds import FEEDS
    from jobs.feeds.core import Payload
    from jobs.feeds.tools.reading import Unreadable, encoding_fault

import pyarrow as pa

from jobs.ingest.parse import _ARROW as ROW

# libFuzzer's own limit takes the peak of the process that started this one for its own: Linux
# hands it on. Beyond this a reader gets a MemoryError, which is a fault as any other.
MEMORY = 4 << 30  # bytes of address space


def main() -> None:
    """Fuzz the format that the first argument names; the rest is libFuzzer's."""
    feed = FEEDS[sys.argv.pop(1)]
    # Parquet is read by a library.
    suffixes = [like.removeprefix("*") for like in feed.files if like != "*.parquet"]

    def once(content: bytes) -> None:
        name = f"file{suffixes[len(content) % len(suffixes)]}"
        try:
            pieces = list(feed.split(content, name))
        except Unreadable:
            return
        for piece in pieces:
            if isinstance(piece, Payload) and not encoding_fault(piece.text):
                pa.RecordBatch.from_pylist([feed.parse(piece.text, {}).fields], schema=ROW)

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    atheris.Setup([*sys.argv, "-rss_limit_mb=0"], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
