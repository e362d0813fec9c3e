"""Tables of the operation: what ran, what it cost, was checked, is visible, and was mailed."""

from __future__ import annotations

from jobs.tables.core import Column, Table

RUNS = Table(
    "ops.runs",
    grain="one row a run and state: started, then how it ended",
    key=("run_id", "state"),
    columns=(
        Column("run_id", "string", "id of the run"),
        Column("state", "string", "started, done, failed, stopped (by a gate) or recovered"),
        Column("at", "timestamp", "when the state began, UTC"),
        Column("feeds", "map<string,string>", "feeds of the run and where each was read"),
        Column(
            "as_of",
            "date",
            "the day as of which the run looks; null where the data say",
        ),
        Column("config_digest", "string", "sha-256 of the configuration"),
        Column("message", "string", "why it failed or stopped; null otherwise"),
    ),
)

STAGES = Table(
    "ops.stages",
    grain="one row a run and stage",
    key=("run_id", "stage"),
    columns=(
        Column("run_id", "string", "id of the run"),
        Column("stage", "string", "name of the stage"),
        Column(
            "verdict", "string", "passed, warned, stopped, unchanged (nothing to do) or replayed"
        ),
        Column("started_at", "timestamp", "when the stage began, UTC"),
        Column("seconds", "double", "wall time of the stage, seconds"),
        Column("gate_seconds", "double", "wall time of its gates, seconds"),
        Column("rows_in", "bigint", "rows of the published tables that it read"),
        Column("rows_staged", "bigint", "rows that it wrote to staging"),
        Column("rows_new", "bigint", "rows published that were not there before"),
        Column("rows_changed", "bigint", "rows published with another content than before"),
        Column("rows_gone", "bigint", "rows no longer published"),
        Column("delivered", "bigint", "records that the files of this run held"),
        Column("quarantined", "bigint", "rows kept out, with their reasons"),
        Column("repeated", "bigint", "rows delivered that were known already"),
        Column("bytes", "bigint", "bytes staged"),
        Column("jobs", "bigint", "Spark jobs of the stage"),
        Column("docs", "string", "address of the gate's Data Docs; null when no gate ran"),
        Column(
            "fingerprint",
            "string",
            "digest of what the stage read: versions and settings",
        ),
    ),
)

QUALITY = Table(
    "ops.quality",
    grain="one row a run, table and expectation",
    key=("run_id", "table", "expectation"),
    columns=(
        Column("run_id", "string", "id of the run"),
        Column("stage", "string", "name of the stage"),
        Column("table", "string", "table that was guarded"),
        Column("expectation", "string", "name of the expectation within its suite"),
        Column("severity", "string", "critical or warning"),
        Column("met", "boolean", "whether the staged rows met it"),
        Column("observed", "string", "the observed value"),
        Column("why", "string", "why this is expected"),
        Column("docs", "string", "address of the Data Docs page"),
    ),
)

PUBLISHED = Table(
    "ops.published",
    grain="one row a publication of a table",
    key=("table", "sequence"),
    columns=(
        Column("table", "string", "name of the table"),
        Column("sequence", "bigint", "number of the publication of this table, from 1"),
        Column("version", "bigint", "Delta version that readers see from here on"),
        Column("rows", "bigint", "rows of the table at that version"),
        Column("run_id", "string", "run that published it"),
        Column("stage", "string", "stage that made it"),
        Column("published_at", "timestamp", "when it became visible, UTC"),
    ),
)

DELIVERIES = Table(
    "ops.deliveries",
    grain="one row a mail and state: intended, then how it ended",
    key=("delivery_id", "state"),
    columns=(
        Column(
            "delivery_id",
            "string",
            "digest of recipient, kind and day; the local part of the mail's Message-ID",
        ),
        Column(
            "state",
            "string",
            "intended; then sent, refused (for good), dropped (subscription ended) or expired",
        ),
        Column("at", "timestamp", "when the state began, UTC"),
        Column("kind", "string", "digest or confirmation"),
        Column("as_of", "date", "day of the digest; null for a confirmation"),
        Column(
            "recipient",
            "string",
            "keyed hash of the address; the key lies with the subscribers and nowhere else",
        ),
        Column("papers", "array<string>", "paper_ids of the papers in the mail"),
        Column(
            "risen_period", "date", "period whose rise the mail reports; null where it reports none"
        ),
        Column("attempts", "bigint", "times that the mail was handed to the server"),
        Column("answer", "string", "the server's last status codes, without its words"),
    ),
)

TABLES = (RUNS, STAGES, QUALITY, PUBLISHED, DELIVERIES)
