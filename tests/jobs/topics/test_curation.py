"""Requirements of a person's decisions about topics, and of a naming command."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.topics.curation import Curation, CurationError, curation
from jobs.topics.naming import NamingError, suggest_names
from jobs.topics.stage import Topics
from tests.jobs.topics.test_topics import about, first, run, topic_by_subject  # noqa: F401

HEAD = "action,topic_id,value\n"


def test_a_file_of_decisions_is_read() -> None:
    told = curation(HEAD + "rename,t1,Tide Gauges\nmerge,t2,t3\nmerge,t3,t1\nhide,t4,\n")
    assert told == Curation({"t1": "Tide Gauges"}, {"t2": "t1", "t3": "t1"}, frozenset({"t4"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("topic,name\n", "line 1"),
        (HEAD + "rename,t1,\n", "line 2: rename needs a value"),
        (HEAD + "hide,t1,\nsplit,t1,2\n", "line 3: no such action: split"),
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
