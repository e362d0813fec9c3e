"""Requirements of topics: what is found, how it is named, and what lasts from fit to fit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import hypothesis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.params import TopicsSettings
from jobs.tables.gold import PAPER_TOPICS, TOPIC_FITS, TOPIC_LINEAGE, TOPICS
from jobs.text.phrases import all_phrases
from jobs.topics.curation import NOTHING, Curation
from jobs.topics.fit import (
    AREA,
    FIELD,
    TOPIC,
    Topic,
    adjusted_rand,
    assign,
    cluster,
    fit,
    nearest,
    topic_count,
)
from jobs.topics.labels import Telling, labels, telling_terms, topic_terms
from jobs.topics.matching import Link, lineage, match_topics
from jobs.topics.quality import coherence, diversity
from jobs.topics.stage import Topics, topics
from jobs.topics.tree import Merge, cut, jumps, merges
from jobs.vectors.vectors import arrow
from tests.frames import frame_of

WIDTH = 16
MODEL = "compass-v1"
DAY = date(2024, 5, 1)
WORDS = {
    0: "gene expression in yeast cells",
    1: "braided river sediment transport",
    2: "lattice gauge theory at finite density",
    3: "court rulings on patent law",
    4: "bird song dialects of finches",
    5: "asphalt pavement fatigue cracking",
}

Paper = tuple[str, str, date, date, bool, list[float]]


def about(
    subject: int, number: int, first: int = 0, day: date = DAY, spread: float = 0.05
) -> list[Paper]:
    """So many papers near one axis, each a little off it in its own way."""
    made = []
    for index in range(first, first + number):
        noise = np.random.Generator(np.random.PCG64([subject, index])).normal(0, spread, WIDTH)
        vector = np.eye(WIDTH)[subject] + noise
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        made.append(
            (
                f"p{subject}-{index:03}",
                WORDS.get(subject, "odds and ends"),
                day,
                day,
                False,
                vector.tolist(),
            )
        )
    return made


def tables(spark: SparkSession, papers: Iterable[Paper]) -> tuple[DataFrame, DataFrame]:
    given = list(papers)
    return (
        frame_of(
            spark,
            [(p, t, None, d, s, w) for p, t, d, s, w, _ in given],
            "paper_id string, title string, abstract string, dated_on date, "
            "first_shown_on date, is_withdrawn boolean",
        ),
        frame_of(spark, [(p, v) for p, *_, v in given], "paper_id string, vector array<float>"),
    )


def nothing_known(spark: SparkSession) -> Topics:
    return Topics(
        *(
            frame_of(spark, [], table.schema())
            for table in (TOPICS, TOPIC_LINEAGE, PAPER_TOPICS, TOPIC_FITS)
        )
    )


def run(
    spark: SparkSession,
    papers: Iterable[Paper],
    known: Topics | None = None,
    as_of: date = DAY,
    model: str = MODEL,
    by: Curation = NOTHING,
    **settings: float,
) -> Topics:
    """The stage's tables, held as if published, so that later steps do not compute them again."""
    known = known or nothing_known(spark)
    given, embeddings = tables(spark, papers)
    read = all_phrases(given).localCheckpoint()  # a run keeps them in a table
    made = topics(given, read, embeddings, model, known, TopicsSettings(**settings), as_of, by)
    return Topics(*(frame_of(spark, frame.collect(), frame.schema) for frame in made))


def rows(frame: DataFrame) -> list[str]:
    return sorted(str(row) for row in frame.collect())


def topic_by_subject(made: Topics) -> dict[str, set[str | None]]:
    found: dict[str, set[str | None]] = {}
    for row in made.paper_topics.where("fits").collect():
        found.setdefault(row["paper_id"].split("-")[0], set()).add(row["topic_id"])
    return found


def relations(made: Topics, version: int) -> list[str]:
    return sorted(row["relation"] for row in made.lineage.where(f"version = {version}").collect())


@pytest.fixture(scope="module")
def first(spark: SparkSession) -> Topics:
    """Topics of three subjects of twenty papers."""
    return run(spark, [p for s in range(3) for p in about(s, 20)], topics=3)


def test_papers_of_one_subject_share_one_topic_and_subjects_differ(first: Topics) -> None:
    found = topic_by_subject(first)
    assert set(found) == {"p0", "p1", "p2"}
    assert all(len(ids) == 1 for ids in found.values())
    assert len(set.union(*found.values())) == len(found)


def test_first_fit_is_version_one_and_all_topics_are_born(first: Topics) -> None:
    made = first.topics.collect()
    assert {(r["version"], r["is_current"], r["fitted_papers"]) for r in made} == {(1, True, 60)}
    assert {r["fitted_as_of"] for r in made} == {DAY}
    assert relations(first, 1) == ["born"] * 3


def test_topic_counts_its_fitting_papers_and_most_papers_fit(first: Topics) -> None:
    fitting = {
        row["topic_id"]: row["count"]
        for row in first.paper_topics.where("fits").groupBy("topic_id").count().collect()
    }
    assert {r["topic_id"]: r["papers"] for r in first.topics.collect()} == fitting
    # 3 % of 20 are not to fit: the farthest one of each topic.
    assert set(fitting.values()) == {19}


def test_labels_say_what_a_topic_is_about_and_differ(first: Topics) -> None:
    names = {r["topic_id"]: r["label"] for r in first.topics.collect()}
    found = topic_by_subject(first)
    for subject, ids in found.items():
        label_words = set(names[min(i for i in ids if i)].lower().replace(",", "").split()) - {
            "and"
        }
        assert label_words <= set(WORDS[int(subject[1:])].split())
    assert len(set(names.values())) == len(names)


def test_rows_do_not_depend_on_order_or_partitions(spark: SparkSession, first: Topics) -> None:
    given = [p for s in range(3) for p in about(s, 20)]
    papers, embeddings = tables(spark, reversed(given))
    again = topics(
        papers.repartition(7),
        all_phrases(papers).localCheckpoint(),
        embeddings.repartition(5, "paper_id"),
        MODEL,
        nothing_known(spark),
        TopicsSettings(topics=3),
        DAY,
    )
    assert [rows(frame) for frame in again] == [rows(frame) for frame in first]


def test_few_new_papers_go_to_the_topics_that_stand(spark: SparkSession, first: Topics) -> None:
    given = [p for s in range(3) for p in about(s, 25)]
    second = run(spark, given, first, topics=3)
    assert rows(second.topics) == rows(first.topics)
    assert rows(second.lineage) == rows(first.lineage)
    assert second.paper_topics.count() == len(given)
    old, new = topic_by_subject(first), topic_by_subject(second)
    assert old == new


def test_paper_far_from_every_topic_fits_none(spark: SparkSession, first: Topics) -> None:
    given = [p for s in range(3) for p in about(s, 20)] + about(5, 1)
    row = run(spark, given, first).paper_topics.where("paper_id = 'p5-000'").first()
    assert row is not None
    assert (row["topic_id"], row["fits"]) == (None, False)
    assert -1 <= row["similarity"] < 0.5


def test_ids_last_over_a_refit_of_the_same_subjects(spark: SparkSession, first: Topics) -> None:
    later = date(2024, 6, 1)
    second = run(spark, [p for s in range(3) for p in about(s, 30)], first, later, topics=3)
    assert relations(second, 2) == ["same"] * 3
    assert topic_by_subject(second) == topic_by_subject(first)
    versions = {(r["version"], r["is_current"]) for r in second.topics.collect()}
    assert versions == {(1, False), (2, True)}
    shared = {r["shared_papers"] for r in second.lineage.where("version = 2").collect()}
    assert shared <= {18, 19, 20}


def test_another_model_makes_a_fit_of_its_own_and_ids_last_over_it(
    spark: SparkSession, first: Topics
) -> None:
    given = [p for s in range(3) for p in about(s, 20)]
    # Its vectors have another length and other axes, so that no old centroid means anything.
    turned = [(*p[:-1], [0.0, 0.0, *reversed(p[-1])]) for p in given]
    second = run(spark, turned, first, model="compass-v2", topics=3)
    made = second.topics.where("is_current").collect()
    assert {(row["version"], row["model"]) for row in made} == {(2, "compass-v2")}
    assert {len(row["centroid"]) for row in made} == {WIDTH + 2}
    assert topic_by_subject(second) == topic_by_subject(first)
    assert set(relations(second, 2)) == {"same"}
    assert {row["model"] for row in second.topics.where("not is_current").collect()} == {MODEL}


def test_another_model_over_other_papers_has_topics_of_its_own(
    spark: SparkSession, first: Topics
) -> None:
    given = [(*p[:-1], [0.0, *p[-1]]) for s in range(3, 6) for p in about(s, 20)]
    second = run(spark, given, first, model="compass-v2", topics=3)
    assert set(relations(second, 2)) == {"born", "died"}


def test_too_few_papers_of_another_model_have_no_topic(spark: SparkSession, first: Topics) -> None:
    given = [(*p[:-1], [0.0, *p[-1]]) for p in about(0, 5)]
    second = run(spark, given, first, model="compass-v2", min_papers=20)
    assert second.paper_topics.where("fits").count() == 0


def test_a_fit_is_told_in_figures(first: Topics) -> None:
    (row,) = first.fits.collect()
    assert (row["version"], row["kind"], row["looked_on"], row["papers"]) == (1, "fit", DAY, 60)
    assert (row["topics"], row["born"], row["sizes"]) == (3, 3, [19, 19, 19])
    assert row["residual_share"] == pytest.approx(0.05)
    assert row["npmi"] == row["diversity"] == row["stability"] == 1.0


def test_papers_that_fit_no_topic_make_a_new_one_after_a_week(
    spark: SparkSession, first: Topics
) -> None:
    given = [p for s in range(3) for p in about(s, 20)] + about(3, 25, spread=0.04)
    grown: dict[str, Any] = {"topics": 3, "refit_growth": 2}
    too_early = run(spark, given, first, date(2024, 5, 7), **grown)
    assert rows(too_early.topics) == rows(first.topics)
    assert rows(too_early.fits) == rows(first.fits)
    day = date(2024, 5, 8)
    found = run(spark, given, first, day, **grown)
    (born,) = found.topics.where("fitted_as_of > '2024-05-01'").collect()
    assert (born["version"], born["is_current"], born["papers"]) == (1, True, 24)
    assert rows(found.topics.where("fitted_as_of = '2024-05-01'")) == rows(first.topics)
    assert topic_by_subject(found) == topic_by_subject(first) | {"p3": {born["topic_id"]}}
    assert relations(found, 1) == ["born"] * 4
    look = found.fits.where("kind = 'residual'").collect()
    assert [(r["looked_on"], r["born"], r["topics"]) for r in look] == [(day, 1, 4)]
    assert rows(run(spark, given, found, day, **grown).fits) == rows(found.fits)
    before = run(spark, given, found, DAY, **grown)
    assert rows(before.paper_topics) == rows(too_early.paper_topics)


def test_scattered_papers_make_no_new_topic(spark: SparkSession, first: Topics) -> None:
    given = [p for s in range(3) for p in about(s, 20)]
    given += [p for s in range(3, WIDTH - 1) for p in about(s, 3)]
    found = run(spark, given, first, date(2024, 5, 8), refit_growth=3)
    assert rows(found.topics) == rows(first.topics)
    assert [r["born"] for r in found.fits.where("kind = 'residual'").collect()] == [0]


def test_new_subject_is_born_and_vanished_one_dies(spark: SparkSession, first: Topics) -> None:
    given = about(0, 30) + about(1, 30) + about(3, 40)
    second = run(spark, given, first, topics=3)
    assert relations(second, 2) == ["born", "died", "same", "same"]
    died = second.lineage.where("relation = 'died'").first()
    assert died is not None
    assert {died["old_topic_id"]} == topic_by_subject(first)["p2"]
    born = topic_by_subject(second)["p3"]
    assert not born & {r["topic_id"] for r in first.topics.collect()}


def test_no_fit_on_fewer_papers_than_the_least(spark: SparkSession) -> None:
    made = run(spark, about(0, 19), min_papers=20)
    assert made.topics.count() == made.lineage.count() == 0
    assert {tuple(r)[1:] for r in made.paper_topics.collect()} == {(None, None, False, None)}


def test_withdrawn_and_later_papers_take_no_part(spark: SparkSession) -> None:
    later = date(2024, 5, 2)
    given = [p for s in range(2) for p in about(s, 15)]
    withdrawn = [(p, t, d, s, True, v) for p, t, d, s, _, v in about(2, 15)]
    shown_later = about(3, 15, day=later)
    dated_later = [(p, t, later, DAY, w, v) for p, t, _, _, w, v in about(4, 15)]
    made = run(spark, given + withdrawn + shown_later + dated_later, topics=2)
    assert set(topic_by_subject(made)) == {"p0", "p1"}
    assert made.paper_topics.count() == len(given)


def test_topics_of_a_later_day_are_not_used(spark: SparkSession, first: Topics) -> None:
    before = date(2024, 4, 1)
    given = [p for s in range(3) for p in about(s, 20)] + about(4, 25, day=before)
    made = run(spark, given, first, before, topics=2)
    assert {r["fitted_as_of"] for r in made.topics.where("is_current").collect()} == {before}
    assert set(topic_by_subject(made)) == {"p4"}


def test_sample_fits_all_papers_are_assigned(spark: SparkSession) -> None:
    given = [p for s in range(3) for p in about(s, 40)]
    made = run(spark, given, topics=3, fit_papers=60)
    assert made.paper_topics.where("similarity > 0.9").count() == len(given)
    assert {r["fitted_papers"] for r in made.topics.collect()} == {len(given)}


def vectors_of(*subjects: tuple[int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """So many papers of each subject."""
    return np.array([p[-1] for subject, number in subjects for p in about(subject, number)])


def test_number_of_topics_follows_from_the_papers() -> None:
    for number in (3, 5, 6):
        vectors = vectors_of(*((subject, 100) for subject in range(number)))
        assert len(cluster(vectors, TopicsSettings(min_topics=2)).centroids) == number


def test_number_of_topics_keeps_its_bounds() -> None:
    means = np.arange(40.0)[:, None] ** 2
    trees = [merges(means, np.ones(40, dtype=np.int64))]
    free = topic_count(trees, TopicsSettings(min_topics=2))
    assert 2 <= free <= 39  # noqa: PLR2004
    assert topic_count(trees, TopicsSettings(min_topics=10)) >= 9  # noqa: PLR2004
    assert topic_count(trees, TopicsSettings(min_topics=2, max_topics=3)) <= 3  # noqa: PLR2004
    assert topic_count(trees, TopicsSettings(topics=7)) == 7  # noqa: PLR2004


def test_tree_merges_the_nearest_first_and_is_cut_at_any_number() -> None:
    means = np.array([[0.0], [1.0], [10.0], [12.0]])
    tree = merges(means, np.array([1, 1, 1, 1]))
    # Half the squared distance for two groups of one paper, then two of two: 1 * 10.5 ** 2.
    assert tree == [Merge(0, 1, 0.5), Merge(2, 3, 2.0), Merge(0, 2, 110.25)]
    assert [cut(tree, number).tolist() for number in (1, 2, 3, 4)] == [
        [0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 1, 2], [0, 1, 2, 3],
    ]  # fmt: skip
    assert jumps(tree).argmax() == 0  # two groups


def test_topics_near_each_other_share_an_area() -> None:
    far = np.eye(WIDTH)
    subjects = [far[a] + 0.5 * far[b] for a in (0, 1, 2) for b in (4, 5, 6)]
    noise = np.random.Generator(np.random.PCG64(1)).normal(0, 0.03, (9, 60, WIDTH))
    vectors = (np.array(subjects)[:, None, :] + noise).reshape(-1, WIDTH)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = cluster(vectors, TopicsSettings(min_topics=4))
    assert len(found.centroids) == 9  # noqa: PLR2004
    areas = found.areas[nearest(vectors, found.centroids)[0]].reshape(3, -1)
    assert [len(set(area)) for area in areas.tolist()] == [1, 1, 1]
    assert len(set(areas.ravel().tolist())) == 3  # noqa: PLR2004


def test_small_topics_are_dissolved() -> None:
    vectors = vectors_of((0, 30), (1, 30), (2, 3))
    fine = TopicsSettings(topics=3, cell_papers=3, min_topic_papers=4)
    kept = cluster(vectors, fine).centroids
    assert np.bincount(nearest(vectors, kept)[0]).min() > 3  # noqa: PLR2004
    finer = fine.model_copy(update={"min_topic_papers": 3})
    assert len(cluster(vectors, finer).centroids) == 3  # noqa: PLR2004


@hypothesis.given(
    seed=st.integers(0, 2**32), sizes=st.lists(st.integers(1, 30), min_size=12, max_size=12)
)
@hypothesis.settings(max_examples=100, deadline=None)
def test_every_topic_belongs_to_an_area_that_is_there(seed: int, sizes: list[int]) -> None:
    """Also where all topics of an area were dissolved, as they were too small."""
    far = np.eye(WIDTH)
    middles = np.array([far[a] + 0.3 * far[4 + b] for a in range(4) for b in range(3)])
    noise = np.random.Generator(np.random.PCG64(seed)).normal(0, 0.02, (sum(sizes), WIDTH))
    vectors = np.repeat(middles, sizes, axis=0) + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = [f"p{at:03}" for at in range(len(vectors))]
    papers = pa.record_batch({"paper_id": ids, "vector": arrow(vectors)})
    made = TopicsSettings(topics=12, cell_papers=1, resamples=0, restarts=1)
    rows = [row for batch in fit([papers], made) for row in batch.to_pylist()]
    areas = [row["place"] for row in rows if row["level"] == AREA]
    parents = {row["parent"] for row in rows if row["level"] == TOPIC}
    assert parents == (set(areas) if areas else {None})
    assert areas == list(range(len(areas)))


def test_adjusted_rand_by_hand() -> None:
    left = np.array([0, 0, 1, 1])
    assert adjusted_rand(left, np.array([5, 5, 2, 2])) == 1
    # No pair in common of two and one, where 2 * 1 / 6 are expected.
    assert adjusted_rand(left, np.array([0, 1, 0, 2])) == pytest.approx((0 - 1 / 3) / (1.5 - 1 / 3))


def test_equal_vectors_give_one_topic_however_many_are_asked_for() -> None:
    equal = np.tile(np.eye(4)[0], (30, 1))
    assert len(cluster(equal, TopicsSettings(topics=5)).centroids) == 1


def test_paper_between_two_topics_goes_to_the_first() -> None:
    both = [Topic("t1", (1.0, 0.0), 0.5), Topic("t2", (0.0, 1.0), 0.5)]
    middle = pa.array([[0.70710678, 0.70710678]], pa.list_(pa.float32()))
    batch = pa.record_batch({"paper_id": ["a"], "vector": middle})
    (row,) = next(assign([batch], both)).to_pylist()
    assert row == {"paper_id": "a", "topic_id": "t1", "similarity": 0.707107, "fits": True}


OLD = [Topic("a", (1.0, 0.0, 0.0), 0.5), Topic("b", (0.0, 1.0, 0.0), 0.5)]


def test_each_old_id_is_given_once_to_the_most_alike() -> None:
    new = [Topic("x", (1.0, 0.0, 0.0), 0.5), Topic("y", (0.96, 0.28, 0.0), 0.5)]
    shared = {("a", "x"): 30, ("a", "y"): 70}
    assert match_topics(OLD, new, shared, TopicsSettings()) == {"y": "a"}


def test_like_centroids_without_common_papers_are_not_the_same_topic() -> None:
    new = [Topic("x", (1.0, 0.0, 0.0), 0.5)]
    assert match_topics(OLD, new, {("b", "x"): 10}, TopicsSettings()) == {}


def test_lineage_tells_split_and_merge() -> None:
    new = [Topic("x", (1.0, 0.0, 0.0), 0.5), Topic("y", (0.6, 0.0, 0.8), 0.5)]
    shared = {("a", "x"): 60, ("a", "y"): 40, ("", "y"): 20, ("b", "x"): 10, ("b", ""): 5}
    told = lineage(OLD, new, {"x": "a"}, shared, TopicsSettings())
    assert told == [
        Link("a", "a", "same", 1.0, 60),
        Link("a", "y", "split", 0.6, 40),
        Link("b", "a", "merged", 0.0, 10),
    ]


def test_lineage_tells_birth_and_death_where_too_little_went_over() -> None:
    new = [Topic("x", (0.0, 0.0, 1.0), 0.5)]
    shared = {("a", "x"): 10, ("", "x"): 90, ("a", ""): 30, ("b", ""): 9}
    told = lineage(OLD, new, {}, shared, TopicsSettings())
    assert [(t.old_topic_id, t.new_topic_id, t.relation) for t in told] == [
        ("", "x", "born"),
        ("a", "", "died"),
        ("b", "", "died"),
    ]


def test_terms_of_a_topic_by_hand(spark: SparkSession) -> None:
    members = frame_of(
        spark,
        [("p1", "a"), ("p2", "a"), ("p3", "b"), ("p4", "b")],
        "paper_id string, topic_id string",
    )
    held = {
        "p1": ["own", "all", "once"],
        "p2": ["own", "all"],
        "p3": ["all"],
        "p4": ["all", "two b"],
    }
    document_terms = frame_of(
        spark,
        [
            (p, t, t.count(" ") + 1, p != "p3")
            for p, ts in [*held.items(), ("p3", ["two b"])]
            for t in ts
        ],
        "paper_id string, term string, words int, is_whole boolean",
    )
    made = telling_terms(members, document_terms, TopicsSettings(max_term_share=0.5)).collect()
    # Two papers a topic, both have the term, and no other paper: 1 * ln(1 + 2/2) * log2(1 + words).
    assert {tuple(r) for r in made} == {
        ("a", "own", 1, 2, 0.693147, 1.0),
        ("b", "two b", 2, 2, 1.098612, 0.5),
    }


def test_singular_and_plural_are_one_term_in_the_form_of_most_papers(spark: SparkSession) -> None:
    forms = ["salt marsh", "salt marsh", "salt marshs", "tide", "tides", "tides"]
    members = frame_of(
        spark, [(f"p{n}", "a") for n in range(len(forms))], "paper_id string, topic_id string"
    )
    said = [(f"p{n}", form, form.count(" ") + 1, True) for n, form in enumerate(forms)]
    columns = "paper_id string, term string, words int, is_whole boolean"
    document_terms = frame_of(spark, said, columns)
    made = telling_terms(members, document_terms, TopicsSettings(max_term_share=0.9)).collect()
    assert {(row["term"], row["papers"]) for row in made} == {("salt marsh", 3), ("tides", 3)}


def test_a_term_within_a_longer_one_goes_unless_it_stands_alone_too() -> None:
    told = [
        Telling("large language", 2, 40, 0.9),
        Telling("language", 1, 90, 0.8),
        Telling("large language model", 3, 40, 0.7),
    ]
    kept = topic_terms(told, TopicsSettings())
    assert [term.term for term in kept] == ["language", "large language model"]


def test_coherence_and_diversity_by_hand(spark: SparkSession) -> None:
    said = {"p1": "a b", "p2": "a b", "p3": "c", "p4": "c d"}
    document_terms = frame_of(
        spark,
        [(p, t) for p, ts in said.items() for t in ts.split()],
        "paper_id string, term string",
    )
    words = {"t1": ["a", "b"], "t2": ["a", "c"], "t3": ["c", "d"], "t4": ["d"]}
    # Always together 1, never -1; c and d: ln(1/4 / (1/2 * 1/4)) / -ln(1/4) = 1/2.
    assert coherence(words, document_terms) == pytest.approx((1 - 1 + 0.5) / 3, abs=1e-4)
    assert diversity(words) == pytest.approx(4 / 7, abs=1e-4)
    assert coherence({"t1": ["a"]}, document_terms) is None


def told(*terms: str, papers: int = 30) -> list[Telling]:
    """Candidates, the best first."""
    return [
        Telling(term, term.count(" ") + 1, papers, 1 / place) for place, term in enumerate(terms, 1)
    ]


def named(telling: dict[str, list[Telling]], *levels: list[str], papers: int = 100,
          taken: tuple[str, ...] = (), **written: str) -> dict[str, str]:  # fmt: skip
    sizes = dict.fromkeys(telling, papers)
    return labels(levels or [sorted(telling)], telling, sizes, written, taken, TopicsSettings())


def test_a_name_is_a_phrase_in_title_case_with_names_as_they_are_written() -> None:
    given = {
        "t1": told("text-to-image llm agents"), "t2": told("gulls", "chain of tides"),
        "t3": told("llm-based gulls"), "t4": told("tides de novo"), "t5": told("kv cache"),
    }  # fmt: skip
    assert named(given, llm="LLM") == {
        "t1": "Text-to-Image LLM Agents", "t2": "Chain of Tides", "t3": "LLM-Based Gulls",
        "t4": "Tides de Novo", "t5": "KV Cache",
    }  # fmt: skip


def test_a_second_phrase_stands_where_the_first_says_little_and_shares_no_word() -> None:
    given = {"t1": told("salt marshes", "salt ponds", "storm surge", papers=20)}
    assert named(given) == {"t1": "Salt Marshes and Storm Surge"}
    assert named(given, papers=40) == {"t1": "Salt Marshes"}
    given["t1"].insert(1, Telling("gauge data", 2, 20, 0.9))
    assert named(given) == {"t1": "Salt Marshes and Storm Surge"}


def test_a_phrase_names_one_topic_of_all_levels_and_what_is_left_names_the_others() -> None:
    alike = told("salt marshes", "storm surge")
    given = {"a1": alike, "t1": alike, "t2": alike, "t3": alike}
    names = named(given, ["a1"], ["t1", "t2", "t3"])
    assert (names["a1"], names["t1"]) == ("Salt Marshes", "Storm Surge")
    assert len(set(names.values())) == 4
    assert named({"t5": alike}, taken=("Salt Marshes",)) == {"t5": "Storm Surge"}


def test_an_abbreviation_and_its_long_form_are_one_name() -> None:
    given = {
        "t1": [*told("tidal flat models", "gulls")],
        "t2": [Telling("tfm", 1, 9, 2.0), *told("tfms", "storm surge")],
        "t3": [Telling("tfm agents", 2, 30, 3.0)],
        "t4": [Telling("tidal flat model agents", 4, 30, 2.0), *told("neap tides")],
    }
    made = named(given, tfm="TFM", tfms="TFMs")
    assert made == {
        "t1": "Tidal Flat Models", "t2": "Storm Surge", "t3": "TFM Agents", "t4": "Neap Tides",
    }  # fmt: skip


def test_fragments_and_praise_name_no_topic() -> None:
    part = Telling("flat models", 2, 30, 9.0, whole=0.05)
    praise = told(
        "efficient method", "novel models", "tide lengths increase", "long tides", "neap tides"
    )
    given = {"t1": [part, *praise]}
    assert named(given) == {"t1": "Neap Tides"}


def test_names_do_not_depend_on_the_order_of_rows() -> None:
    given = {f"t{n}": told("salt marshes", f"surge {n}", "neap tides") for n in range(4)}
    turned = {topic: list(reversed(rows)) for topic, rows in reversed(given.items())}
    assert named(given) == named(turned)


def test_papers_enough_give_three_levels_each_within_the_one_above() -> None:
    """Eight areas of three fields of three subjects."""
    generator = np.random.Generator(np.random.PCG64(7))
    wide = 64
    areas = 6 * np.eye(wide)[:8]
    fields = np.repeat(areas, 3, axis=0) + 2.0 * generator.normal(0, 1, (24, wide)) / 4
    subjects = np.repeat(fields, 3, axis=0) + generator.normal(0, 1, (72, wide)) / 4
    vectors = np.repeat(subjects, 20, axis=0) + generator.normal(0, 0.05, (1440, wide))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    papers = pa.record_batch(
        {"paper_id": [f"p{n:04}" for n in range(len(vectors))], "vector": arrow(vectors)}
    )
    made = TopicsSettings(topic_papers=20, resamples=0, restarts=1, min_topics=8, max_topics=72)
    rows = [row for batch in fit([papers], made) for row in batch.to_pylist()]
    at = {level: [row for row in rows if row["level"] == level] for level in (AREA, FIELD, TOPIC)}
    sizes = {level: len(found) for level, found in at.items()}
    assert 8 <= sizes[AREA] <= 20  # noqa: PLR2004
    assert 2 * sizes[AREA] <= sizes[FIELD] <= sizes[TOPIC] / 2
    assert {row["parent"] for row in at[TOPIC]} == set(range(sizes[FIELD]))
    assert {row["parent"] for row in at[FIELD]} == set(range(sizes[AREA]))
    assert {row["parent"] for row in at[AREA]} == {None}


def test_a_version_of_two_levels_is_read_as_one_of_three(
    spark: SparkSession, first: Topics
) -> None:
    old = first._replace(topics=first.topics.withColumn("level", F.lit(2)))
    given = [p for s in range(3) for p in about(s, 20)]
    again = run(spark, given, known=old, topics=3)
    assert {row["level"] for row in again.topics.collect()} == {TOPIC}
    assert topic_by_subject(again) == topic_by_subject(first)


def test_a_topic_is_described_by_a_title_of_its_own_papers(first: Topics) -> None:
    for row in first.topics.collect():
        assert row["description"] in WORDS.values()
