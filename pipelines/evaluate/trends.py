"""Trends against what was planted in a generated feed, and against chance and faulty delivery.

Each scenario is a feed of its own, made of the same papers, so that one pass tells of all. Calls as
of earlier days are taken by cutting the periods there, each day a slice of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from conf import Config
from jobs.session import build_session
from jobs.tables.silver import PAPERS
from jobs.terms.keyphrases import keyphrases
from jobs.terms.vocabulary import vocabulary
from jobs.text.phrases import all_phrases
from jobs.trends.classes import UP
from jobs.trends.totals import period_totals
from jobs.trends.trend_tests import Tests, trend_tests
from jobs.trends.trends import term_trends, topic_trends
from pipelines.evaluate import Measure
from pipelines.sample.sample import write_sample
from storage.home import home

WORKS, DAYS, SEED = 6_000, 365, 7
CERTAIN = 0.05
SURE = ("established", "likely")  # what is watched may as well not be
OFF_DAYS = 14
NOTICE_DAYS = 84  # within three months of its begin a course has to be called
SET = f"sample of {WORKS:,}, seed {SEED}"
# A call that the planned shares bear out: so much of a change between the last periods and before.
REAL_CHANGE = 0.15

Paper = dict[str, Any]
Truth = dict[str, Any]


class Call(NamedTuple):
    """A topic called in a direction, up (1) or down (-1), as of a day.

    Its share from `recent` on, before `until`, was compared with that from `since` to `recent`.
    """

    topic: str
    way: int
    day: date
    grain: str
    since: date
    recent: date
    until: date


def evaluate(data: Path, config: Config) -> Iterator[Measure]:
    """The figures; `data` is not needed, the feed is generated."""
    with tempfile.TemporaryDirectory() as folder:
        truth = write_sample(Path(folder), WORKS, DAYS, SEED)
        papers = sample_papers(Path(folder), truth)
    spark = build_session(config.session, home())
    results, totals = run_tests(spark, papers, truth, config)
    tests = results.tests.where("kind = 'topic'").collect()
    yield from courses(tests, truth)
    yield from dates(results.bursts.collect(), truth)
    yield from chance(results, truth)
    yield from faults(tests, totals, truth)


def sample_papers(folder: Path, truth: Truth) -> list[Paper]:
    """One row a work, as silver.papers has it, with the topic whose terms it carries."""
    repeats = {row_id for work in truth["works"] for row_id in work[1:]}
    terms = [(term.lower(), topic["name"]) for topic in truth["topics"] for term in topic["terms"]]
    papers: dict[str, Paper] = {}
    for file in sorted(folder.glob("*.jsonl")):
        day = date.fromisoformat(file.stem)
        for row in map(orjson.loads, file.read_bytes().splitlines()):
            if row["id"] in repeats or row["id"] in papers or "published_on" not in row:
                continue
            text = f"{row['title']} {row.get('abstract', '')}".lower()
            papers[row["id"]] = {
                "paper_id": row["id"],
                "title": row["title"],
                "abstract": row.get("abstract"),
                "dated_on": date.fromisoformat(row["published_on"]),
                "first_shown_on": day,
                "date_basis": "published",
                "is_withdrawn": False,
                "topic": next((name for term, name in terms if term in text), None),
            }
    return list(papers.values())


def draw(paper: Paper, what: str) -> float:
    """A number from 0 to 1 that only the paper and the purpose decide."""
    digest = blake2b(f"{what}/{paper['paper_id']}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def scenarios(papers: list[Paper], first: date) -> dict[str, list[Paper]]:
    """The same papers as delivered by feeds with a fault each."""
    middle, end = first + timedelta(DAYS // 2), first + timedelta(DAYS - 1)
    cut = date(end.year, end.month, 1) - timedelta(31)  # in the last month but one
    hole = (cut.replace(day=1) + timedelta(9), cut.replace(day=28))
    shuffled = sorted(papers, key=lambda paper: draw(paper, "shuffle"))
    return {
        "sample": papers,
        # A feed that grows fivefold within its year.
        "growth": [p for p in papers if draw(p, "growth") <= 0.2 + 0.8 * (
            (p["dated_on"] - first).days / DAYS)],
        # Two thirds of the abstracts are missing in the first half.
        "step": [p if p["dated_on"] >= middle or draw(p, "step") > 2 / 3 else
                 {**p, "abstract": None} for p in papers],
        # Ten to twenty days of a month never came.
        "half": [p for p in papers if not hole[0] <= p["dated_on"] <= hole[1]],
        "shuffled": [
            {**p, "dated_on": q["dated_on"], "first_shown_on": q["first_shown_on"]}
            for p, q in zip(papers, shuffled, strict=True)
        ],
    }  # fmt: skip


def run_tests(
    spark: SparkSession, papers: list[Paper], truth: Truth, config: Config
) -> tuple[Tests, list[Row]]:
    """Tests of all scenarios, each as a feed, and of the sample as of every fortnight."""
    first = date.fromisoformat(truth["days"][0])
    as_of = date.fromisoformat(truth["days"][-1])
    rows = [
        {**paper, "paper_id": f"{name}/{paper['paper_id']}", "feeds": [name]}
        for name, its in scenarios(papers, first).items()
        for paper in its
    ]
    full = [tuple(row.get(name) for name in PAPERS.column_names) for row in rows]
    # What a stage reads from a table is cut off here from how it was made: else each step plans all
    # that went before.
    paper_rows = spark.createDataFrame(full, PAPERS.schema()).localCheckpoint()
    topics = spark.createDataFrame(
        [(row["paper_id"], row["topic"], True) for row in rows if row["topic"]],
        "paper_id string, topic_id string, fits boolean",
    )
    settings = config.trends
    totals = period_totals(paper_rows, settings, as_of).localCheckpoint()
    by_topic = topic_trends(paper_rows, topics, totals, settings, as_of).localCheckpoint()
    # Terms of the sample, of its step in coverage and of chance.
    texts = paper_rows.where(F.col("feeds")[0].isin("sample", "step", "shuffled"))
    phrase_rows = all_phrases(texts).localCheckpoint()
    sample_ids = texts.where("array_contains(feeds, 'sample')").select("paper_id")
    of_sample = phrase_rows.join(sample_ids, on="paper_id", how="left_semi")
    phrases = keyphrases(of_sample, config.keyphrases).localCheckpoint()
    words = vocabulary(texts, phrase_rows, phrases, settings, as_of).papers.localCheckpoint()
    by_term = term_trends(texts, words, totals, settings, as_of).localCheckpoint()
    totals = totals.where("slice like 'feed=%'")
    days = spark.createDataFrame(
        [(first + timedelta(day),) for day in range(8 * 14, DAYS + 14, 14)], "day date"
    )
    by_feed = "slice <> 'all'"
    results = trend_tests(
        _as_of(by_topic.where(by_feed), days),
        by_term.where(by_feed),
        _as_of(totals, days),
        settings,
    )
    return Tests(*(frame.localCheckpoint() for frame in results)), totals.collect()


def _as_of(rows: DataFrame, days: DataFrame) -> DataFrame:
    """`rows`, and those of the sample that end by each of `days` once more, as a slice."""
    until = (
        rows.where("slice = 'feed=sample'")
        .crossJoin(F.broadcast(days))
        .where("case grain when 'week' then date_add(period, 7) else add_months(period, "
               "case grain when 'month' then 1 when 'quarter' then 3 else 12 end) end <= day")
        .withColumn("slice", F.concat(F.lit("until="), "day"))
        .drop("day")
    )  # fmt: skip
    return rows.unionByName(until)


def calls(tests: list[Row]) -> list[Call]:
    """The calls of topics in the sample as of each day."""
    return [
        Call(row["entity"], 1 if row["class"] in UP else -1,
             date.fromisoformat(row["slice"].removeprefix("until=")), row["grain"],
             row["from_period"], row["recent_from"], _end(row["to_period"], row["grain"]))
        for row in tests
        if row["slice"].startswith("until=") and row["strength"] in SURE
        and row["grain"] in ("week", "month")
    ]  # fmt: skip


def _end(period: date, grain: str) -> date:
    """The day after a week or month."""
    return period + timedelta(7) if grain == "week" else (period + timedelta(31)).replace(day=1)


def courses(tests: list[Row], truth: Truth) -> Iterator[Measure]:
    """Whether planted courses are called while they last, how late, and what else is called."""
    all_calls = calls(tests)
    hits, delays, right = 0, [], set()
    events = [event for topic in truth["topics"] for event in events_of(topic)]
    for name, way, begin, end in events:
        on_time = [
            call for call in all_calls
            if call.topic == name and call.way == way and begin <= call.day <= end
        ]  # fmt: skip
        right |= set(on_time)
        if on_time:
            hits += 1
            delays.append((min(call.day for call in on_time) - begin).days)
    # What the planned shares bear out is no false call: others fall when one is born.
    wrong = {
        (call.topic, call.way, call.grain)
        for call in all_calls
        if call not in right and not borne_out(call, truth)
    }
    precision, recall = hits / max(hits + len(wrong), 1), hits / len(events)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    yield Measure(SET, "courses called, F1", round(f1, 3), 0.8)
    yield Measure(SET, "courses called, recall", round(recall, 3))
    yield Measure(SET, "courses called, precision", round(precision, 3))
    delays.sort()
    yield Measure(SET, "delay, median days", float(delays[len(delays) // 2]) if delays else -1.0)


def events_of(topic: Truth) -> Iterator[tuple[str, int, date, date]]:
    """What was planted: the topic, the direction, and the days within which to call it."""
    notice = timedelta(NOTICE_DAYS)
    for way, begin, end in (
        (1, "born_on", "grown_by"),
        (1, "burst_from", "burst_to"),
        (1, "rises_from", "rises_to"),
        (-1, "declines_from", "declines_to"),
        (-1, "declines_from", "died_on"),
    ):
        if begin in topic and end in topic:
            first, last = date.fromisoformat(topic[begin]), date.fromisoformat(topic[end])
            yield topic["name"], way, first, max(last, first + notice)


def borne_out(call: Call, truth: Truth) -> bool:
    """Whether the planned share changes that way between the periods that were compared."""
    (topic,) = (topic for topic in truth["topics"] if topic["name"] == call.topic)
    share = topic["expected_share"]
    first = date.fromisoformat(truth["days"][0])
    since, recent, until = (
        max((day - first).days, 0) for day in (call.since, call.recent, call.until)
    )
    now, before = share[recent:until], share[since:recent]
    if call.way < 0 and not any(now):
        return any(share[:recent])
    change = (sum(now) / len(now)) - (sum(before) / len(before))
    return bool(call.way * change > REAL_CHANGE * sum(share) / len(share))


def dates(bursts: list[Row], truth: Truth) -> Iterator[Measure]:
    """Whether planted bursts have their dates, by week, and whether others are found."""
    planted = {topic["name"]: topic for topic in truth["topics"] if topic["kind"] == "burst"}
    certain = [
        row for row in bursts
        if (row["kind"], row["grain"], row["slice"]) == ("topic", "week", "feed=sample")
        and row["q_value"] <= CERTAIN
    ]  # fmt: skip
    hits, off = set(), []
    for row in certain:
        if row["entity"] in planted:
            begin = date.fromisoformat(planted[row["entity"]]["burst_from"])
            if abs((row["begins"] - begin).days) <= OFF_DAYS:
                hits.add(row["entity"])
                off.append(abs((row["begins"] - begin).days))
    steady = {topic["name"] for topic in truth["topics"] if topic["kind"] == "steady"}
    yield Measure(SET, "bursts found within a fortnight", len(hits) / len(planted), 1.0)
    yield Measure(SET, "bursts, days off at the begin", sum(off) / max(len(off), 1))
    false = {row["entity"] for row in certain} & steady
    yield Measure(SET, "steady topics with a burst, share", len(false) / len(steady), 0.05)


def chance(results: Tests, truth: Truth) -> Iterator[Measure]:
    """What is called of topics and terms whose dates are shuffled."""
    in_shuffled = results.tests.where("slice = 'feed=shuffled'")
    for kind in ("topic", "term"):
        row = in_shuffled.where(F.col("kind") == kind).agg(
            F.count(F.lit(1)).alias("all"),
            F.count_if(F.col("strength").isin(*SURE)).alias("called"),
        ).first()  # fmt: skip
        if row and row["all"]:
            yield Measure(f"{SET}, dates shuffled", f"{kind}s called, share of {row['all']:,}",
                          round(row["called"] / row["all"], 4), 0.05)  # fmt: skip


def faults(tests: list[Row], totals: list[Row], truth: Truth) -> Iterator[Measure]:
    """What a fault of the feed makes of steady topics, beside the same feed without it."""
    steady = {topic["name"] for topic in truth["topics"] if topic["kind"] == "steady"}
    for name, what in (("sample", "no fault"), ("growth", "fivefold growth"),
                       ("step", "coverage step"), ("half", "half-delivered month")):  # fmt: skip
        its = [row for row in tests if row["slice"] == f"feed={name}" and row["entity"] in steady]
        count = sum(row["strength"] in SURE for row in its)
        yield Measure(f"{SET}, {what}", "steady topics called, share",
                      round(count / max(len(its), 1), 4), 0.05)  # fmt: skip
    cut = [row for row in totals if row["slice"] == "feed=half" and row["grain"] == "month"
           and not row["is_complete"]]  # fmt: skip
    yield Measure(f"{SET}, half-delivered month", "months not complete (the cut one, the last)",
                  float(len(cut)), 2.0)  # fmt: skip
    step = {row["terms_in"] for row in totals if row["slice"] == "feed=step"}
    yield Measure(f"{SET}, coverage step", "flagged, terms counted in titles",
                  float(step == {"title"}), 1.0)  # fmt: skip
