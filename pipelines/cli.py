"""The command line. Results go to standard output, progress and errors to standard error.

Exit status: 0 done, 1 failed, 2 wrong use, 3 stopped by a gate. What a command needs is imported
when it runs, so that `papertide --help` and the commands that only look start at once.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import partial
from getpass import getuser
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, NoReturn

import click

from conf import Config, ConfigError, environment_layer
from jobs.stores import S3_EXTRA
from pipelines import logs
from pipelines.evaluate import SUBJECTS
from pipelines.flows import environment
from pipelines.flows.environment import settled_config
from storage.errors import PapertideError, UsageError
from storage.home import ERRORS, home
from storage.warehouse import Warehouse

if TYPE_CHECKING:
    from papertide.found import Found

FORMATS = click.Choice(["table", "json", "csv"])
NUMBER = click.IntRange(1, 1000)


class Day(click.ParamType[date]):
    """A day: 2026-11-29."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date that a text names; a text that names none is wrong use."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"{value!r} is no day; a day is written as 2026-11-29", param, ctx)


DAY = Day()
ENTITY_KINDS = ["model", "dataset", "method", "tool", "task"]
MEMBER_KINDS = ["author", "institution", "country", "venue"]
EXPORTS = ["bibtex", "ris", "csl-json", "csv", "jsonl"]
FORMAT = click.option("--format", "form", type=FORMATS, default="table", show_default=True)


@dataclass(frozen=True)
class Settings:
    """The layers that the caller named, and what they come to."""

    files: tuple[str, ...]
    overrides: tuple[str, ...]
    config: Config

    @property
    def warehouse(self) -> Warehouse:
        """The warehouse of the configuration."""
        return Warehouse.at(self.config.warehouse)


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--conf` and `--set`; it receives the checked Settings first."""

    def with_settings(conf: tuple[str, ...], overrides: tuple[str, ...], **rest: Any) -> Any:
        config = settled_config(conf, overrides, os.environ)
        return command(Settings(conf, overrides, config), **rest)

    with_settings.__name__, with_settings.__doc__ = command.__name__, command.__doc__
    with_settings.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    overriding = click.option(
        "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="One setting, dotted."
    )
    layering = click.option(
        "--conf", multiple=True, metavar="FILE", help="A YAML file over the built-in settings."
    )
    return layering(overriding(with_settings))


def deciding_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--by` and `--note`: who makes a decision, and why."""
    noting = click.option("--note", required=True, help="Why, for those who read it later.")
    naming = click.option(
        "--by", metavar="NAME", default=getuser, show_default="you", help="Who decides."
    )
    return naming(noting(command))


def _version(ctx: click.Context, param: click.Parameter, is_asked: bool) -> None:
    if is_asked:
        from pipelines.setup.version import version

        click.echo(f"papertide, version {version()}")
        ctx.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
    help="Show the version, and the commit in a checkout.",
)  # fmt: skip
def papertide() -> None:
    """Large feeds of research papers into Delta tables that say what research is doing."""


@papertide.command()
@click.option(
    "--feed", "feeds", multiple=True, metavar="NAME=PATH",
    help="A feed to read: a file, folder or glob. None: the feeds with a path in the settings.",
)  # fmt: skip
@click.option("--received", type=DAY, help="Day on which files without a date were received.")
@click.option("--as-of", type=DAY, help="Results as of this day; default: the last day in a feed.")
@click.option("--from", "first", type=DAY, help="First day to replay; each is run as of itself.")
@click.option("--to", "last", type=DAY, help="Last day to replay.")
@click.option("--until", metavar="STAGE", help="Stop after this stage.")
@click.option(
    "--from-stage", metavar="STAGE", help="Run this stage and all after it, changed or not."
)
@click.option(
    "--force",
    multiple=True,
    metavar="STAGE",
    help="Run this stage, changed or not; all: every one.",
)
@click.option(
    "--profile",
    "profiled",
    type=click.Choice(["table", "json"]),
    help="Report what each stage cost: time, processor, Spark queries.",
)
@settings_options
def run(
    settings: Settings,
    feeds: tuple[str, ...],
    received: date | None,
    as_of: date | None,
    first: date | None,
    last: date | None,
    until: str | None,
    from_stage: str | None,
    force: tuple[str, ...],
    profiled: str | None,
) -> None:
    """Run the whole flow: once, or for each day of a period."""
    days = _days(as_of, first, last)
    paths = dict(_pair("--feed", pair) for pair in feeds)
    _quiet(settings)
    from pipelines.engine.orphans import start_watch
    from pipelines.engine.profile import Profile, cost_rows
    from pipelines.engine.ready import check_ready
    from pipelines.engine.unchanged import record_unchanged, records_to_do
    from pipelines.flows import report
    from pipelines.flows.selection import stages_to_force, up_to
    from storage.output import write

    # What is wrong with the call is told before anything starts.
    config, stages, force_stages = settings.config, up_to(until), stages_to_force(from_stage, force)
    check_ready(config, stages)
    for day in days:
        if len(days) > 1:
            report.say(f"as of {day}")
        costs = Profile() if profiled else None
        scope = (paths, received, day)
        records = records_to_do(config, *scope, stages, force_stages)
        if records is None and not environment.is_watched():
            outcome = record_unchanged(config, *scope, stages)
        else:
            start_watch()
            _warm_up(settings, records or 0)
            import_module("great_expectations")
            gc.freeze()  # the largest of libraries: to take it apart at the end takes a second
            from pipelines.flows.flow import papertide as flow

            outcome = flow(
                *scope,
                until=until,
                from_stage=from_stage,
                force=force,
                conf=settings.files,
                overrides=settings.overrides,
                environ=environment_layer(os.environ),
                profile=costs,
            )
        print(report.summary(outcome))
        if costs and costs.rows:
            rows = cost_rows(costs.rows, outcome.stages)
            write(list(rows[0]), rows, profiled or "table", sys.stderr)


@papertide.command()
@click.argument("feed")
@click.option("--from", "since", type=DAY, help="First day; default: where the last harvest ended.")
@click.option("--to", "until", type=DAY, help="Last day; default: yesterday (UTC).")
@settings_options
def harvest(settings: Settings, feed: str, since: date | None, until: date | None) -> None:
    """Fetch what is new in FEED from its source into its folder."""
    logs.set_up(settings.config.log)
    from pipelines.harvest.harvesting import harvest as bring

    print(bring(settings.config, feed, since, until).line())


# A query may begin with a comment, which looks like an option.
@papertide.command(context_settings={"ignore_unknown_options": True})
@click.argument("query", required=False)
@FORMAT
@settings_options
def sql(settings: Settings, query: str | None, form: str) -> None:
    """Ask the published tables in Spark SQL.

    Without QUERY: a shell on a terminal, else the statements that come by a pipe.
    """
    from jobs.session import build_session, load_distutils
    from pipelines.engine.stage import raw_records
    from pipelines.sql.wall import behind_wall
    from storage import ledger

    known = home() / "sql_history"
    load_distutils()
    with behind_wall(home(), [known, home() / ERRORS]), ThreadPoolExecutor(1) as other:
        reading = other.submit(import_module, "pipelines.sql.reader")  # while Java starts
        records = raw_records(ledger.published(settings.warehouse))
        build_session(settings.config.session, home(), records)
        open_reader = reading.result().open_reader
        from pipelines.sql.shell import run_text, shell

        spark = open_reader(settings.config, settings.warehouse).spark
        spark.sparkContext.setLogLevel("OFF")  # what goes wrong is told in words
        if query is None and sys.stdin.isatty():
            shell(spark, settings.warehouse, form, known)
        else:
            run_text(spark, sys.stdin.read() if query is None else query, form)


@papertide.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=int, default=10000, show_default=True)
@settings_options
def thrift(settings: Settings, host: str, port: int) -> None:
    """Serve the published tables to JDBC, ODBC and DB-API."""
    logs.set_up(settings.config.log)
    from pipelines.sql.thrift import serve as serve_thrift

    serve_thrift(settings.config, settings.warehouse, host, port)


@papertide.command()
@click.option(
    "--port",
    type=int,
    default=4200,
    show_default=True,
    help="Port of the Prefect server it starts.",
)
@settings_options
def serve(settings: Settings, port: int) -> None:
    """Run the deployments of prefect.yaml on their schedules."""
    logs.set_up(settings.config.log)
    from pipelines.flows.serve import serve as run_schedules

    run_schedules(settings.config, settings.files, settings.overrides, port)


@papertide.command()
@click.argument("name", required=False)
@FORMAT
@settings_options
def tables(settings: Settings, name: str | None, form: str) -> None:
    """List the tables, or the columns of the table NAME."""
    from pipelines.commands import inspect as look

    _write(look.columns(name) if name else look.tables(settings.warehouse), form)


@papertide.command()
@click.argument("name")
@FORMAT
@settings_options
def history(settings: Settings, name: str, form: str) -> None:
    """The versions of the table NAME, and the run that wrote each."""
    from pipelines.commands import inspect as look

    rows = look.history(settings.warehouse, name)
    _write(look.readable(rows) if form == "table" else rows, form)


@papertide.command()
@click.argument("name")
@click.option("--version", "number", type=int, required=True, help="A version once published.")
@FORMAT
@settings_options
def restore(settings: Settings, name: str, number: int, form: str) -> None:
    """Put the table NAME back to an earlier version.

    The tables that its stage writes with it go back with it.
    """
    from pipelines.commands.restore import restore as put_back

    rows = put_back(settings.config, name, number)
    if rows:
        _write(rows, form)
    else:
        print(f"{name} is at version {number}: nothing to do", file=sys.stderr)


@papertide.command()
@click.argument("name")
@click.option("--rebuild", is_flag=True, help="Begin with an empty table; its stage fills it.")
@FORMAT
@settings_options
def repair(settings: Settings, name: str, rebuild: bool, form: str) -> None:
    """Restore the sound part of the damaged table NAME.

    So it goes with the tables that its stage writes with it.
    """
    from pipelines.commands.repair import repair as mend

    rows = mend(settings.config, name, rebuild)
    if rows:
        _write(rows, form)
        print("papertide run fills what is missing", file=sys.stderr)
    else:
        print(f"{name} is sound: nothing to do", file=sys.stderr)


@papertide.command()
@FORMAT
@settings_options
def upgrade(settings: Settings, form: str) -> None:
    """Give a warehouse of an earlier version today's columns.

    Every run does so, too.
    """
    from pipelines.engine.upgrade import upgrade as take_over

    rows = take_over(settings.config)
    if rows:
        _write(rows, form)
    else:
        print("every table has the columns of this version: nothing to do", file=sys.stderr)


@papertide.command()
@FORMAT
@settings_options
def maintain(settings: Settings, form: str) -> None:
    """Put small files together and remove old versions.

    What readers can still ask for stays (maintenance.keep_days); the ledgers get a checkpoint.
    """
    _quiet(settings)
    from pipelines.flows.maintenance import maintain as go_over

    _write(go_over(settings.config), form, none=_no_run(settings))


@papertide.command()
@click.option(
    "--check", "checked", is_flag=True, help="Say what is still there, and change nothing."
)
@FORMAT
@settings_options
def erase(settings: Settings, checked: bool, form: str) -> None:
    """Erase people's data from tables and their history.

    The file of the setting `erased` says whose. Papers stay, with an author without a name in the
    place of each.
    """
    _quiet(settings)
    from pipelines.commands import erase as erasing

    if checked:
        left = erasing.remaining(settings.config)
        _write(left, form, none="nothing is there of the people whom the file names")
        if left:
            raise PapertideError("not everything is erased: papertide erase")
        return
    from pipelines.engine.orphans import start_watch

    start_watch()
    _write(erasing.erase(settings.config), form, none="nothing was there to erase")


@papertide.command()
@click.argument("run_id", required=False)
@FORMAT
@settings_options
def runs(settings: Settings, run_id: str | None, form: str) -> None:
    """List the runs, or the stages of RUN_ID."""
    from pipelines.commands import inspect as look

    warehouse = settings.warehouse
    rows = look.stages(warehouse, run_id) if run_id else look.runs(warehouse)
    columns = look.STAGE_COLUMNS if run_id else look.RUN_COLUMNS
    readable = look.readable(rows, columns) if form == "table" else rows
    _write(readable, form, none=_no_run(settings))


@papertide.command()
@click.argument("run_id", required=False)
@click.option("--failed", is_flag=True, help="Only expectations that were not met.")
@FORMAT
@settings_options
def quality(settings: Settings, run_id: str | None, failed: bool, form: str) -> None:
    """What the gates saw in RUN_ID, or in the last gated run."""
    from pipelines.commands import inspect as look

    rows = look.quality(settings.warehouse, run_id, failed)
    none = "no gate has seen anything of that run" if run_id else _no_run(settings)
    none = "every expectation was met, or no gate has run" if failed else none
    _write(look.at_a_glance(rows) if form == "table" else rows, form, none)


@papertide.command()
@click.option("--feed", help="Only of this feed.")
@click.option("--file", help="Only of this file.")
@click.option("--rule", help="Only what broke this rule.")
@click.option("--replay", is_flag=True, help="Take it out: the next run reads it again.")
@click.option("--stopped", is_flag=True, help="What a run that the gate stopped would keep out.")
@FORMAT
@settings_options
def quarantine(
    settings: Settings,
    feed: str | None,
    file: str | None,
    rule: str | None,
    replay: bool,
    stopped: bool,
    form: str,
) -> None:
    """What was kept out, with payload and reason."""
    if replay and stopped:
        raise UsageError("quarantine: a run that stopped has put nothing there; mend its files")
    if replay:
        from pipelines.commands.replay import replay as take_out

        counts = take_out(settings.config, feed, file, rule)
        listing = ", ".join(f"{count:,} of {stage}" for stage, count in sorted(counts.items()))
        print(f"taken out of quarantine: {listing or 'nothing'}; papertide run reads it again")
        return
    from pipelines.commands import inspect as look

    rows = look.quarantine(settings.warehouse, feed, file, rule, stopped)
    condition = " with that feed, file or rule" if feed or file or rule else ""
    where = "kept out by a run that stopped" if stopped else "in quarantine"
    _write(rows, form, none=f"nothing{condition} is {where} in {settings.warehouse.root}")


@papertide.command()
@click.option("--papers", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option("--days", type=click.IntRange(min=1), default=60, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
def sample(papers: int, days: int, seed: int, out: Path) -> None:
    """Write a sample feed into the folder OUT.

    Its topics, trends and duplicates are known: truth.json has them.
    """
    from pipelines.sample.sample import write_sample

    try:
        truth = write_sample(out, papers, days, seed)
    except ValueError as error:
        raise UsageError(f"sample: {error}") from error
    print(f"{truth['counts']['rows']:,} rows of {papers:,} papers in {out}")


@papertide.command()
@click.argument("paper")
@click.option("--n", "number", type=NUMBER, default=10, show_default=True, help="Papers to show.")
@FORMAT
@settings_options
def similar(settings: Settings, paper: str, number: int, form: str) -> None:
    """The papers nearest to PAPER.

    PAPER is a paper_id, an arXiv id, a DOI, ….
    """
    from papertide.reader import reader_of

    papers = reader_of(settings.config).similar(paper, limit=number)
    _write_found(papers, ("rank", "paper_id", "title", "dated_on", "cosine", "is_earlier"), form)
    if 0 < len(papers) < number:
        print(f"{len(papers)} neighbors are kept: neighbors.per_paper", file=sys.stderr)


@papertide.command()
@click.argument("query")
@click.option(
    "--by", type=click.Choice(["meaning", "words", "both"]),
    help="By vectors, by words (BM25), or both; default: both, if there are vectors.",
)  # fmt: skip
@click.option("--n", "number", type=NUMBER, default=10, show_default=True, help="Papers to show.")
@FORMAT
@settings_options
def search(settings: Settings, query: str, by: str | None, number: int, form: str) -> None:
    """The papers that QUERY finds, best first."""
    from papertide.reader import reader_of

    papers = reader_of(settings.config).search(query, by=by, limit=number)
    values = [name for name in ("score", "bm25", "cosine") if name in papers.columns]
    _write_found(papers, ("rank", "paper_id", "title", "dated_on", *values), form)


@papertide.command()
@click.argument("words", required=False)
@click.option("--kind", type=click.Choice(ENTITY_KINDS), help="Only these.")
@click.option("--rising", is_flag=True, help="What is used more than before, the surest first.")
@click.option(
    "--papers", is_flag=True, help="The papers of the one called WORDS, and why they are."
)
@click.option("--n", "number", type=NUMBER, default=20, show_default=True, help="Rows to show.")
@FORMAT
@settings_options
def entities(
    settings: Settings, words: str | None, kind: str | None, rising: bool, papers: bool,
    number: int, form: str,
) -> None:  # fmt: skip
    """Models, data sets, methods, tools and tasks, by use.

    Those that papers introduce or use, the most used first. WORDS are letters of the name, in any
    spelling.
    """
    from papertide.reader import reader_of

    reader = reader_of(settings.config)
    if papers:
        if words is None or kind or rising:
            raise UsageError("entities: --papers takes the name of one entity, and no --kind")
        _write_found(reader.entity(words, limit=number), _ENTITY_PAPERS, form)
        return
    found = reader.entities(words, kind=kind, rising=rising, limit=number)
    _write_found(found, _ENTITIES + (("why",) if rising else ()), form)


_ENTITIES = ("name", "kind", "papers_using", "papers_introducing", "papers", "class", "strength")
_ENTITY_PAPERS = ("role", "paper_id", "dated_on", "title", "evidence")
"""What a person looks for in a list; the other formats give all."""


@papertide.command()
@click.option("--query", metavar="SQL", help="Rows of one SELECT (DuckDB) over the tables.")
@click.option("--search", "words", metavar="WORDS", help="Papers that a search finds.")
@click.option("--by", type=click.Choice(["meaning", "words", "both"]), help="How --search finds.")
@click.option("--topic", help="Papers of a topic or area, by id or name.")
@click.option("--term", help="Papers that have this term.")
@click.option("--entity", help="Papers that introduce or use this model, data set, ….")
@click.option("--author", help="Papers by an author of this name.")
@click.option("--venue", help="Papers of this journal or conference.")
@click.option("--category", help="Papers of this subject class: cs.CL.")
@click.option("--feed", help="Papers of this feed.")
@click.option("--language", help="Papers in this language: en.")
@click.option("--country", help="Papers with an author there, by its code: NO.")
@click.option("--institution", help="Papers with an author there, by scheme:id or name.")
@click.option("--since", type=DAY, help="Papers dated since this day.")
@click.option("--until", type=DAY, help="Papers dated until this day.")
@click.option("--n", "number", type=click.IntRange(min=1), help="Papers at most.")
@click.option("--as-of", type=DAY, help="Results as they were published for this day.")
@click.option("--format", "form", type=click.Choice(EXPORTS), default="bibtex", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write to.")
@settings_options
def export(
    settings: Settings, query: str | None, words: str | None, as_of: date | None,
    number: int | None, form: str, out: Path | None, since: date | None,
    until: date | None, **filters: str | None,
) -> None:  # fmt: skip
    """Write papers for reference managers, sheets and programs.

    All of them, or those asked for.
    """
    import papertide as readers

    reader = readers.open(settings.warehouse.root, conf=settings.files, settings=settings.overrides)
    if as_of:
        reader = reader.as_of(as_of)
    papers = reader.selected(
        query=query, search=words, limit=number, since=since, until=until, **filters
    )
    for note in papers.notes:
        print(note, file=sys.stderr)
    text = papers.export(form, out)
    print(f"{len(papers):,} rows in {out}" if out else text, end="\n" if out else "")


@papertide.command()
@click.argument("kind", type=click.Choice(MEMBER_KINDS))
@click.argument("member")
@click.option("--since", type=DAY, help="Papers dated since this day.")
@click.option("--until", type=DAY, help="Papers dated until this day.")
@click.option("--n", "number", type=NUMBER, default=10, show_default=True, help="Rows of a list.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@settings_options
def profile(
    settings: Settings, kind: str, member: str, since: date | None, until: date | None,
    number: int, form: str,
) -> None:  # fmt: skip
    """What MEMBER writes of, with whom, and what rises there.

    MEMBER is an author by id or name, an institution by scheme:id or name, a country by its code,
    or a venue by its name.
    """
    from papertide.reader import reader_of
    from storage import output

    told = reader_of(settings.config).profile(kind, member, since=since, until=until, limit=number)
    if form == "json":
        print(json.dumps(output.plain(told), ensure_ascii=False, indent=1))
        return
    print(f"{told['name']} ({told['id']}): {told['papers']:,} papers")
    for title, columns in _PROFILE.items():
        print(f"\n{title}")
        rows = [{name: row[name] for name in columns} for row in told[title]]
        output.write(columns, rows, "table", sys.stdout) if rows else print("  none is known")
    for note in told["notes"]:
        print(note, file=sys.stderr)


_PROFILE = {
    "years": ("year", "papers", "all_papers"),
    "topics": ("label", "papers", "expected", "specialisation"),
    "partners": ("id", "name", "papers", "weight"),
    "rising": ("name", "grain", "class", "strength", "times"),
}
"""What a person looks for in a profile; the other formats give all."""


@papertide.command()
@click.argument("kind", type=click.Choice(MEMBER_KINDS[:3]))
@click.option("--since", type=DAY, help="Papers dated since this day.")
@click.option("--until", type=DAY, help="Papers dated until this day.")
@click.option(
    "--n",
    "number",
    type=click.IntRange(1, 200),
    default=200,
    show_default=True,
    help="Nodes at most.",
)
@click.option("--format", "form", type=click.Choice(["graphml", "vosviewer", "json"]),
              default="graphml", show_default=True)  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write to.")
@settings_options
def network(
    settings: Settings, kind: str, since: date | None, until: date | None, number: int, form: str,
    out: Path | None,
) -> None:  # fmt: skip
    """Who writes with whom, for programs that draw networks."""
    from papertide.members.network import FORMS
    from papertide.reader import reader_of

    told = reader_of(settings.config).network(kind, since=since, until=until, limit=number)
    for note in told.notes:
        print(note, file=sys.stderr)
    text = FORMS[form](told)
    if out:
        out.write_text(text, encoding="utf-8")
        print(f"{len(told.nodes):,} nodes and {len(told.edges):,} edges in {out}")
    else:
        print(text, end="")


@papertide.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8600, show_default=True)
@settings_options
def api(settings: Settings, host: str, port: int) -> None:
    """Answer programs over HTTP, as JSON, until stopped.

    What is published is what it knows.
    """
    from papertide.api import serve as serve_api

    serve_api(settings.config, os.environ, host, port)


@papertide.command()
@settings_options
def mcp(settings: Settings) -> None:
    """Answer an assistant over standard input and output (MCP).

    What is published is what it knows.
    """
    from papertide.assistant import serve as serve_assistant

    serve_assistant(settings.config)


@papertide.command()
@click.option(
    "--with", "extras", multiple=True, type=click.Choice([S3_EXTRA]),
    help="Also fetch the jars for this: s3, a warehouse in object storage.",
)  # fmt: skip
@click.option(
    "--ror", metavar="FILE|URL",
    help="Also read the list of research organizations from ROR's dump: JSON, CSV or zip.",
)  # fmt: skip
@settings_options
def setup(settings: Settings, extras: tuple[str, ...], ror: str | None) -> None:
    """Fetch Spark's jars and make the embedding model ready."""
    from pipelines.setup.__main__ import prepare

    prepare(settings.config, extras, ror)


@papertide.command()
@settings_options
def model(settings: Settings) -> None:
    """Make the embedding model ready, and say where it is."""
    from pipelines.setup.model import ensure_model

    print(ensure_model(settings.config.embed, home()))


@papertide.command("eval")
@click.argument("subject", type=click.Choice(SUBJECTS))
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("../shared"),
    show_default=True, help="Folder with gold/ (labelled answers) and feeds/ (real feeds).",
)  # fmt: skip
@FORMAT
@settings_options
def evaluate(settings: Settings, subject: str, data: Path, form: str) -> None:
    """Measure SUBJECT against labelled answers."""
    _quiet(settings)
    from pipelines import evaluate as measuring

    measures = measuring.evaluate(subject, data, settings.config)
    _write([measure._asdict() for measure in measures], form)


@papertide.command()
@click.argument("paper_id")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@settings_options
def why(settings: Settings, paper_id: str, form: str) -> None:
    """Why PAPER_ID is one paper.

    Its records, what joined them, and what came close and stayed out.
    """
    from pipelines.commands.why import why as told
    from storage import output

    output.write_sections(told(settings.config, paper_id), form, sys.stdout)


@papertide.group()
def institutions() -> None:
    """Which institutions affiliations name."""


@institutions.command("why")
@click.argument("affiliation")
@FORMAT
@settings_options
def why_institution(settings: Settings, affiliation: str, form: str) -> None:
    """What the text AFFILIATION is matched to, and why."""
    from pipelines.commands.institutions import why as told

    _write(told(settings.config, affiliation), form)


@papertide.command()
@click.argument("paper_ids", nargs=-1, required=True)
@deciding_options
@settings_options
def join(settings: Settings, paper_ids: tuple[str, ...], by: str, note: str) -> None:
    """Decide that the papers PAPER_IDS are one.

    Every later run respects it.
    """
    _quiet(settings)
    from pipelines.commands import decide

    _tell_decided(decide.join(settings.config, paper_ids, by, note))


@papertide.command()
@click.argument("paper_id")
@click.argument("record_ids", nargs=-1, required=True)
@deciding_options
@settings_options
def split(
    settings: Settings, paper_id: str, record_ids: tuple[str, ...], by: str, note: str
) -> None:
    """Decide that the records RECORD_IDS are not of PAPER_ID.

    Every later run respects it.
    """
    _quiet(settings)
    from pipelines.commands import decide

    _tell_decided(decide.split(settings.config, paper_id, record_ids, by, note))


@papertide.command()
@click.option("--for", "day", type=DAY, help="Day of the digest; default: the last day scored.")
@click.option("--send", is_flag=True, help="Send each subscriber one mail.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the pages, feeds and mails.",
)  # fmt: skip
@settings_options
def digest(settings: Settings, day: date | None, send: bool, out: Path | None) -> None:
    """Show what trends: as text, by mail, or as pages and feeds."""
    if send and out:
        raise UsageError("digest: either --send or --out")
    logs.set_up(settings.config.log)
    from pipelines.digest import daily

    if send:
        print(daily.send(settings.config, day, os.environ))
    elif out:
        print(daily.write(settings.config, day, out, os.environ))
    else:
        print(daily.edition_text(settings.config, day))


@papertide.group()
def subscribers() -> None:
    """Who gets the digest by mail."""


@subscribers.command("add")
@click.argument("address")
@click.option("--topic", "topics", multiple=True, help="A topic, by id or name.")
@click.option("--category", "categories", multiple=True, help="A subject class: cs.CL.")
@click.option("--author", "authors", multiple=True, help="An author, by name.")
@click.option("--like", "likes", multiple=True, metavar="ID", help="A paper they like.")
@click.option("--timezone", default="UTC", show_default=True, help="As Europe/Lisbon.")
@settings_options
def add_subscriber(
    settings: Settings,
    address: str,
    topics: tuple[str, ...],
    categories: tuple[str, ...],
    authors: tuple[str, ...],
    likes: tuple[str, ...],
    timezone: str,
) -> None:
    """Ask ADDRESS by mail whether it wants the digest.

    If it is a subscriber already, change its wishes.
    """
    logs.set_up(settings.config.log)
    from pipelines.digest.readers import enrolling

    wishes = enrolling.wishes(settings.warehouse, topics, categories, authors)
    print(enrolling.add(settings.config, os.environ, address, timezone, wishes, likes))


@subscribers.command("list")
@FORMAT
@settings_options
def list_subscribers(settings: Settings, form: str) -> None:
    """List the subscribers and what they want."""
    from pipelines.digest.readers import enrolling

    none = "no subscriber yet: papertide subscribers add ADDRESS"
    _write(enrolling.list_subscribers(settings.config), form, none)


@subscribers.command("pause")
@click.argument("address")
@settings_options
def pause_subscriber(settings: Settings, address: str) -> None:
    """Send ADDRESS nothing until it is resumed."""
    from pipelines.digest.readers import enrolling

    enrolling.pause(settings.config, address)


@subscribers.command("resume")
@click.argument("address")
@settings_options
def resume_subscriber(settings: Settings, address: str) -> None:
    """Send ADDRESS the digest again."""
    from pipelines.digest.readers import enrolling

    enrolling.pause(settings.config, address, resume=True)


@subscribers.command("remove")
@click.argument("address")
@settings_options
def remove_subscriber(settings: Settings, address: str) -> None:
    """Forget ADDRESS and what it wanted."""
    from pipelines.digest.readers import enrolling

    enrolling.remove(settings.config, address)


@subscribers.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, default=8025, show_default=True)
@settings_options
def serve_subscribers(settings: Settings, host: str, port: int) -> None:
    """Answer the links in mails, as to confirm or to unsubscribe."""
    from pipelines.alerts import saved
    from pipelines.digest.readers import enrolling

    enrolling.serve(settings.config, os.environ, partial(saved.end, settings.config), host, port)


@papertide.group()
def alerts() -> None:
    """Saved searches that report what is new."""


@alerts.command("add")
@click.argument("name")
@click.option(
    "--to", "target", required=True, help="https://…, mailto:ADDRESS, slack://…, or atom."
)
@click.option("--words", help="Papers with all these words.")
@click.option("--author", help="Papers by an author of this name.")
@click.option("--venue", help="Papers of this journal or conference.")
@click.option("--category", help="Papers of this subject class: cs.CL.")
@click.option("--topic", help="Papers of a topic or area, by id or name.")
@click.option("--term", help="Papers that have this term.")
@click.option("--entity", help="Papers that introduce or use this model, data set, ….")
@click.option("--feed", help="Papers of this feed.")
@click.option("--language", help="Papers in this language: en.")
@click.option("--country", help="Papers with an author there, by its code: NO.")
@click.option("--institution", help="Papers with an author there, by scheme:id or name.")
@click.option("--meaning", help="Papers that come among the ten nearest to this text.")
@click.option("--near", help="Papers that come among the ten nearest to this one, by any id.")
@click.option(
    "--rising",
    type=click.Choice(["topic", "term", "entity"]),
    help="Topics, terms or entities that rise, in place of papers.",
)
@click.option("--like", help="With --rising: only names with these letters.")
@settings_options
def add_alert(settings: Settings, name: str, target: str, **options: str | None) -> None:
    """Save a search as NAME; what it finds from now on is reported."""
    filters = {key: value for key, value in options.items() if value is not None}
    print(_add_alert(settings.config, name, filters, target))


def _add_alert(config: Config, name: str, query: Mapping[str, str], target: str) -> str:
    """Save a search; says its id, and the secret that whoever gets its calls needs."""
    from pipelines.alerts import saved
    from pipelines.alerts.channels import is_web

    alert = saved.add(config, name, query, target)
    secret = f"\nits calls are signed with the secret {alert.secret}" if is_web(target) else ""
    return f"{alert.id} added{secret}"


@alerts.command("list")
@FORMAT
@settings_options
def list_alerts(settings: Settings, form: str) -> None:
    """List the alerts, and how many events each has reported."""
    from pipelines.alerts import saved

    none = "no alert yet: papertide alerts add NAME --to atom --words …"
    _write(saved.list_alerts(settings.config), form, none)


@alerts.command("remove")
@click.argument("alert")
@settings_options
def remove_alert(settings: Settings, alert: str) -> None:
    """Forget the alert with this id."""
    from pipelines.alerts import saved

    saved.remove(settings.config, alert)


@alerts.command("run")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the feeds."
)
@settings_options
def run_alerts(settings: Settings, out: Path | None) -> None:
    """Report what is new since the last time."""
    logs.set_up(settings.config.log)
    from pipelines.alerts import saved

    print(saved.run(settings.config, os.environ, out))


@papertide.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@click.option(
    "--host", default="127.0.0.1", show_default=True,
    help="Address to serve on; on others than this machine's own have readers sign in.",
)  # fmt: skip
@settings_options
def dashboard(settings: Settings, port: int, host: str) -> None:
    """Show the published tables as a web page, until stopped."""
    from dashboard.server import serve
    from dashboard.views.alerts import Alerts
    from pipelines.alerts import saved

    config = settings.config
    alerts = Alerts(
        every=partial(saved.list_alerts, config),
        add=partial(_add_alert, config),
        remove=partial(saved.remove, config),
    )
    serve(settings.warehouse, config.embed, config.dashboard, alerts, host, port)


@papertide.command()
@FORMAT
@settings_options
def doctor(settings: Settings, form: str) -> None:
    """Say what is there, what is missing, and what to do."""
    from pipelines.commands.doctor import checks

    results = checks(settings.config, home())
    _write([asdict(check) for check in results], form)
    if not all(check.ok for check in results):
        raise PapertideError("not everything is there: see the column todo")


@papertide.command()
@settings_options
def config(settings: Settings) -> None:
    """Print every setting with its value, as YAML.

    Secrets are masked.
    """
    import yaml

    from conf.masked import mask_secrets

    print(yaml.safe_dump(mask_secrets(settings.config), sort_keys=False), end="")


def _write_found(rows_found: Found, columns: Sequence[str], form: str) -> None:
    rows = [{name: row[name] for name in columns} for row in rows_found.rows()]
    _write(rows, form, none="nothing was found")
    for note in rows_found.notes:
        print(note, file=sys.stderr)


def _write(rows: Sequence[Mapping[str, Any]], form: str, none: str = "nothing") -> None:
    """Write rows; of none, say why there are none."""
    from storage import output

    if rows or form == "json":
        output.write(list(rows[0]) if rows else [], rows, form, sys.stdout)
    else:
        print(none, file=sys.stderr)


def _no_run(settings: Settings) -> str:
    return f"nothing has run in {settings.warehouse.root} yet: papertide run"


def _tell_decided(pairs: int) -> None:
    if pairs:
        print(f"decided on {pairs:,} pairs of records; papertide run follows it")
    else:
        print("no change: these decisions are already recorded")


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise UsageError(f"{option} {text}: expected NAME=PATH")
    return name, value


def _days(as_of: date | None, first: date | None, last: date | None) -> list[date | None]:
    """The days as of which the flow runs, in order; None for the last day a feed showed."""
    if first is None and last is None:
        return [as_of]
    if first is None or last is None or as_of is not None:
        raise UsageError("run: --from and --to go together, and without --as-of")
    if first > last:
        raise UsageError(f"run: --from {first} is after --to {last}")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _quiet(settings: Settings) -> None:
    """Progress is ours; the libraries speak up for errors only."""
    environment.settle()
    logs.set_up(settings.config.log)


def _warm_up(settings: Settings, records: int) -> None:
    """Start Spark beside Prefect: each takes seconds, and one waits while the other works.

    The first query of a session loads what all queries need.
    """
    from jobs.session import build_session, load_distutils

    def start() -> None:
        spark = build_session(settings.config.session, home(), records)
        with suppress(Exception):  # whatever is wrong, the run itself will say it better
            spark.sql("SELECT count(*) FROM range(1)").collect()

    load_distutils()
    Thread(target=start, daemon=True).start()


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point: every error is told in words, without a traceback."""
    # Libraries make a hundred thousand objects as they are imported, and all stay: to look them
    # through for garbage after every few hundred was a quarter of the time of importing them.
    gc.set_threshold(50_000)
    try:
        papertide.main(args=arguments, prog_name="papertide", standalone_mode=False)
        status = 0
    except click.exceptions.Exit as ended:
        status = ended.exit_code
    except click.ClickException as error:
        error.show()
        status = 2
    except (click.Abort, KeyboardInterrupt):
        print("papertide: interrupted", file=sys.stderr)
        status = 130
    except ConfigError as error:
        status = _print_error(error, 2)
    except PapertideError as error:
        status = _print_error(error, error.exit_status)
    except BrokenPipeError:
        sys.stderr.close()
        status = 0
    except Exception as error:  # a fault of ours or of the machine: in words, details in a file
        status = _print_error(_with_details(error), 1)
    sys.exit(status)


def _with_details(error: Exception) -> PapertideError:
    """An error of the machine in words, or one nobody foresaw; and where the traceback is."""
    from pipelines.engine.faults import in_words, innermost

    file = home() / ERRORS
    with suppress(OSError):  # the disk may be full
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    words = in_words(error)
    if words:
        return PapertideError(f"{words}\n  details: {file}")
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # Of a worker's error Spark quotes the traceback; what went wrong is its last line.
    first = next((line for line in reversed(lines) if re.match(r"[A-Za-z.]*Error: ", line)), None)
    text = first or innermost(error)
    return PapertideError(f"{text}\n  details: {file}")


def _print_error(error: Exception, status: int) -> int:
    logs.error(str(error))
    return status
