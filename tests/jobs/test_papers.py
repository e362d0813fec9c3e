"""Requirements of papers: every field from the best record, and which record that is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from pyspark.sql import Row, SparkSession

from jobs.papers import papers
from jobs.params import PapersSettings
from jobs.tables.silver import PAPERS
from tests.jobs.records import Fields, identities, record, records

SETTINGS = PapersSettings()


def merged(
    spark: SparkSession, *given: Fields, settings: PapersSettings = SETTINGS
) -> dict[str, Any]:
    """The one paper that all the records tell of."""
    rows = all_papers(spark, {r["record_id"]: "p" for r in given}, *given, settings=settings)
    assert [row["paper_id"] for row in rows] == ["p"]
    return rows[0].asDict()


def all_papers(
    spark: SparkSession,
    paper_of: dict[str, str],
    *given: Fields,
    settings: PapersSettings = SETTINGS,
    partitions: int = 1,
) -> list[Row]:
    known = identities(spark, *({"record_id": r, "paper_id": p} for r, p in paper_of.items()))
    told = records(spark, *given).repartition(partitions)
    return sorted(PAPERS.conform(papers(told, known, settings)).collect())


def day(number: int) -> date:
    return date(2024, 5, number)


def test_one_row_a_paper_with_its_records_and_feeds(spark: SparkSession) -> None:
    rows = all_papers(
        spark,
        {"a": "p1", "b": "p1", "c": "p2"},
        record("a", "Dust", feed="beta"),
        record("b", "Dust", feed="alpha"),
        record("c", "Ferns", feed="beta"),
    )
    assert [(r["paper_id"], r["records"], r["feeds"]) for r in rows] == [
        ("p1", 2, ["alpha", "beta"]),
        ("p2", 1, ["beta"]),
    ]


def test_fields_come_from_the_record_first_shown_that_has_them(spark: SparkSession) -> None:
    paper = merged(
        spark,
        record("a", "Dust at sea", shown_on=day(3), venue="Late Letters", doi="10.1/x", pages="1"),
        record("c", "Sea dust", shown_on=day(2), venue="Early Letters", keywords=[]),
        record("b", "Dust", shown_on=day(2), keywords=["sea"], categories=["x.A", "x.B"]),
    )
    assert (paper["title"], paper["venue"], paper["doi"]) == ("Dust", "Early Letters", "10.1/x")
    assert (paper["keywords"], paper["categories"]) == (["sea"], ["x.A", "x.B"])
    assert paper["first_shown_on"] == day(2)
    assert paper["sources"] == {
        "title": "b", "venue": "c", "doi": "a", "pages": "a", "keywords": "b", "categories": "b",
    }  # fmt: skip


def test_countries_are_those_of_the_record_that_gives_the_authors(spark: SparkSession) -> None:
    def author(*countries: str) -> tuple[Any, ...]:
        return (None, None, [], [], [], list(countries), None)

    one = record("a", "Dust", authors=["Ada Fern"], authorships=[author("SE")])
    two = record(
        "b", "Dust", authors=["Ada Fern", "Bo Elm"], authorships=[author("NO", "DK"), author("DK")],
    )  # fmt: skip
    assert merged(spark, one, two)["countries"] == ["DK", "NO"]
    assert merged(spark, one)["countries"] == ["SE"]
    nowhere = record("c", "Dust", authors=["Ada Fern"], authorships=[author()])
    assert merged(spark, nowhere)["countries"] is None
    assert merged(spark, record("d", "Dust", authors=["Ada Fern"]))["countries"] is None


def test_sources_name_exactly_the_fields_that_are_there(spark: SparkSession) -> None:
    full: dict[str, Any] = {
        "abstract": "Dust.", "authors": ["Ada Fern"], "votes": 0, "published_on": day(1),
        "date_basis": "published", "year": 2024, "arxiv_id": "2405.00001", "language": "en",
    }  # fmt: skip
    paper = merged(spark, record("a", "Dust", **full))
    assert paper["sources"] == dict.fromkeys(["title", *full.keys() - {"date_basis"}], "a")
    assert all(paper[name] is not None for name in paper["sources"])
    assert merged(spark, record("a", "Dust"))["sources"] == {"title": "a"}


def test_longest_abstract_and_author_list_and_most_votes_win(spark: SparkSession) -> None:
    paper = merged(
        spark,
        record("a", "Dust", abstract="Short.", authors=["Ada Fern"], votes=9, shown_on=day(1)),
        record("b", "Dust", abstract="Somewhat longer.", votes=3, shown_on=day(2)),
        record("c", "Dust", authors=["A. Fern", "Zoe Oak"], votes=12, shown_on=day(3)),
    )
    assert paper["abstract"] == "Somewhat longer."
    assert [author["name"] for author in paper["authors"]] == ["A. Fern", "Zoe Oak"]
    assert paper["votes"] == 12
    names = ("abstract", "authors", "votes")
    assert [paper["sources"][name] for name in names] == ["b", "c", "c"]


def test_trusted_feeds_come_first_in_their_order(spark: SparkSession) -> None:
    given = [
        record("a", "From alpha", feed="alpha", abstract="The longest of all abstracts."),
        record("b", "From beta", feed="beta", abstract="Short.", shown_on=day(20)),
        record("c", "From gamma", feed="gamma", venue="Letters", shown_on=day(21)),
    ]
    trusting = PapersSettings(feed_priority=("gamma", "beta"), field_priority={})
    paper = merged(spark, *given, settings=trusting)
    assert (paper["title"], paper["abstract"], paper["venue"]) == (
        "From gamma",
        "Short.",
        "Letters",
    )
    assert merged(spark, *given)["title"] == "From alpha"


def test_a_field_has_its_own_feeds_before_all_others(spark: SparkSession) -> None:
    given = [
        record("a", "From alpha", feed="alpha", venue="Alpha Letters", year=2023),
        record("b", "From beta", feed="beta", venue="Beta Letters", year=2024),
    ]
    own = PapersSettings(feed_priority=("alpha", "beta"), field_priority={"venue": ("beta",)})
    paper = merged(spark, *given, settings=own)
    assert (paper["title"], paper["year"], paper["venue"]) == ("From alpha", 2023, "Beta Letters")
    assert (paper["sources"]["year"], paper["sources"]["venue"]) == ("a", "b")


def test_settings_name_no_field_that_papers_do_not_have() -> None:
    with pytest.raises(ValidationError, match="titel"):
        PapersSettings.model_validate({"field_priority": {"titel": ["alpha"]}})


@pytest.mark.parametrize(
    "unclean",
    ["The longest text, but cut off after some…", "The longest text, \ufffdand badly decoded.",
     "The longest text <sub>marked up</sub>, all of it.", r"The longest text \textbf{in TeX} here."],
)  # fmt: skip
def test_a_clean_abstract_goes_before_a_longer_one(spark: SparkSession, unclean: str) -> None:
    clean = record("b", "Dust", abstract="A short text.", shown_on=day(9))
    paper = merged(spark, record("a", "Dust", abstract=unclean), clean)
    assert (paper["abstract"], paper["sources"]["abstract"]) == ("A short text.", "b")
    assert merged(spark, record("a", "Dust", abstract=unclean))["abstract"] == unclean


def test_the_publishers_day_goes_before_that_of_the_preprint(spark: SparkSession) -> None:
    preprint = record("a", "Dust", feed="arxiv-api", published_on=day(1), date_basis="published")
    printed: dict[str, Any] = {"feed": "crossref", "published_on": day(20)}
    month: dict[str, Any] = {
        "feed": "crossref",
        "published_on": day(1),
        "date_basis": "published month",
    }
    year: dict[str, Any] = {
        "feed": "crossref",
        "published_on": date(2024, 1, 1),
        "date_basis": "published year",
    }
    for other, dated_on in (({**printed, "date_basis": "published"}, day(20)), (month, day(1))):
        paper = merged(spark, preprint, record("b", "Dust", **other))
        assert (paper["dated_on"], paper["sources"]["published_on"]) == (dated_on, "b")
    # A bare year is no day: the preprint's says more.
    assert merged(spark, preprint, record("b", "Dust", **year))["dated_on"] == day(1)


def test_preprint_and_published_paper_keep_both_ids_and_all_versions(spark: SparkSession) -> None:
    first, second = ("published", day(1), "day"), ("revised", day(3), "day")
    paper = merged(
        spark,
        record("a", "Dust", arxiv_id="2405.00001", arxiv_version=1, dates=[first],
               doi="10.48550/arxiv.2405.00001", shown_on=day(1)),
        record("b", "Dust", arxiv_id="2405.00001", arxiv_version=2, dates=[first, second]),
        record("c", "Dust", doi="10.1/x", other_ids=["pmcid:PMC1"], shown_on=day(9)),
        record("d", "Dust", doi="10.1/y", shown_on=day(10)),
    )  # fmt: skip
    assert (paper["arxiv_id"], paper["doi"]) == ("2405.00001", "10.1/x")
    assert paper["other_ids"] == ["doi:10.1/y", "doi:10.48550/arxiv.2405.00001", "pmcid:PMC1"]
    assert (paper["arxiv_version"], [tuple(d) for d in paper["dates"]]) == (2, [first, second])


@pytest.mark.parametrize(
    ("given", "dated_on", "basis"),
    [
        ([{"listed_on": day(8)}, {"published_on": day(9), "date_basis": "published"}],
         day(9), "published"),
        ([{"published_on": day(1), "date_basis": "published month"},
          {"published_on": day(9), "date_basis": "published"},
          {"published_on": day(7), "date_basis": "published"},
          {"published_on": date(2024, 1, 1), "date_basis": "published year"}],
         day(7), "published"),
        ([{"published_on": date(2024, 1, 1), "date_basis": "published year", "listed_on": day(2)}],
         date(2024, 1, 1), "published year"),
        ([{"listed_on": day(4), "shown_on": day(3)}, {"listed_on": day(5), "shown_on": day(2)}],
         day(4), "listed"),
        ([{"shown_on": day(3)}, {"shown_on": day(2)}], day(2), "shown"),
    ],
)  # fmt: skip
def test_paper_is_dated_by_the_most_exact_publication_then_listing_then_showing(
    spark: SparkSession, given: list[Fields], dated_on: date, basis: str
) -> None:
    paper = merged(spark, *(record(f"r{i}", "Dust", **more) for i, more in enumerate(given)))
    assert (paper["dated_on"], paper["date_basis"]) == (dated_on, basis)
    assert paper["published_on"] == (dated_on if basis.startswith("published") else None)


@pytest.mark.parametrize(
    ("told", "withdrawn_as"),
    [
        ([None, None], None),
        ([None, "withdrawn"], "withdrawn"),
        (["withdrawn", "retracted"], "retracted"),
    ],
)
def test_paper_is_withdrawn_when_any_record_says_so(
    spark: SparkSession, told: list[str | None], withdrawn_as: str | None
) -> None:
    given = [record(f"r{i}", "Dust", withdrawn_as=how) for i, how in enumerate(told)]
    paper = merged(spark, *given)
    assert (paper["withdrawn_as"], paper["is_withdrawn"]) == (withdrawn_as, bool(withdrawn_as))


def test_paper_is_deleted_when_every_feed_that_had_it_deleted_it(spark: SparkSession) -> None:
    def gone(record_id: str, feed: str) -> Fields:
        return record(record_id, None, native_id="1", feed=feed, withdrawn_as="deleted",
                      shown_on=day(9))  # fmt: skip

    there = [record("a", "Dust", native_id="1"), record("b", "Dust", native_id="1", feed="beta")]
    assert merged(spark, *there, gone("c", "alpha"))["is_withdrawn"] is False
    paper = merged(spark, *there, gone("c", "alpha"), gone("d", "beta"))
    again = record("e", "Dust", native_id="1", shown_on=day(10))
    assert (
        merged(spark, *there, gone("c", "alpha"), gone("d", "beta"), again)["withdrawn_as"] is None
    )
    assert (paper["withdrawn_as"], paper["title"], paper["records"]) == ("deleted", "Dust", 2)
    assert all_papers(spark, {"c": "p"}, gone("c", "alpha")) == []


def test_of_one_feeds_records_under_one_id_the_last_counts(spark: SparkSession) -> None:
    def told(record_id: str, shown: int, hour: int, **more: Any) -> Fields:
        changed = datetime(2024, 5, 9, hour, tzinfo=UTC)
        return record(
            record_id, f"Dust {record_id}", native_id="1", shown_on=day(shown),
            modified_at=changed, **more,
        )  # fmt: skip

    paper = merged(
        spark,
        told("a", 1, 1, abstract="A long abstract, since shortened.", venue="Letters", votes=9),
        told("b", 2, 3, abstract="Short."),
        told("c", 2, 2, abstract="Shorter still, on the same day but before."),
        record("d", "Dust d", feed="beta", shown_on=day(4), pages="1"),
    )
    assert (paper["title"], paper["abstract"], paper["venue"]) == ("Dust b", "Short.", None)
    assert (paper["votes"], paper["first_shown_on"], paper["pages"]) == (9, day(1), "1")


def test_lists_of_other_ids_and_relations_are_joined(spark: SparkSession) -> None:
    paper = merged(
        spark,
        record(
            "a",
            "Dust",
            other_ids=["pmcid:PMC2", "dblp:x"],
            relations=[("part of", "doi", "10.1/b")],
        ),
        record("b", "Dust", other_ids=["dblp:x", "pmcid:PMC1"]),
    )
    assert paper["other_ids"] == ["dblp:x", "pmcid:PMC1", "pmcid:PMC2"]
    assert [tuple(entry) for entry in paper["relations"]] == [("part of", "doi", "10.1/b")]


def test_order_and_partitions_do_not_matter(spark: SparkSession) -> None:
    given = [
        record(f"r{i:02}", f"Dust {i % 3}", abstract="x" * (i % 4), votes=i % 5, feed=f"f{i % 2}")
        for i in range(24)
    ]
    paper_of = {r["record_id"]: f"p{place % 7}" for place, r in enumerate(given)}
    expected = all_papers(spark, paper_of, *given)
    assert len(expected) == 7
    assert all_papers(spark, paper_of, *reversed(given), partitions=5) == expected
