"""Requirements of the figures of institutions: labels are clear, and whatever else is found is wrong."""

from __future__ import annotations

from typing import Any

from jobs.people.matching import organizations
from pipelines.evaluate.institutions import Found, count
from pipelines.evaluate.institutions.labelled import extract_of, labels_of, with_namesakes
from tests.jobs.people.ror_rows import known, organization, ror_id, table_of

A, B = ror_id(1), ror_id(2)


def author(text: str | list[str], *own: str, scheme: str = "ror") -> dict[str, Any]:
    places = [{"scheme": scheme, "id": one, "name": f"Lab {one}", "country": "NO"} for one in own]
    return {"affiliations": [text] if isinstance(text, str) else text, "institutions": places}


def test_a_label_is_the_one_id_that_an_affiliation_always_has() -> None:
    authors = [
        author("one", A), author("one", A), author("two", A, B), author("other", A),
        author("other", B), author("none"), author("openalex", "I1", scheme="openalex"),
        author(["x", "y"], A), author("sometimes", A), author("sometimes"),
    ]  # fmt: skip
    assert labels_of(authors) == {"one": A}
    assert [
        (row["id"], row["name"], row["countries"]) for row in extract_of(authors).to_pylist()
    ] == [(own, f"Lab {own}", ["NO"]) for own in sorted((A, B))]


def test_every_institution_beside_the_label_counts_as_wrong() -> None:
    of = known(organization(1, "Fern University"), organization(2, "Moss Institute"))
    labels = {
        "Fern University; Moss Institute": A, "Fern University, Norway": A,
        "Moss Institute, Norway": A, "Peat": A,
    }  # fmt: skip
    assert count(labels, of, {}) == Found(found=4, right=2, affiliations=3)


def test_a_namesake_abroad_is_told_by_the_country_alone() -> None:
    table = table_of([organization(1, "Fern University"), organization(2, "Moss Lab", "Tarn, SE")])
    of = organizations(with_namesakes(table))
    assert of.countries.count(frozenset(["NO"])) == of.countries.count(frozenset(["SE"])) == 2
    labels = {"Fern University, Norway": A, "Fern University": A, "Moss Lab, Sweden": B}
    assert count(labels, of, {}) == Found(found=2, right=2, affiliations=2)
