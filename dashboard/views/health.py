"""Health: what ran, what was accounted for, what the gates saw, what is late, what it cost."""

from __future__ import annotations

from datetime import UTC, date, datetime

import streamlit as st

from dashboard.charts import seconds
from dashboard.parts import House, Row, line, source, table
from dashboard.text import label
from papertide.duck import Query, ask
from storage.home import home
from storage.warehouse import Warehouse

RUNS = 30
REASONS = 50


def runs(writing: str | None) -> Query:
    """The last runs: when they began, how they ended and why; `writing` is what writes now."""
    return ask(
        f"""
with told as (
  select run_id, min("at") as started_at,
    max_by(state, "at") as last_state, max_by(message, "at") as message, max("at") as last_at
  from ops.runs
  group by run_id
)
select run_id, started_at,
  case when last_state not in ('started', 'recovered') then last_state
    when run_id = $writing then 'running' else 'killed' end as state,
  case when last_state not in ('started', 'recovered')
    then round(epoch(last_at) - epoch(started_at), 1) end as seconds,
  message
from told
order by started_at desc, run_id desc
limit {RUNS}
""",
        writing=writing,
    )


def stages(run_id: str) -> Query:
    """The stages of a run: verdict, rows, what it cost."""
    return ask(
        """
select stage, verdict, seconds, gate_seconds, rows_in, rows_new, rows_changed, rows_gone,
  delivered, quarantined, repeated, bytes, jobs
from ops.stages
where run_id = $run
order by started_at
""",
        run=run_id,
    )


def gates(run_id: str) -> Query:
    """What the gates of a run expected: the unmet first."""
    return ask(
        """
select "table", expectation, severity, met, observed, why, docs
from ops.quality
where run_id = $run
order by met, severity, "table", expectation
""",
        run=run_id,
    )


def accounting() -> Query:
    """Of each feed: delivered = new + repeated + quarantined, over all files."""
    return ask(
        """
select feed, count(*) as files, sum(delivered)::bigint as delivered,
  sum(records)::bigint as new, sum(repeated)::bigint as repeated,
  sum(quarantined)::bigint as quarantined,
  (sum(delivered) - sum(records) - sum(repeated) - sum(quarantined))::bigint as unaccounted,
  count(*) filter (status <> 'read') as unreadable
from bronze.files
group by feed
order by feed
"""
    )


def freshness(today: date) -> Query:
    """Of each feed the last day that it showed, and how many days ago that was."""
    return ask(
        """
select feed, max(shown_on) as last_shown_on,
  $today - max(shown_on) as days_ago,
  max(modified_at) as last_file_changed_at
from bronze.files
where status = 'read'
group by feed
order by last_shown_on desc, feed
""",
        today=today,
    )


def quarantine() -> Query:
    """What was kept out, by feed, stage and rule, with one of the reasons."""
    return ask(
        f"""
select feed, stage, rule, count(*) as kept_out, min(reason) as a_reason
from silver.quarantine
group by feed, stage, rule
order by kept_out desc, feed, stage, rule
limit {REASONS}
"""
    )


def publications() -> Query:
    """What readers see of each table, and the run that published it."""
    return ask(
        """
select "table", version, "rows", published_at, run_id, stage
from ops.published
qualify row_number() over (partition by "table" order by sequence desc) = 1
order by "table"
"""
    )


def cost() -> Query:
    """What each of the last runs took: seconds, of them in gates, bytes staged, Spark jobs."""
    return ask(
        f"""
select run_id, min(started_at) as started_at, sum(seconds) as seconds,
  sum(gate_seconds) as gate_seconds, sum(bytes)::bigint as bytes, sum(jobs)::bigint as jobs
from ops.stages
group by run_id
order by started_at desc
limit {RUNS}
"""
    )


def show(house: House) -> None:
    """The page."""
    st.title("Health")
    if not house.snapshot.has("ops.runs"):
        st.info("Nothing has run yet. `papertide run` begins.")
        return
    last_runs = runs(Warehouse.at(house.snapshot.root).writer(home()))
    rows = house.rows(last_runs)
    _last(rows[0])
    st.header("Runs")
    table(
        [{**row, "started_at": f"{row['started_at']:%Y-%m-%d %H:%M}",
          "message": (row["message"] or "").partition("\n")[0]} for row in rows],
        {"run_id": "run", "started_at": "started, UTC", "state": "ended", "seconds": "seconds",
         "message": "message"},
    )  # fmt: skip
    source(house, "runs", last_runs)
    run_id = st.selectbox("Run", [row["run_id"] for row in rows], key="run", bind="query-params")
    _run_details(house, run_id)
    _feeds(house)
    _quarantine(house)
    _publications(house)
    _cost(house)


def _last(run: Row) -> None:
    """How the last run ended, in a sentence."""
    when = f"{run['started_at']:%Y-%m-%d %H:%M} UTC"
    if run["state"] == "done":
        st.success(f"The last run, of {when}, is done.")
    elif run["state"] == "running":
        st.info(f"A run that began at {when} is at work.")
    elif run["state"] == "killed":
        st.warning(f"The last run, of {when}, was killed. papertide run goes on where it ended.")
    else:
        st.error(
            f"The last run, of {when}, {label(run['state'])}. What is published stayed as it was."
        )
        st.code(run["message"] or "no message", language=None, wrap_lines=True)


def _run_details(house: House, run_id: str) -> None:
    if house.snapshot.has("ops.stages"):
        st.header("Its stages")
        table(
            house.rows(stages(run_id)),
            {"stage": "stage", "verdict": "verdict", "seconds": "seconds",
             "gate_seconds": "in gates", "rows_in": "rows in", "rows_new": "new",
             "rows_changed": "changed", "rows_gone": "gone", "delivered": "delivered",
             "repeated": "repeated", "quarantined": "quarantined"},
        )  # fmt: skip
        source(house, f"stages-{run_id}", stages(run_id))
    if house.snapshot.has("ops.quality"):
        _gates(house, run_id)


def _gates(house: House, run_id: str) -> None:
    st.header("Its gates")
    query = gates(run_id)
    rows = house.rows(query)
    unmet = [row for row in rows if not row["met"]]
    if not rows:
        st.caption("No gate ran: nothing had changed.")
        return
    line(f"{len(rows) - len(unmet)} of {len(rows)} expectations met")
    if unmet:
        table(
            unmet,
            {"table": "table", "expectation": "expectation", "severity": "severity",
             "observed": "observed", "why": "why it is expected", "docs": "Data Docs"},
        )  # fmt: skip
    source(house, f"gates-{run_id}", query)


def _feeds(house: House) -> None:
    if not house.snapshot.has("bronze.files"):
        return
    st.header("Accounting")
    table(
        house.rows(accounting()),
        {"feed": "feed", "files": "files", "delivered": "delivered", "new": "new",
         "repeated": "repeated", "quarantined": "quarantined", "unaccounted": "unaccounted",
         "unreadable": "unreadable files"},
    )  # fmt: skip
    source(house, "accounting", accounting())
    st.header("Freshness")
    query = freshness(datetime.now(UTC).date())
    table(
        [{**row, "last_file_changed_at": f"{row['last_file_changed_at']:%Y-%m-%d %H:%M}"}
         for row in house.rows(query)],
        {"feed": "feed", "last_shown_on": "last shown", "days_ago": "days ago",
         "last_file_changed_at": "last file, UTC"},
    )  # fmt: skip
    source(house, "freshness", query)


def _quarantine(house: House) -> None:
    st.header("Quarantine")
    rows = house.rows(quarantine()) if house.snapshot.has("silver.quarantine") else []
    if not rows:
        st.caption("Nothing was kept out.")
        return
    table(
        rows,
        {"feed": "feed", "stage": "stage", "rule": "rule", "kept_out": "kept out",
         "a_reason": "a reason"},
    )  # fmt: skip
    source(house, "quarantine", quarantine())


def _publications(house: House) -> None:
    if not house.snapshot.has("ops.published"):
        return
    st.header("Published")
    table(
        [{**row, "published_at": f"{row['published_at']:%Y-%m-%d %H:%M}"}
         for row in house.rows(publications())],
        {"table": "table", "rows": "rows", "version": "version",
         "published_at": "published, UTC", "run_id": "run"},
    )  # fmt: skip
    source(house, "published", publications())


def _cost(house: House) -> None:
    if not house.snapshot.has("ops.stages"):
        return
    st.header("Cost")
    rows = house.rows(cost())
    st.vega_lite_chart(seconds(rows), width="stretch")
    table(
        rows,
        {"run_id": "run", "seconds": "seconds", "gate_seconds": "in gates", "bytes": "bytes staged",
         "jobs": "Spark jobs"},
    )  # fmt: skip
    source(house, "cost", cost())
