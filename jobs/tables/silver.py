"""Tables of what the records say: parsed records, what was kept out and why."""

from __future__ import annotations

from jobs.tables.core import Column, Rule, Severity, Table

AUTHORS_TYPE = "array<struct<name:string,orcid:string,affiliation:string>>"

RECORDS = Table(
    "silver.records",
    grain="one row a record, parsed",
    key=("record_id",),
    columns=(
        Column("record_id", "string", "id of the record, as in bronze.records"),
        Column("feed", "string", "name of the feed"),
        Column("shown_on", "date", "day the feed first showed the record"),
        Column("native_id", "string", "the feed's own id of the paper, as delivered"),
        Column("arxiv_id", "string", "arXiv id without version, as 2401.01234 or hep-th/9901001"),
        Column("arxiv_version", "int", "version of the arXiv paper, where the feed names one"),
        Column("doi", "string", "DOI in lower case, without resolver"),
        Column("acl_id", "string", "ACL Anthology id"),
        Column("pmid", "string", "PubMed id"),
        Column("openalex_id", "string", "OpenAlex work id"),
        Column("s2_id", "string", "Semantic Scholar id"),
        Column("title", "string", "title, cleaned by the rules of jobs/text.py"),
        Column("abstract", "string", "abstract, cleaned by the same rules; null where none"),
        Column("authors", AUTHORS_TYPE, "authors in the order given; orcid as sixteen digits"),
        Column("venue", "string", "journal, conference or collection"),
        Column("volume", "string", "volume, as delivered"),
        Column("number", "string", "issue or number, as delivered"),
        Column("pages", "string", "pages, as delivered"),
        Column("year", "int", "year given by the feed, else that of published_on"),
        Column(
            "published_on",
            "date",
            "publication day; first day of the month or year where no day is known (date_basis)",
        ),
        Column("listed_on", "date", "day the feed itself says it listed the paper"),
        Column("dated_on", "date", "published_on, else listed_on, else shown_on"),
        Column(
            "date_basis",
            "string",
            "what dated_on rests on: published, published month, published year, listed or shown",
        ),
        Column("categories", "array<string>", "subject classes as the feed names them, in order"),
        Column("keywords", "array<string>", "keywords given by the feed, in order"),
        Column("language", "string", "language of the paper, ISO 639 code in lower case"),
        Column("url", "string", "address of the paper's page"),
        Column("votes", "bigint", "votes or likes counted by the feed when it was read"),
        Column("is_withdrawn", "boolean", "whether the record says that the paper was withdrawn"),
        Column(
            "warnings", "array<string>", "what was wrong with values that were changed or left out"
        ),
    ),
    rules=(
        # `parse_errors` is staged beside the columns by jobs/parse.py and not published.
        Rule(
            "parsed",
            "size(parse_errors) = 0",
            Severity.CRITICAL,
            why="a record of the wrong shape says something else than it seems to",
            allowed=0.05,
        ),
        Rule(
            "title_present",
            "length(trim(title)) > 0",
            Severity.CRITICAL,
            why="a paper without a title can be neither matched nor shown",
            allowed=0.05,
        ),
        Rule(
            "abstract_length_plausible",
            "abstract is null or is_withdrawn or length(abstract) between 50 and 20000",
            Severity.WARNING,
            why="shorter is a placeholder or a cut text, longer a whole paper; both bend terms",
            allowed=0.02,
        ),
        Rule(
            "published_before_shown",
            "published_on is null or published_on <= date_add(shown_on, 1)",
            Severity.WARNING,
            why="a paper dated after its delivery lies in a period that is not over; "
            "one day covers time zones",
            allowed=0.02,
        ),
        Rule(
            "language_is_code",
            "language is null or language rlike '^[a-z]{2,3}$'",
            Severity.WARNING,
            why="slices by language need one spelling",
            allowed=0.02,
        ),
        Rule(
            "values_kept",
            "size(warnings) = 0",
            Severity.WARNING,
            why="many values that had to be left out mean that the feed has changed",
            allowed=0.1,
        ),
    ),
)

QUARANTINE = Table(
    "silver.quarantine",
    grain="one row a record, fragment or file, stage and rule that it breaks",
    key=("subject_id", "stage", "rule"),
    columns=(
        Column(
            "subject_id",
            "string",
            "the record_id; of fragments and files, a digest of feed, file, content and position",
        ),
        Column("stage", "string", "stage that kept it out"),
        Column("rule", "string", "rule that it breaks"),
        Column("feed", "string", "name of the feed; null where rows are no longer of one feed"),
        Column("file", "string", "file that delivered it; null likewise"),
        Column("position", "bigint", "place in the file, from 0; null for a whole file"),
        Column("payload", "string", "text as delivered; null for a whole file"),
        Column("reason", "string", "what is wrong, in words"),
    ),
)

TABLES = (RECORDS, QUARANTINE)
