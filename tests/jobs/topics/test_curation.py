"""Requirements of a person's decisions about topics, and of a naming command."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from pyspark.sql import Row, SparkSession

from jobs.topics.curation import CurationError, curation, drop_lost_merges
from jobs.topics.naming import NamingError, suggest_names
from jobs.topics.stage import Topics
from tests.jobs.topics.test_topics import (  # noqa: F401
    WORDS,
    about,
    first,
    rows,
    run,
    topic_by_subject,
)

HEAD = "action,topic_id,value\n"


def test_a_file_of_decisions_is_read() -> None:
    told = curation(
        HEAD + "rename,t1,Tide Gauges\nmerge,t2,t3\nmerge,t3,t1\nhide,t4,\nsplit,t5,3\n"
    )
    assert told.names == {"t1": "Tide Gauges"}
    assert told.merged == {"t2": "t1", "t3": "t1"}
    assert told.hidden == frozenset({"t4"})
    assert dict(told.splits) == {"t5": 3}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("topic,name\n", "line 1"),
        (HEAD + "rename,t1,\n", "line 2: rename needs a value"),
        (HEAD + "hide,t1,\nburn,t1,2\n", "line 3: no such action: burn"),
        (HEAD + "split,t1,1\n", "line 2: split needs the number of parts"),
        (HEAD + "split,t1,two\n", "line 2: split needs the number of parts"),
        (HEAD + "split,t1,2\nhide,t1,\n", "t1 is split: hide its parts"),
        (HEAD + "split,t1,2\nmerge,t2,t1\n", "t1 is split: merge into one of its parts"),
        (HEAD + "hide,,\n", "line 2: topic_id is empty"),
        (HEAD + "merge,t1,t2\nmerge,t2,t1\n", "leads back to itself"),
        (HEAD + "rename,t1,Gulls\nrename,t2,Gulls\n", "renamed alike"),
        (HEAD + "rename,t1,Gulls\nrename,t1,Terns\n", "line 3: a second rename"),
    ],
)
def test_a_line_that_cannot_be_followed_is_told(text: str, said: str) -> None:
    with pytest.raises(CurationError, match=said):
        curation(text)


def test_decisions_hold_over_reruns_and_are_undone_with_the_file(
    spark: SparkSession,
    first: Topics,  # noqa: F811
) -> None:
    ids = {subject: min(map(str, found)) for subject, found in topic_by_subject(first).items()}
    labels = {str(row["topic_id"]): row["label"] for row in first.topics.collect()}
    by = curation(
        HEAD + f"rename,{ids['p0']},Yeast\nmerge,{ids['p1']},{ids['p0']}\nhide,{ids['p2']},\n"
    )
    given = [p for s in range(3) for p in about(s, 20)]
    more = [p for s in range(3) for p in about(s, 40)]  # a fit of its own
    made = run(spark, given, known=first, by=by, topics=3)
    for papers in (given, more):
        made = run(spark, papers, known=made, by=by, topics=3)
        rows = {row["topic_id"]: row for row in made.topics.where("is_current").collect()}
        assert {topic_id: row["label"] for topic_id, row in rows.items()} == {ids["p0"]: "Yeast"}
        assert topic_by_subject(made) == {"p0": {ids["p0"]}, "p1": {ids["p0"]}}
        hidden = made.paper_topics.where(f"found_topic_id = '{ids['p2']}'").collect()
        assert hidden and not any(row["fits"] for row in hidden)
    undone = run(spark, more, known=made, topics=3)
    current = undone.topics.where("is_current").collect()
    undone_labels = {str(row["topic_id"]): str(row["label"]) for row in current}
    assert undone_labels.keys() == labels.keys()
    assert "Yeast" not in undone_labels.values()


def of(made: Topics, subject: str) -> str:
    """The one topic of a subject."""
    (topic_id,) = topic_by_subject(made)[subject]
    assert topic_id
    return topic_id


def current(made: Topics) -> dict[str, Row]:
    return {row["topic_id"]: row for row in made.topics.where("is_current").collect()}


def test_a_topic_is_split_and_its_parts_last(spark: SparkSession) -> None:
    given = [p for s in range(3) for p in about(s, 20)]
    broad = run(spark, given, topics=2)  # two of the three subjects share a topic
    found = topic_by_subject(broad)
    pair = [s for s in found if sum(found[s] == found[other] for other in found) == 2]
    whole, third = of(broad, pair[0]), of(broad, min(found.keys() - set(pair)))
    by = curation(HEAD + f"split,{whole},2\n")

    made = run(spark, given, known=broad, by=by, topics=2)
    parts = [of(made, subject) for subject in pair]
    assert current(made).keys() == {*parts, third} and parts[0] != parts[1]
    for subject, part in zip(pair, parts, strict=True):
        row = current(made)[part]
        assert (row["split_from"], row["level"], row["papers"]) == (whole, 3, 19)
        assert set(row["label"].lower().split()) <= set(WORDS[int(subject[1:])].split())
    row = made.topics.where(f"topic_id = '{whole}'").collect()[0]
    assert (row["curated"], row["is_current"]) == ("split", False)
    of_whole = made.paper_topics.where(f"found_topic_id = '{whole}'").collect()
    assert len(of_whole) == 38
    assert {(row["topic_id"], row["fits"]) for row in of_whole} == {(p, True) for p in parts}

    again = run(spark, reversed(given), known=broad, by=by, topics=2)
    assert rows(again.topics) == rows(made.topics)
    assert rows(again.paper_topics) == rows(made.paper_topics)

    # Between fits parts stay as they are, and may be renamed and hidden.
    few = [*given, *(p for s in range(3) for p in about(s, 5, first=20))]
    more = curation(HEAD + f"split,{whole},2\nrename,{parts[0]},Gulls\nhide,{parts[1]},\n")
    middles = {topic_id: row["centroid"] for topic_id, row in current(made).items()}
    made = run(spark, few, known=made, by=more, topics=2)
    assert {topic_id: row["centroid"] for topic_id, row in current(made).items()} == {
        parts[0]: middles[parts[0]], third: middles[third],
    }  # fmt: skip
    assert current(made)[parts[0]]["label"] == "Gulls"

    # A new fit parts anew, under the same ids.
    papers = [p for s in range(3) for p in about(s, 40)]
    made = run(spark, papers, known=made, by=by, topics=2)
    assert [of(made, subject) for subject in pair] == parts
    assert {row["version"] for row in current(made).values()} == {2}
    assert current(made).keys() == {*parts, third}

    undone = run(spark, papers, known=made, topics=2)
    assert current(undone).keys() == {whole, third}
    assert {of(undone, subject) for subject in pair} == {whole}


def test_a_topic_of_few_papers_stays_whole(spark: SparkSession, first: Topics) -> None:  # noqa: F811
    given = [p for s in range(3) for p in about(s, 20)]
    whole = of(first, "p1")
    by = curation(HEAD + f"split,{whole},2\nsplit,t000,2\n")
    made = run(spark, given, known=first, by=by, topics=3, min_topic_papers=11)
    assert of(made, "p1") == whole
    assert current(made)[whole]["curated"] is None


def test_fewer_parts_than_asked_for_stay_too(spark: SparkSession) -> None:
    given = [p for s in range(3) for p in about(s, 20)]
    broad = run(spark, given, topics=2, min_topic_papers=15)
    found = topic_by_subject(broad)
    whole = next(
        min(map(str, found[s])) for s in found if list(found.values()).count(found[s]) == 2
    )
    by = curation(HEAD + f"split,{whole},3\n")
    made = run(spark, given, known=broad, by=by, topics=2, min_topic_papers=15)
    parts = {key: row["centroid"] for key, row in current(made).items() if row["split_from"]}
    assert len(parts) == 2
    more = [*given, *about(0, 4, first=20)]
    again = run(spark, more, known=made, by=by, topics=2, min_topic_papers=15)
    kept = {key: row["centroid"] for key, row in current(again).items() if row["split_from"]}
    assert kept == parts


SHOWN = [
    {"topic_id": "t1", "label": "Salt Marshes", "terms": ["salt marshes"]},
    {"topic_id": "t2", "label": "Neap Tides", "terms": ["neap tides"]},
]


def command(tmp_path: Path, names: object) -> list[str]:
    script = tmp_path / "namer.py"
    script.write_text(
        "import json, sys\ngiven = json.load(sys.stdin)\nassert given[0]['terms']\n"
        f"print({json.dumps(json.dumps(names))})\n"
    )
    return [sys.executable, str(script)]


def test_a_command_names_topics(tmp_path: Path) -> None:
    told = command(tmp_path, {"t1": " Marsh  Life ", "t3": "Unknown"})
    assert suggest_names(SHOWN, told, 60) == {"t1": "Marsh Life"}


def test_names_that_others_have_and_what_is_no_line_are_left_out(tmp_path: Path) -> None:
    told = command(tmp_path, {"t1": "Neap Tides", "t2": "two\nlines"})
    assert suggest_names(SHOWN, told, 60) == {}


def test_a_command_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(NamingError, match="topics.namer"):
        suggest_names(SHOWN, [str(tmp_path / "missing")], 60)
    with pytest.raises(NamingError, match="no JSON object"):
        suggest_names(SHOWN, command(tmp_path, ["a", "list"]), 60)


def test_a_merge_into_no_topic_of_its_level_is_not_followed() -> None:
    by = curation(HEAD + "merge,t1,t2\nmerge,t3,gone\nmerge,t4,area\nhide,t5,\n")
    told = drop_lost_merges(by, {"t1": 2, "t2": 2, "t3": 2, "t4": 2, "area": 1})
    assert told.merged == {"t1": "t2"}
    assert told.hidden == {"t5"}
