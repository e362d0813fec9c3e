"""semantic-scholar: papers of the Semantic Scholar API, and lines of S2ORC's metadata.

Both name a paper by its corpus id (`s2_id`); the API's own paperId, forty hex digits, goes to
`other_ids`, and is the native id where there is no corpus id. The API also answers with papers that
it has no id for (references it could not match): they are kept, by their title.

The works that a paper cites come as `references` with ids, or as `outbound_citations`. Those that
cite it (`citations`) say so themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jobs.feeds.core import LINES, Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, put_authorships
from jobs.feeds.tools.cited import Reference, put_cited
from jobs.feeds.tools.json_text import as_list, as_object, as_objects, object_of, objects_of_answer
from jobs.feeds.tools.markup import plain
from jobs.feeds.tools.values import (
    put_abstract,
    put_acl,
    put_arxiv,
    put_categories,
    put_doi,
    put_other_id,
    put_pmcid,
    put_pmid,
    put_published,
    put_s2,
    put_text,
    put_url,
)

# The data sets have the fields of the API in lower case.
_API_NAMES = {
    name.lower(): name
    for name in ("corpusId", "externalIds", "publicationDate", "publicationTypes",
                 "s2FieldsOfStudy", "publicationVenue", "openAccessPdf")
}  # fmt: skip


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The papers, each in its own words."""
    return objects_of_answer(content, "data", others=("recommendedPapers", "papers"))


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One paper, of the API, of its data sets or of S2ORC."""
    parsed = Parsed()
    paper = object_of(parsed, payload)
    if paper is None:
        return parsed
    paper = paper.get("citingPaper") or paper.get("citedPaper") or paper  # of a citation
    if "paperId" in paper:
        _of_api(parsed, paper)
    elif "corpusid" in paper:
        _of_api(parsed, {_API_NAMES.get(name, name): value for name, value in paper.items()})
    elif "paper_id" in paper:
        _of_s2orc(parsed, paper)
    elif "paperAbstract" in paper:
        _of_corpus(parsed, paper)
    else:
        parsed.errors.append("id is missing: neither paperId nor paper_id")
        return parsed
    title, abstract = paper.get("title"), paper.get("abstract") or paper.get("paperAbstract")
    put_text(parsed, "title", plain(title) if isinstance(title, str) else title)
    put_abstract(parsed, plain(abstract) if isinstance(abstract, str) else abstract)
    return parsed


def _of_api(parsed: Parsed, paper: Mapping[str, Any]) -> None:
    ids = as_object(paper.get("externalIds"))
    put_s2(parsed, _digits(paper.get("corpusId") or ids.get("CorpusId")))
    put_other_id(parsed, "s2", paper.get("paperId"))
    put_text(parsed, "native_id", parsed.fields.get("s2_id") or paper.get("paperId"))
    if "native_id" not in parsed.fields:
        parsed.warnings.append("paperId is empty: the paper has no id of this source")
    _put_ids(parsed, {name.lower(): value for name, value in ids.items()})
    put_authorships(parsed, [_author(author) for author in as_objects(paper.get("authors"))])
    journal = as_object(paper.get("journal"))
    place = as_object(paper.get("publicationVenue"))
    put_text(parsed, "venue", paper.get("venue") or journal.get("name") or place.get("name"))
    put_text(parsed, "volume", journal.get("volume"))
    put_text(parsed, "pages", journal.get("pages"))
    put_published(parsed, paper.get("publicationDate") or _digits(paper.get("year")))
    fields = [field.get("category") for field in as_objects(paper.get("s2FieldsOfStudy"))]
    put_categories(parsed, "s2", fields or as_list(paper.get("fieldsOfStudy")))
    types = as_list(paper.get("publicationTypes"))
    put_text(parsed, "work_type", types[0] if types else None)
    put_text(parsed, "license", as_object(paper.get("openAccessPdf")).get("license"))
    put_url(parsed, paper.get("url"))
    put_cited(parsed, [_reference(entry) for entry in as_objects(paper.get("references"))])


def _of_s2orc(parsed: Parsed, paper: Mapping[str, Any]) -> None:
    put_s2(parsed, _digits(paper.get("paper_id")))
    if "s2_id" not in parsed.fields and not parsed.errors:
        parsed.errors.append(f"paper_id is no corpus id: {paper.get('paper_id')}")
    parsed.fields["native_id"] = parsed.fields.get("s2_id")
    ids = {"arxiv": paper.get("arxiv_id"), "acl": paper.get("acl_id"), "doi": paper.get("doi"),
           "pubmed": paper.get("pubmed_id"), "pubmedcentral": paper.get("pmc_id"),
           "mag": paper.get("mag_id")}  # fmt: skip
    _put_ids(parsed, ids)
    put_authorships(parsed, [_in_parts(author) for author in as_objects(paper.get("authors"))])
    put_text(parsed, "venue", paper.get("journal") or paper.get("venue"))
    put_published(parsed, _digits(paper.get("year")))
    put_categories(parsed, "mag", as_list(paper.get("mag_field_of_study")))
    put_url(parsed, paper.get("s2_url"))
    put_cited(
        parsed, [Reference({"s2_id": own}) for own in as_list(paper.get("outbound_citations"))]
    )


def _of_corpus(parsed: Parsed, paper: Mapping[str, Any]) -> None:
    """A paper of the Open Research Corpus, the data set of before 2022."""
    own = paper.get("id")
    put_other_id(parsed, "s2", own)
    put_text(parsed, "native_id", own)
    if "native_id" not in parsed.fields:
        parsed.errors.append("id is missing")
    put_doi(parsed, paper.get("doi"))
    put_pmid(parsed, _digits(paper.get("pmid")))
    put_authorships(parsed, [Authorship(a.get("name")) for a in as_objects(paper.get("authors"))])
    put_text(parsed, "venue", paper.get("venue") or paper.get("journalName"))
    put_text(parsed, "volume", paper.get("journalVolume"))
    put_text(parsed, "pages", paper.get("journalPages"))
    put_published(parsed, _digits(paper.get("year")))
    put_categories(parsed, "mag", as_list(paper.get("fieldsOfStudy")))
    put_url(parsed, paper.get("s2Url"))


def _put_ids(parsed: Parsed, ids: Mapping[str, Any]) -> None:
    """Ids by their scheme, in lower case."""
    put_arxiv(parsed, ids.get("arxiv"))
    put_acl(parsed, ids.get("acl"))
    put_doi(parsed, ids.get("doi"))
    put_pmid(parsed, _digits(ids.get("pubmed")))
    pmc = _digits(ids.get("pubmedcentral"))
    put_pmcid(parsed, pmc)
    for scheme in ("mag", "dblp"):
        value = _digits(ids.get(scheme))
        for own in value.split(",") if isinstance(value, str) else [value]:  # MAG had several
            put_other_id(parsed, scheme, own)


def _reference(entry: Mapping[str, Any]) -> Reference:
    """A work as `references` name it; in answers about references alone it stands one step in."""
    work = as_object(entry.get("citedPaper")) or entry
    ids = {name.lower(): value for name, value in as_object(work.get("externalIds")).items()}
    corpus_id = work.get("corpusId") or ids.get("corpusid")
    own = {"arxiv_id": ids.get("arxiv"), "doi": ids.get("doi"), "acl_id": ids.get("acl"),
           "pmid": ids.get("pubmed"), "s2_id": corpus_id}  # fmt: skip
    return Reference(own, work.get("title"))


def _author(author: Mapping[str, Any]) -> Authorship:
    own, names = author.get("authorId"), as_object(author.get("externalIds"))
    return Authorship(
        author.get("name"),
        names.get("ORCID"),
        ids={"s2": own},
        affiliations=as_list(author.get("affiliations")),
    )


def _in_parts(author: Mapping[str, Any]) -> Authorship:
    """An author of S2ORC, whose name comes in parts."""
    given, last = [author.get("first"), *as_list(author.get("middle"))], author.get("last")
    first_names = " ".join([part for part in given if isinstance(part, str) and part])
    parts = (first_names, last, author.get("suffix"))
    name = " ".join([part for part in parts if isinstance(part, str) and part])
    return Authorship(name, given=first_names, family=last)


def _digits(value: Any) -> Any:
    """A whole number as text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


SEMANTIC_SCHOLAR = Feed(
    "semantic-scholar",
    about="papers of the Semantic Scholar API and its data sets, or lines of S2ORC's metadata",
    files=("*.jsonl", "*.ndjson", "*.json"),
    split=split,
    parse=parse,
    breaks=LINES,
)
