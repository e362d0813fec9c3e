"""The measures of trends read the planted truth as it was planted."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from pipelines.evaluate import trends
from pipelines.evaluate.trends import Call, Paper, Truth
from pipelines.sample.sample import write_sample


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Paper], Truth]:
    folder = tmp_path_factory.mktemp("sample") / "feed"
    truth = write_sample(folder, 800, trends.DAYS, trends.SEED)
    return trends.sample_papers(folder, truth), truth


def test_papers_are_given_the_topic_that_was_planted(sample: tuple[list[Paper], Truth]) -> None:
    papers, truth = sample
    found = Counter(paper["topic"] for paper in papers)
    planted = {topic["name"]: sum(topic["papers"]) for topic in truth["topics"]}
    # A few works have only a year and count in no week; a few name no term of their topic.
    off = sum(abs(found[name] - many) for name, many in planted.items())
    assert off < 0.15 * sum(planted.values())


def test_the_scenarios_differ_from_the_sample_in_their_fault_alone(
    sample: tuple[list[Paper], Truth],
) -> None:
    papers, truth = sample
    first = date.fromisoformat(truth["days"][0])
    made = trends.scenarios(papers, first)
    middle = first + timedelta(trends.DAYS // 2)

    def without_abstract(name: str) -> int:
        return sum(p["abstract"] is None for p in made[name] if p["dated_on"] < middle)

    assert without_abstract("step") > 10 * without_abstract("sample")
    assert len(made["step"]) == len(made["shuffled"]) == len(papers)
    dates = [sorted(p["dated_on"] for p in made[name]) for name in ("sample", "shuffled")]
    assert dates[0] == dates[1]
    cut = {p["dated_on"] for p in papers} - {p["dated_on"] for p in made["half"]}
    assert (min(cut).day, max(cut).day) == (10, 28)
    early = sum(p["dated_on"] < middle for p in made["growth"]) / len(made["growth"])
    assert early < 0.4


def call(topic: str, way: int, day: date) -> Call:
    """A call of the last four weeks against the eight before."""
    since, recent = day - timedelta(84), day - timedelta(28)
    return Call(topic, way, day, "week", since, recent, day)


def test_what_is_planned_is_taken_of_the_periods_that_were_compared() -> None:
    share = [0.1] * 60 + [0.3] * 20 + [0.1] * 20
    truth = {"days": ["2024-01-01"], "topics": [{"name": "tide", "expected_share": share}]}
    first = date(2024, 1, 1)
    days = [first + timedelta(day) for day in (30, 60, 80, 100)]
    rise = Call("tide", 1, days[3], "week", days[0], days[1], days[2])
    assert trends.borne_out(rise, truth)
    fall = rise._replace(way=-1, since=days[1], recent=days[2], until=days[3])
    assert trends.borne_out(fall, truth)
    assert not trends.borne_out(fall._replace(since=days[0], recent=days[1]), truth)


def test_a_call_is_borne_out_by_what_was_planned(sample: tuple[list[Paper], Truth]) -> None:
    truth = sample[1]
    born = next(topic for topic in truth["topics"] if topic["kind"] == "born")
    day = date.fromisoformat(born["grown_by"])
    assert trends.borne_out(call(born["name"], 1, day), truth)
    assert not trends.borne_out(call(born["name"], -1, day), truth)


def test_a_topic_that_is_gone_has_fallen_and_one_that_never_was_has_not() -> None:
    shares = {"gone": [0.1] * 50 + [0.0] * 100, "never": [0.0] * 150}
    truth = {
        "days": ["2024-01-01"],
        "topics": [{"name": name, "expected_share": share} for name, share in shares.items()],
    }
    day = date(2024, 5, 1)
    assert trends.borne_out(call("gone", -1, day), truth)
    assert not trends.borne_out(call("gone", 1, day), truth)
    assert not trends.borne_out(call("never", -1, day), truth)
