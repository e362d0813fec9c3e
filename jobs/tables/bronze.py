"""Tables of what was delivered: every file that was seen, every record as it came."""

from __future__ import annotations

from jobs.tables.checks import UNIQUE_KEY, loss_by_feed
from jobs.tables.core import Check, Column, Facts, Measure, Rule, Severity, Table


def _feeds_have_files(facts: Facts) -> Check:
    return Check(
        "feeds_have_files",
        Severity.CRITICAL,
        "A feed without a file is a wrong path or a failed download, not a day without papers.",
        Measure.VALUES_WITH,
        "feed",
        values=tuple(sorted(facts.due_feeds)),
    )


def _feeds_deliver(facts: Facts) -> Check:
    due = ", ".join("'" + feed.replace("'", "''") + "'" for feed in sorted(facts.due_feeds))
    return Check(
        "feeds_deliver",
        Severity.CRITICAL,
        "A feed whose first files hold nothing is read by the wrong reader or was never there.",
        Measure.ROWS_FOUND,
        query="SELECT feed, count(*) AS files, sum(delivered) AS delivered FROM {batch} "
        f"WHERE feed IN ({due or 'null'}) GROUP BY feed HAVING sum(delivered) = 0",
    )


FILES = Table(
    "bronze.files",
    grain="one row a file as it was delivered: feed, file and content digest",
    key=("feed", "file", "digest"),
    columns=(
        Column("feed", "string", "name of the feed"),
        Column("file", "string", "path of the file under the feed's path"),
        Column(
            "digest",
            "string",
            "sha-256 of the bytes in hex; empty of a file that was left out by its name",
        ),
        Column("bytes", "bigint", "size of the file as delivered"),
        Column(
            "modified_at", "timestamp", "when it was last changed; by this a known file is known"
        ),
        Column(
            "shown_on", "date", "day the feed showed the file; shown_basis says how it is known"
        ),
        Column("shown_basis", "string", "file name, received (given to the run) or modified"),
        Column(
            "is_there",
            "boolean",
            "whether the last run that read the feed still found the file, with these bytes",
        ),
        Column("status", "string", "read, unreadable or left out (none of the feed's files)"),
        Column(
            "delivered",
            "bigint",
            "records and fragments found; an unreadable file is one fragment",
        ),
        Column("records", "bigint", "records that were new"),
        Column("repeated", "bigint", "records that the same feed had delivered before"),
        Column("quarantined", "bigint", "fragments that went to quarantine"),
        Column("reason", "string", "why the file is unreadable or left out; null otherwise"),
        Column(
            "warning",
            "string",
            "what a reader should know of a file that was read, as the encoding that was found",
        ),
    ),
    rules=(
        Rule(
            "accounted",
            "delivered = records + repeated + quarantined",
            Severity.CRITICAL,
            why="a record that is neither published, known nor in quarantine has been lost",
        ),
        Rule(
            "readable",
            "status <> 'unreadable'",
            Severity.WARNING,
            why="an unreadable file is a delivery that is missing from every table",
        ),
        Rule(
            "read_as_utf8",
            "warning is null",
            Severity.WARNING,
            why="an encoding that had to be found can be another; look at names with accents",
        ),
        Rule(
            "not_empty",
            "delivered > 0 or status = 'left out'",
            Severity.WARNING,
            why="a file without records is mostly a failed download",
            allowed=0.05,
        ),
    ),
    checks=(
        UNIQUE_KEY,
        _feeds_have_files,
        _feeds_deliver,
        # What was delivered before, and is only noted again, was judged then.
        loss_by_feed("sum(if(is_noted, 0, delivered))", "sum(if(is_noted, 0, quarantined))"),
    ),
)

RAW_RECORDS = Table(
    "bronze.records",
    grain="one row a record: one payload of one feed, however often it is delivered",
    key=("record_id",),
    columns=(
        Column(
            "record_id",
            "string",
            "first 32 hex digits of the sha-256 of feed, line feed and payload",
        ),
        Column("feed", "string", "name of the feed"),
        Column(
            "format",
            "string",
            "name of the reader that cut the payload out of the file; erased where people were "
            "taken out of it (docs/people.md)",
        ),
        Column("file", "string", "file that delivered it first"),
        Column(
            "position",
            "bigint",
            "place in that file among records and fragments, from 0; in a large file that was "
            "read in parts, counted in each part from the byte where it begins",
        ),
        Column(
            "payload",
            "string",
            "the record's text as delivered; of format erased what was read of it, as JSON",
        ),
        Column(
            "shown_on", "date", "day the feed first showed it; shown_basis says how it is known"
        ),
        Column("shown_basis", "string", "file name, received (given to the run) or modified"),
        Column(
            "modified_at",
            "timestamp",
            "when that file was last changed; of two records of one paper shown on one day the "
            "later counts",
        ),
    ),
    rules=(
        Rule(
            "payload_present",
            "length(trim(payload)) > 0",
            Severity.CRITICAL,
            why="a record without text says nothing",
        ),
        Rule(
            "shown_day_present",
            "shown_on is not null",
            Severity.CRITICAL,
            why="a record without a day can be placed in no period",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "payloads_differ",
            Severity.WARNING,
            "The same text from several feeds, again and again, is one delivery under many names.",
            Measure.UNIQUE,
            "payload",
            least=0.5,
        ),
    ),
)

TABLES = (FILES, RAW_RECORDS)
