"""Tables of what the records say: parsed records, what was kept out and why."""

from __future__ import annotations

from jobs.tables.checks import (
    UNIQUE_KEY,
    few_new,
    fields_kept,
    loss_by_feed,
    near_usual,
    not_shrunk,
    share_kept,
    some_rows,
)
from jobs.tables.core import Check, Column, Measure, Rule, Severity, Table

RUN = Column("run", "string", "run that wrote the row")
AUTHORS_TYPE = "array<struct<name:string,orcid:string,affiliation:string>>"
DATES_TYPE = "array<struct<kind:string,day:date,precision:string>>"
RELATIONS_TYPE = "array<struct<kind:string,scheme:string,id:string>>"
IDS_TYPE = "array<struct<scheme:string,id:string>>"
CITED_TYPE = f"array<struct<ids:{IDS_TYPE},text:string>>"
INSTITUTIONS_TYPE = "array<struct<scheme:string,id:string,name:string,country:string>>"
AUTHORSHIPS_TYPE = (
    f"array<struct<given:string,family:string,ids:{IDS_TYPE},affiliations:array<string>,"
    f"institutions:{INSTITUTIONS_TYPE},countries:array<string>,is_corresponding:boolean>>"
)

_RECORD_RULES = (
    # `parse_errors` is staged beside the columns by jobs/ingest/parse.py and not published.
    Rule(
        "parsed",
        "size(parse_errors) = 0",
        Severity.CRITICAL,
        why="a record of the wrong shape says something else than it seems to",
        allowed=0.05,
        reason="concat_ws('; ', parse_errors)",
    ),
    Rule(
        "title_present",
        "coalesce(withdrawn_as = 'deleted', false) or length(trim(title)) > 0",
        Severity.CRITICAL,
        why="a paper without a title can be neither matched nor shown; a deletion needs none",
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
)
# Rows that break a critical rule; the runner stages one column of 1 or 0 a rule.
_BROKEN = (
    "sum(1 - "
    + " * ".join(rule.flag for rule in _RECORD_RULES if rule.severity is Severity.CRITICAL)
    + ")"
)

RECORDS = Table(
    "silver.records",
    grain="one row a record, parsed",
    key=("record_id",),
    columns=(
        Column("record_id", "string", "id of the record, as in bronze.records"),
        Column("feed", "string", "name of the feed"),
        Column("shown_on", "date", "day the feed first showed the record"),
        Column("modified_at", "timestamp", "last change of the file that delivered it first"),
        Column("native_id", "string", "the feed's own id of the paper, as delivered"),
        Column(
            "arxiv_id",
            "string",
            "arXiv id without version, as 2401.01234 or hep-th/9901001",
        ),
        Column(
            "arxiv_version",
            "int",
            "version of the arXiv paper, where the feed names one",
        ),
        Column("doi", "string", "DOI in lower case, without resolver"),
        Column("acl_id", "string", "ACL Anthology id"),
        Column("pmid", "string", "PubMed id"),
        Column("openalex_id", "string", "OpenAlex work id"),
        Column("s2_id", "string", "Semantic Scholar corpus id"),
        Column(
            "other_ids",
            "array<string>",
            "ids of further schemes as scheme:id (pmcid:PMC123, dblp:conf/acl/Tern99)",
        ),
        Column("title", "string", "title, cleaned by the rules of jobs/text/text.py"),
        Column("abstract", "string", "abstract, cleaned by the same rules; null where none"),
        Column(
            "authors",
            AUTHORS_TYPE,
            "authors in the order given; orcid as sixteen digits; of an erased person all null",
        ),
        Column(
            "authorships",
            AUTHORSHIPS_TYPE,
            "what the record says of each of the authors, as many and in the same order: given "
            "and family names, ids of the feed's own (scheme openalex, s2, acl, …), affiliations "
            "one by one, institutions by their ids (ror, openalex, …), countries as ISO 3166-1 "
            "codes, whether the author is the one to write to; null where it says no more than "
            "authors",
        ),
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
        Column(
            "dates",
            DATES_TYPE,
            "all dates that the record names: kind (published, listed, submitted, updated, …), "
            "day, precision (day, or month or year, of which day is the first)",
        ),
        Column(
            "categories",
            "array<string>",
            "subject classes in order, as scheme:class where the feed names a scheme "
            "(arxiv:cs.CL, mesh:Humans)",
        ),
        Column("keywords", "array<string>", "keywords given by the feed, in order"),
        Column("language", "string", "language of the text, ISO 639 code in lower case"),
        Column(
            "language_basis",
            "string",
            "given (by the feed) or detected (in title and abstract); null without a language",
        ),
        Column("license", "string", "licence of the text, as delivered, mostly an address"),
        Column("work_type", "string", "kind of work in the feed's own words (article, preprint)"),
        Column(
            "relations",
            RELATIONS_TYPE,
            "other works that the record names: kind (version of, published as, …), scheme, id",
        ),
        Column(
            "cited",
            CITED_TYPE,
            "works that the record names in its list of references, in order, at most 5,000: ids "
            "(schemes named like the columns), or text, what it says of a work without an id; null "
            "where it has no list",
        ),
        Column("url", "string", "address of the paper's page"),
        Column("votes", "bigint", "votes or likes counted by the feed when it was read"),
        Column(
            "is_withdrawn",
            "boolean",
            "whether the record says that the paper is withdrawn, retracted or deleted",
        ),
        Column("withdrawn_as", "string", "withdrawn, retracted or deleted; null for all others"),
        Column(
            "warnings",
            "array<string>",
            "what was wrong with values that were changed or left out",
        ),
    ),
    rules=_RECORD_RULES,
    checks=(
        UNIQUE_KEY,
        loss_by_feed("count(*)", _BROKEN),
        Check(
            "abstracts_present",
            Severity.WARNING,
            "Topics, terms and neighbours rest on abstracts; most records should have one.",
            Measure.FILLED,
            "abstract",
            least=0.5,
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
        Column(
            "feed",
            "string",
            "name of the feed; null where rows are no longer of one feed",
        ),
        Column("file", "string", "file that delivered it; null likewise"),
        Column("position", "bigint", "place in the file, from 0; null for a whole file"),
        Column(
            "payload",
            "string",
            "text as delivered; of a whole file its beginning; null where it named an erased "
            "person",
        ),
        Column("reason", "string", "what is wrong, in words"),
        RUN,
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "reasons_given",
            Severity.CRITICAL,
            "A record kept out without a reason cannot be mended.",
            Measure.NO_NULLS,
            "reason",
        ),
        Check(
            "payloads_kept",
            Severity.WARNING,
            "What is kept out should be there to look at; only what cannot be opened is not.",
            Measure.FILLED,
            "payload",
            least=0.5,
        ),
    ),
)


def _no_larger(most: int, name: str, severity: Severity, why: str) -> Check:
    """No paper of more records: a work has dozens of versions and feeds, not hundreds."""
    return Check(
        name,
        severity,
        why,
        Measure.ROWS_FOUND,
        query="SELECT paper_id, count(*) AS records FROM {batch} GROUP BY paper_id "
        f"HAVING count(*) > {most}",
    )


IDENTITY = Table(
    "silver.identity",
    grain="one row a record: the paper that it belongs to, and why",
    key=("record_id",),
    columns=(
        Column("record_id", "string", "id of the record, as in silver.records"),
        Column(
            "paper_id",
            "string",
            "the paper; once given it changes only by a merge or split (silver.paper_forwards)",
        ),
        Column(
            "rule",
            "string",
            "what joined it: first (none before), native_id (equal in one feed), the scheme of "
            "an equal id, relation (one names the other), title, near duplicate, or decision",
        ),
        Column(
            "score",
            "double",
            "strength of the evidence, 0 to 1; 1 for ids and for first",
        ),
        Column("evidence", "string", "what agreed, as a JSON object"),
        Column("joined_to", "string", "record that it was joined to; null for first"),
        Column(
            "previous_paper_id",
            "string",
            "its paper before the last merge or split; null where none was",
        ),
        Column(
            "component",
            "string",
            "least record_id of all that evidence ties to it, directly or through others, joined "
            "or not: what is resolved together",
        ),
        RUN,
    ),
    rules=(
        Rule(
            "paper_given",
            "paper_id is not null",
            Severity.CRITICAL,
            why="a record of no paper would be lost to every count",
        ),
        Rule(
            "join_explained",
            "rule = 'first' or (joined_to is not null and evidence is not null)",
            Severity.CRITICAL,
            why="a merge that nobody can check is a merge that nobody can trust",
        ),
        Rule(
            "score_in_range",
            "score between 0 and 1",
            Severity.WARNING,
            why="a score outside its range comes from a broken comparison",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        _no_larger(
            100,
            "largest_cluster",
            Severity.WARNING,
            "A paper of very many records is a chain of near misses or a generic title.",
        ),
        _no_larger(
            1_000,
            "no_glued_works",
            Severity.CRITICAL,
            "Thousands of records in one paper are hundreds of works lost; no feed repeats one so.",
        ),
    ),
)

SIGNATURES = Table(
    "silver.signatures",
    grain="one row a record and block: where records meet to be compared",
    key=("record_id", "block"),
    columns=(
        Column("record_id", "string", "id of the record, as in silver.records"),
        Column("block", "bigint", "hash of what records of the block have in common, kind with it"),
        Column(
            "kind",
            "string",
            "what they have in common: content (all that is compared), a scheme of ids, native_id, "
            "title, title and surname, title and year, band of the title, band of the text or "
            "place in print (first surname, year, first page)",
        ),
        Column(
            "likeness",
            "array<bigint>",
            "of a band of the title: bits that tell how like titles are, and bits of surnames",
        ),
    ),
    rules=(
        Rule(
            "block_given",
            "block is not null",
            Severity.CRITICAL,
            why="a record that meets nobody would stand as a paper of its own for ever",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "few_blocks_a_record",
            Severity.WARNING,
            "A record in a thousand blocks costs more than it finds: its list of authors is one of "
            "a collaboration, or not one of authors.",
            Measure.ROWS_FOUND,
            # Bands, ids, title and year give some fifty blocks, each author of a title one more.
            query="SELECT record_id, count(*) AS blocks FROM {batch} GROUP BY record_id "
            "HAVING count(*) > 1000",
        ),
    ),
)

HOT_BLOCKS = Table(
    "silver.hot_blocks",
    grain="one row a block that holds too many records for each to be compared with each",
    key=("block",),
    columns=(
        Column("block", "bigint", "the block, as in silver.signatures"),
        Column("kind", "string", "what its records have in common"),
        Column("records", "bigint", "records in it, those of equal content counted once"),
        Column("example", "string", "its least record_id"),
        Column("title", "string", "title of the example, which mostly shows what it is"),
        RUN,
    ),
    rules=(
        Rule(
            "records_counted",
            "records > 0",
            Severity.CRITICAL,
            why="a block of no records was never too large",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "blocks_compared",
            Severity.WARNING,
            "Records that share nothing but a heading or a stock phrase are not compared through "
            "it; a title that many papers bear is named in silver.hot_blocks.",
            Measure.ROWS,
            most=0,
        ),
    ),
)

IDENTITY_EDGES = Table(
    "silver.identity_edges",
    grain="one row a pair of records that came close, joined or kept apart",
    key=("a", "b"),
    columns=(
        Column("a", "string", "the lesser record_id"),
        Column("b", "string", "the greater record_id"),
        Column(
            "weight",
            "double",
            "balance of the pair's evidence: above 0 for one paper, else against, -1 to 1",
        ),
        Column("rule", "string", "the strongest evidence for it, named as in silver.identity"),
        Column("score", "double", "strength of that evidence, 0 to 1"),
        Column("evidence", "string", "what agreed and what did not, as a JSON object"),
        Column("verdict", "string", "joined (both in one paper, be it by way of others) or apart"),
        Column(
            "reason",
            "string",
            "what speaks against: veto and the scheme whose ids differ; titles, numbers, authors, "
            "years, venues or abstracts disagree; kinds disagree and the kind (a notice, data or "
            "the abstract of a talk beside its article); too little evidence; core (the records "
            "that each stands with are against it); hot block (they no longer meet); "
            "decision, or decision taken back; null where nothing does",
        ),
        RUN,
    ),
    rules=(
        Rule(
            "in_order",
            "a < b",
            Severity.CRITICAL,
            why="a pair that stands in both orders is counted and printed twice",
        ),
        Rule(
            "verdict_explained",
            "verdict = 'joined' or reason is not null",
            Severity.CRITICAL,
            why="whoever asks why two papers were kept apart needs an answer",
        ),
        Rule(
            "score_in_range",
            "score between 0 and 1",
            Severity.WARNING,
            why="a score outside its range comes from a broken comparison",
        ),
    ),
    checks=(UNIQUE_KEY,),
)

PAPER_FORWARDS = Table(
    "silver.paper_forwards",
    grain="one row a former paper and a paper that holds records of it now",
    key=("old_paper_id", "paper_id"),
    columns=(
        Column("old_paper_id", "string", "a paper_id that was published"),
        Column("paper_id", "string", "a paper that stands, to which records of it went"),
        Column(
            "kind",
            "string",
            "merge: the old paper is no more, this one replaces it; split: a part of the old "
            "paper is this one",
        ),
        Column("records", "bigint", "records that went there when it was written"),
        RUN,
    ),
    rules=(
        Rule(
            "leads_elsewhere",
            "old_paper_id <> paper_id",
            Severity.CRITICAL,
            why="a paper that forwards to itself sends whoever follows it in a circle",
        ),
        Rule(
            "kind_known",
            "kind in ('merge', 'split')",
            Severity.CRITICAL,
            why="readers follow merges and only list splits",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        # Late bridges are found by ones and twos; a feed that is joined again comes in hundreds.
        few_new(
            "few_at_once",
            most=100,
            why="Many papers that are merged or split in one run mean that a feed gives other ids "
            "than before, or that the rules have changed.",
        ),
    ),
)

DECISIONS = Table(
    "silver.decisions",
    grain="one row a pair of records that a person has decided on; the last decision stands",
    key=("a", "b"),
    columns=(
        Column("a", "string", "the lesser record_id"),
        Column("b", "string", "the greater record_id"),
        Column(
            "kind",
            "string",
            "join (they are one paper, whatever the evidence), split (they are two) or none "
            "(taken back: the evidence counts again)",
        ),
        Column("decided_by", "string", "who decided"),
        Column("decided_at", "timestamp", "when"),
        Column("note", "string", "why, in words; null where none was given"),
    ),
    rules=(
        Rule(
            "in_order",
            "a < b",
            Severity.CRITICAL,
            why="a pair that stands in both orders could be decided both ways",
        ),
        Rule(
            "kind_known",
            "kind in ('join', 'split', 'none')",
            Severity.CRITICAL,
            why="a decision that no run understands would be lost in silence",
        ),
        Rule(
            "decider_named",
            "length(trim(decided_by)) > 0",
            Severity.CRITICAL,
            why="a decision overrules the evidence, so someone must answer for it",
        ),
        Rule(
            "reason_told",
            "length(trim(note)) > 0",
            Severity.WARNING,
            why="who comes upon a decision years later has to know what it rested on",
        ),
    ),
    checks=(UNIQUE_KEY,),
)

ERASURES = Table(
    "silver.erasures",
    grain="one row a mark by which an erased person is known again",
    key=("mark",),
    columns=(
        Column(
            "mark",
            "string",
            "first 32 hex digits of a sha-256: of an id of the person, or of an id of a work with "
            "a form of the person's name; no name stands in it",
        ),
        RUN,
    ),
    rules=(
        Rule(
            "is_digest",
            "mark rlike '^[0-9a-f]{32}$'",
            Severity.CRITICAL,
            why="a mark that is no digest could be the name that was to be erased",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        few_new(
            "few_new_marks",
            10_000,
            "So many are of some thousand papers: look whether the file names the right people.",
        ),
    ),
)

ONE_ID_A_SCHEME = Rule(
    "one_id_a_scheme",
    # Preprint and publisher each give a DOI, so a second one is no conflict; nor is the paperId of
    # Semantic Scholar, forty hex digits, beside or without its corpus id.
    "not exists(other_ids, x -> x rlike '^((arxiv|acl|pmid|openalex):|s2:[0-9]{1,20}$)')",
    Severity.WARNING,
    why="a paper with two ids of one scheme may be two works that were glued together",
    allowed=0.01,
)

# So few papers with a fault are no sign of a fault of the run.
_FEW = 5

PAPERS = Table(
    "silver.papers",
    grain="one row a paper, every field from the best of its records",
    key=("paper_id",),
    columns=(
        Column(
            "paper_id",
            "string",
            "stable id; once given it is never used for another paper",
        ),
        Column("title", "string", "title"),
        Column("abstract", "string", "abstract; null where no record has one"),
        Column("authors", AUTHORS_TYPE, "authors in order; of an erased person all null"),
        Column(
            "countries",
            "array<string>",
            "countries where its authors work, by the record that gives the authors: ISO 3166-1 "
            "codes, each once; null where it names none",
        ),
        Column("venue", "string", "journal, conference or collection"),
        Column("volume", "string", "volume"),
        Column("number", "string", "issue or number"),
        Column("pages", "string", "pages"),
        Column("year", "int", "year of publication"),
        Column("published_on", "date", "publication day, as exact as date_basis says"),
        Column("first_shown_on", "date", "day on which a feed first showed it"),
        Column(
            "dated_on",
            "date",
            "publication day, else the day a feed first listed or showed it",
        ),
        Column("date_basis", "string", "what dated_on rests on, as in silver.records"),
        Column("arxiv_id", "string", "arXiv id without version"),
        Column("doi", "string", "DOI in lower case"),
        Column("acl_id", "string", "ACL Anthology id"),
        Column("pmid", "string", "PubMed id"),
        Column("openalex_id", "string", "OpenAlex work id"),
        Column("s2_id", "string", "Semantic Scholar corpus id"),
        Column(
            "other_ids",
            "array<string>",
            "all its other ids, as scheme:id: those of further schemes, and those of the schemes "
            "above beside the one that stands there, such as the DOI of the preprint",
        ),
        Column("arxiv_version", "int", "latest version of the arXiv paper that a record names"),
        Column(
            "dates",
            DATES_TYPE,
            "all dates that its records name, such as those of its versions, as in silver.records",
        ),
        Column("categories", "array<string>", "subject classes in order, as scheme:class"),
        Column("keywords", "array<string>", "keywords given by a feed, in order"),
        Column("language", "string", "language, ISO 639 code"),
        Column("url", "string", "address of the paper's page"),
        Column("license", "string", "licence of the text"),
        Column("work_type", "string", "kind of work in a feed's own words"),
        Column("relations", RELATIONS_TYPE, "other works that its records name: kind, scheme, id"),
        Column(
            "notice",
            "string",
            "kind of notice about another work (erratum, retraction, concern, comment, reply, "
            "discussion, review, summary, supplement), which trends, topics and the digest leave "
            "out; null for all others",
        ),
        Column("votes", "bigint", "votes by the record that has most"),
        Column(
            "is_withdrawn",
            "boolean",
            "whether a record says that it is withdrawn or retracted, or all feeds deleted it",
        ),
        Column("withdrawn_as", "string", "retracted, withdrawn or deleted; null for all others"),
        Column("feeds", "array<string>", "feeds that deliver it, in alphabetical order"),
        Column("records", "int", "number of its records"),
        Column("sources", "map<string,string>", "field → record_id that it was taken from"),
    ),
    rules=(
        Rule(
            "title_kept",
            "length(trim(title)) > 0",
            Severity.CRITICAL,
            why="a paper without a title cannot be shown",
        ),
        Rule(
            "dated",
            "dated_on is not null",
            Severity.WARNING,
            why="a paper without a date counts in no period",
        ),
        Rule(
            "date_plausible",
            "dated_on between date'1665-01-01' and date_add(first_shown_on, 366)",
            Severity.WARNING,
            why="a wrong year bends every trend",
            allowed=0.01,
        ),
        Rule(
            "abstract_present",
            "abstract is not null",
            Severity.WARNING,
            why="papers without an abstract are weakly embedded and count in few terms",
            allowed=0.5,
        ),
        ONE_ID_A_SCHEME,
    ),
    checks=(
        some_rows("Records went in, so papers must come out."),
        UNIQUE_KEY,
        not_shrunk(
            Severity.CRITICAL, "Papers are merged now and then; they do not vanish in numbers."
        ),
        Check(
            "arxiv_ids_unique",
            Severity.CRITICAL,
            "Two papers with one arXiv id are one work counted twice. A few may be: a person has "
            "split them, or their titles disagree.",
            Measure.ROWS_FOUND,
            query="SELECT ids FROM (SELECT count(*) AS ids, sum(papers) AS papers FROM (SELECT "
            "arxiv_id, count(*) AS papers FROM {batch} GROUP BY arxiv_id) "
            f"WHERE papers > 1 AND arxiv_id IS NOT NULL) WHERE ids > {_FEW} "
            # One in a thousand.
            "AND papers > 0.001 * (SELECT count(*) FROM {batch})",
        ),
        share_kept(
            "id_conflicts_rare",
            ONE_ID_A_SCHEME.flag,
            allowed=0.05,
            why="Many papers with two ids of a scheme are works that were glued together.",
        ),
        near_usual(
            "records_a_paper",
            "records",
            runs=10,
            move=0.2,
            why="Identity that suddenly merges more, or less, has met a feed that repeats itself "
            "or a rule that went wrong: trends count works, so they move with it.",
        ),
        Check(
            "abstracts_present",
            Severity.WARNING,
            "Shares of topics rest on papers with an abstract; few of them make thin evidence.",
            Measure.FILLED,
            "abstract",
            least=0.5,
        ),
        fields_kept(
            "paper_id",
            ("abstract", "authors", "published_on", "venue", "arxiv_id", "doi", "acl_id", "pmid"),
            at_least=_FEW,
            why="What was known of a paper is known for good; many fields lost in one run are a "
            "reader or a priority that went wrong.",
        ),
    ),
)

RELATIONS = Table(
    "silver.relations",
    grain="one row a paper, relation and other paper: two works that belong together",
    key=("paper_id", "relation", "other_paper_id"),
    columns=(
        Column("paper_id", "string", "the paper that is an erratum, comment, … of the other"),
        Column(
            "relation",
            "string",
            "is_version_of, is_erratum_of, retracts, comments_on, is_supplement_of, "
            "is_translation_of or is_data_of",
        ),
        Column("other_paper_id", "string", "the paper that it is about or belongs to"),
        Column("basis", "string", "feed (a feed's own field says so) or rule (title and kind do)"),
    ),
    rules=(
        Rule(
            "leads_elsewhere",
            "paper_id <> other_paper_id",
            Severity.CRITICAL,
            why="a paper that is about itself was glued to what it is about",
        ),
        Rule(
            "relation_known",
            "relation in ('is_version_of', 'is_erratum_of', 'retracts', 'comments_on', "
            "'is_supplement_of', 'is_translation_of', 'is_data_of')",
            Severity.CRITICAL,
            why="readers ask for relations by name",
        ),
        Rule(
            "basis_known",
            "basis in ('feed', 'rule')",
            Severity.WARNING,
            why="a reader weighs what a feed says otherwise than what titles suggest",
        ),
    ),
    checks=(UNIQUE_KEY,),
)

REFERENCES = Table(
    "silver.references",
    grain="one row a paper and place in its list of references",
    key=("paper_id", "position"),
    columns=(
        Column("paper_id", "string", "the paper that cites"),
        Column(
            "position",
            "int",
            "place in the list, from 1: that of its record with the most references, then held "
            "works that only its other records name",
        ),
        Column(
            "scheme",
            "string",
            "scheme of the id, named like the column of silver.records; null where there is no id",
        ),
        Column(
            "id",
            "string",
            "id of the cited work: that by which it was found, else the first",
        ),
        Column(
            "text",
            "string",
            "what the record says of a work without an id; null with one; [erased] where it named "
            "an erased person",
        ),
        Column(
            "cited_paper_id",
            "string",
            "the cited work, where a feed has delivered it; null for all others",
        ),
    ),
    rules=(
        Rule(
            "leads_elsewhere",
            "cited_paper_id is null or paper_id <> cited_paper_id",
            Severity.CRITICAL,
            why="a paper that cites itself would count among those that cite it",
        ),
        Rule(
            "position_from_one",
            "position >= 1",
            Severity.CRITICAL,
            why="readers ask for the first n of a list",
        ),
        Rule(
            "says_something",
            "id is not null or text is not null",
            Severity.WARNING,
            why="a reference without id or text names no work",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "works_stand_once",
            Severity.CRITICAL,
            "A work that stands twice in a list would count two citations for one.",
            Measure.ROWS_FOUND,
            query="SELECT paper_id, cited_paper_id FROM {batch} WHERE cited_paper_id IS NOT NULL "
            "GROUP BY paper_id, cited_paper_id HAVING count(*) > 1",
        ),
        not_shrunk(
            Severity.WARNING,
            "Lists of references stay as long as their records do; many that vanish are a reader "
            "or an identity that went wrong.",
        ),
    ),
)

AUTHORSHIPS = Table(
    "silver.authorships",
    grain="one row a paper and place in its list of authors",
    key=("paper_id", "position"),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column("position", "int", "place in silver.papers.authors, from 1"),
        Column(
            "name",
            "string",
            "the author's name, as in silver.papers; null of an erased person, with all else",
        ),
        Column("given", "string", "given names; null where no feed has them apart"),
        Column("family", "string", "family name; null likewise"),
        Column("orcid", "string", "ORCID iD as sixteen digits; null where no feed has one"),
        Column(
            "author_ids",
            IDS_TYPE,
            "ids of the author by the feeds: scheme (openalex, s2, acl, dblp, hf, …) and id",
        ),
        Column("affiliations", "array<string>", "affiliations as delivered, one by one"),
        Column(
            "institution_ids",
            IDS_TYPE,
            "ids of the institutions: scheme (ror, grid, isni, openalex, …) and id, one an "
            "institution; ROR's wherever its list knows the other one",
        ),
        Column(
            "institutions_by",
            "string",
            "how the institutions are known: id (a feed gives ids), affiliation (matched, "
            "silver.affiliations says why), null where there are none",
        ),
        Column(
            "countries",
            "array<string>",
            "countries of the institutions, ISO 3166-1 alpha-2, in alphabetical order: by a "
            "feed's code, else by the affiliations (docs/people.md)",
        ),
        Column(
            "is_corresponding",
            "boolean",
            "whether the author is the one to write to; null where no feed says so",
        ),
        Column("record_id", "string", "the record that the paper's list of authors is from"),
    ),
    rules=(
        Rule(
            "position_from_one",
            "position >= 1",
            Severity.CRITICAL,
            why="readers ask for the first author by place",
        ),
        Rule(
            "name_present",
            "name is null or length(trim(name)) > 0",
            Severity.WARNING,
            why="an author without a name is nobody; one whose name is null was erased",
        ),
        Rule(
            "countries_are_codes",
            "not exists(countries, code -> not code rlike '^[A-Z]{2}$')",
            Severity.WARNING,
            why="counts by country need one spelling",
        ),
        Rule(
            "institutions_explained",
            "(institutions_by is null) = (size(institution_ids) = 0) "
            "and coalesce(institutions_by in ('id', 'affiliation'), true)",
            Severity.WARNING,
            why="a reader weighs an id that a feed gave otherwise than one that was matched",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "lists_complete",
            Severity.CRITICAL,
            "A list with a hole has lost an author, and shares of a paper would not add up.",
            Measure.ROWS_FOUND,
            query="SELECT paper_id, count(*) AS authors, max(position) AS last FROM {batch} "
            "GROUP BY paper_id HAVING count(*) <> max(position)",
        ),
        not_shrunk(
            Severity.WARNING,
            "Authors stay with their papers; many that vanish are a reader or an identity that "
            "went wrong.",
        ),
    ),
)

AFFILIATIONS = Table(
    "silver.affiliations",
    grain="one row an institution that an affiliation names, or the affiliation if it names none",
    key=("affiliation", "place"),
    columns=(
        Column("affiliation", "string", "the affiliation as delivered"),
        Column("place", "int", "place of the institution among those it names, from 1"),
        Column("institution_id", "string", "ROR id, without address; null where none is named"),
        Column("country", "string", "country of the institution, ISO 3166-1 alpha-2"),
        Column(
            "score",
            "double",
            "how much speaks for it, 0 to 1: an order of kinds of evidence, no probability; null "
            "where none is named",
        ),
        Column(
            "basis",
            "string",
            "what it was found by: decision (a person's), name, other name, acronym; null where "
            "nothing was found",
        ),
        Column("evidence", "string", "what of the text was found and what agrees, or why not"),
        Column(
            "method", "bigint", "hash of rules, list and decisions; of another all is matched anew"
        ),
    ),
    rules=(
        Rule(
            "basis_known",
            "basis is null or basis in ('decision', 'name', 'other name', 'acronym')",
            Severity.CRITICAL,
            why="a reader weighs a name otherwise than an acronym",
        ),
        Rule(
            "score_with_id",
            "(score is null) = (institution_id is null) and coalesce(score between 0 and 1, true)",
            Severity.CRITICAL,
            why="readers choose matches by their score",
        ),
        Rule(
            "id_is_ror",
            "institution_id is null or institution_id rlike '^0[a-z0-9]{6}[0-9]{2}$'",
            Severity.CRITICAL,
            why="an id of another form joins with no institution",
        ),
        Rule(
            "explained",
            "length(evidence) > 0",
            Severity.WARNING,
            why="without a reason nobody can put a wrong match right",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(
            Severity.WARNING,
            "Affiliations stay with their records; many that vanish are a reader that went wrong.",
        ),
    ),
)

INSTITUTIONS = Table(
    "silver.institutions",
    grain="one row an id of an institution",
    key=("scheme", "id"),
    columns=(
        Column(
            "scheme",
            "string",
            "scheme of the id: ror where a feed has it, ROR's list knows the feed's id or an "
            "affiliation was matched; else openalex, grid, isni, wikidata or ringgold",
        ),
        Column("id", "string", "the id, without address"),
        Column(
            "name",
            "string",
            "name by ROR's list, else the one that most authors' records have for it; null where "
            "neither names it",
        ),
        Column("country", "string", "country likewise, ISO 3166-1 alpha-2"),
        Column("city", "string", "town by ROR's list; null without the list, or of other schemes"),
        Column("parents", "array<string>", "ROR ids of what it is a part of; null likewise"),
        Column("aliases", "array<string>", "other names and acronyms; null likewise"),
        Column("papers", "bigint", "papers of which an author works there, each counted whole"),
        Column(
            "matched_papers",
            "bigint",
            "those of them that count for it by matched affiliations alone, without a feed's id",
        ),
        Column("first_paper_on", "date", "day of the first of them; null where no feed dates any"),
        Column("last_paper_on", "date", "day of the last of them; null likewise"),
    ),
    rules=(
        Rule(
            "has_papers",
            "papers > 0",
            Severity.CRITICAL,
            why="an institution is known by its papers alone",
        ),
        Rule(
            "matched_among_papers",
            "matched_papers between 0 and papers",
            Severity.CRITICAL,
            why="a match makes a paper count once, as an id does",
        ),
        Rule(
            "days_in_order",
            "first_paper_on is null or first_paper_on <= last_paper_on",
            Severity.CRITICAL,
            why="the first paper cannot come after the last",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(
            Severity.WARNING,
            "Institutions stay with their papers; many that vanish are a reader that went wrong.",
        ),
    ),
)

AUTHOR_LINKS = Table(
    "silver.author_links",
    grain="one row a paper and place in its list of authors that a person holds",
    key=("paper_id", "position"),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column("position", "int", "place in its list of authors, as in silver.authorships"),
        Column("author_id", "string", "the person, as in silver.authors"),
        Column(
            "basis",
            "string",
            "what ties it to the person's other authorships: orcid, feed id (one id by one feed), "
            "name and evidence, or single: it has no other",
        ),
        Column(
            "score",
            "double",
            "how likely it and the authorship it is tied to are one person's, 0 to 1, by the "
            "weights; 1 by an id; null of a single one",
        ),
        Column("with_paper_id", "string", "paper of the authorship that it is tied to"),
        Column("with_position", "int", "place of that authorship"),
        Column(
            "evidence",
            "map<string,double>",
            "by name and evidence: signal → what it adds to the log-odds of the two; `before` is "
            "what two of one name have (docs/authors.md)",
        ),
        Column("block", "string", "surname and first initial: only within it are people sought"),
        Column("digest", "bigint", "hash of all that is compared of the paper's authors"),
        Column(
            "own_author_id",
            "string",
            "the person by ids and evidence alone, which comes back when a decision is taken out",
        ),
        Column(
            "decided",
            "string",
            "the decision by which this person is one with another (authors.decisions); null "
            "where none is",
        ),
    ),
    rules=(
        Rule(
            "basis_known",
            "basis in ('orcid', 'feed id', 'name and evidence', 'single')",
            Severity.CRITICAL,
            why="a reader weighs an id otherwise than a likeness",
        ),
        Rule(
            "tie_leads_elsewhere",
            "(basis = 'single') = (with_paper_id is null) and not paper_id <=> with_paper_id",
            Severity.WARNING,
            why="nobody stands twice on a paper, so a person's other authorship is on another",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(
            Severity.WARNING,
            "Authorships stay with their papers; many that lose their person are names misread.",
        ),
    ),
)

AUTHORS = Table(
    "silver.authors",
    grain="one row a person who wrote papers",
    key=("author_id",),
    columns=(
        Column(
            "author_id",
            "string",
            "opaque id; it stays with whoever has most of the authorships that had it",
        ),
        Column(
            "name",
            "string",
            "the fullest of the person's names: that of most letters, of equals the first in order",
        ),
        Column("other_names", "array<string>", "the other spellings, in alphabetical order"),
        Column("orcid", "string", "ORCID iD as sixteen digits; null where none is known"),
        Column(
            "ids",
            IDS_TYPE,
            "ids by the feeds: scheme (openalex, s2, acl, dblp, …) and id; further ORCID iDs of "
            "whom people joined, as orcid",
        ),
        Column("papers", "bigint", "number of papers"),
        Column(
            "first_on",
            "date",
            "day of the first paper; null where of all only the day is known when a feed showed it",
        ),
        Column("last_on", "date", "day of the last paper; null likewise"),
        Column("countries", "array<string>", "countries of all institutions, ISO 3166-1 alpha-2"),
    ),
    rules=(
        Rule(
            "name_present",
            "length(trim(name)) > 0",
            Severity.CRITICAL,
            why="a person without a name cannot be shown",
        ),
        Rule(
            "days_in_order",
            "first_on is null or first_on <= last_on",
            Severity.CRITICAL,
            why="a last paper before the first was taken from another person",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "orcids_unique",
            Severity.WARNING,
            "One ORCID iD on several people is a person with two surnames, or an iD given to the "
            "wrong author; many are a feed that gives one iD to all authors of a paper.",
            Measure.ROWS_FOUND,
            query="SELECT persons FROM (SELECT sum(people) AS persons FROM "
            "(SELECT orcid, count(*) AS people FROM {batch} WHERE orcid IS NOT NULL GROUP BY orcid)"
            " WHERE people > 1) WHERE persons > 0.05 * (SELECT count(orcid) FROM {batch})",
        ),
        not_shrunk(
            Severity.WARNING,
            "People are joined now and then; many that vanish at once are a rule that went wrong.",
        ),
    ),
)

EMBEDDINGS = Table(
    "silver.embeddings",
    grain="one row a paper and model",
    key=("paper_id", "model"),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column(
            "model",
            "string",
            "the model: name, digest of its weights, and what else decides on its vectors",
        ),
        Column("text_digest", "string", "SHA-256 of the text embedded, title and abstract"),
        Column(
            "windows",
            "int",
            "pieces in which a text longer than the model's window was read, else 1; the vector "
            "is their mean by length",
        ),
        Column("vector", "array<float>", "the vector, of unit length"),
    ),
    rules=(
        Rule(
            "vector_complete",
            "not exists(vector, x -> x is null or isnan(x))",
            Severity.CRITICAL,
            why="one missing number makes every cosine with it missing",
        ),
        Rule(
            "unit_length",
            "abs(aggregate(vector, 0D, (sum, x) -> sum + x * x) - 1) < 0.001",
            Severity.CRITICAL,
            why="cosines are taken as products, which holds for unit vectors alone",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "texts_differ",
            Severity.WARNING,
            "Many papers with the same text are duplicates that identity has not seen.",
            Measure.UNIQUE,
            "text_digest",
            least=0.9,
        ),
    ),
)

PHRASES = Table(
    "silver.phrases",
    grain="one row a paper: the noun phrases and terms of its title and abstract",
    key=("paper_id",),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column("text_digest", "string", "SHA-256 of the text read, and of who read it"),
        Column(
            "read_as",
            "string",
            "language by whose rules the text was read, English where none is known; null where "
            "there are no rules for its language",
        ),
        Column(
            "phrases",
            "array<struct<phrase:string,words:array<string>,is_new:array<boolean>,"
            "occurrences:int,position:double>>",
            "whole noun phrases of up to four words: in lower case as they come first; their words "
            "in the singular, and of each whether no phrase before has it; how often, and the "
            "first place, 0 in the title, to 1 at the abstract's end",
        ),
        Column(
            "terms",
            "array<struct<term:string,occurrences:int,position:double,is_whole:boolean,name:string,"
            "key:string>>",
            "these and the parts of noun phrases that can name something, as they are spelled; "
            "is_whole where one is a noun phrase by itself anywhere; name as it is written "
            "where it is written like one (capitals, digits); key is what its spellings share, "
            "singular and plural",
        ),
        Column(
            "names",
            "array<struct<key:string,name:string,is_marked:boolean,is_common:boolean,role:string,"
            "kind:string,in_title:boolean,occurrences:int,plurals:int,spelled:string,"
            "evidence:string>>",
            "what is written like a name: key is what its spellings share; is_marked by a capital "
            "or digit within; is_common where it stands in lower case too; role is introduces, "
            "uses, on (uses, if it is data) or mentions; kind by the words around, or empty; "
            "plurals as in GANs; spelled out in lower or title case, or empty; evidence is the "
            "words around",
        ),
    ),
    rules=(
        Rule(
            "something_named",
            "size(terms) > 0",
            Severity.WARNING,
            why="a paper that names nothing counts in no term; titles in other languages do so",
            allowed=0.2,
        ),
        Rule(
            "language_has_rules",
            "read_as is not null",
            Severity.WARNING,
            why="papers in a language without rules (docs/topics.md) give no terms and no names of "
            "topics; they have topics all the same",
            allowed=0.01,
        ),
    ),
    checks=(UNIQUE_KEY,),
)

KEYPHRASES = Table(
    "silver.keyphrases",
    grain="one row a paper and phrase",
    key=("paper_id", "phrase"),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column("phrase", "string", "a noun phrase of one to four words, in lower case"),
        Column("score", "double", "weight within the paper; larger is more telling"),
        Column("rank", "int", "place within the paper, from 1"),
    ),
    rules=(
        Rule(
            "phrase_present",
            "length(trim(phrase)) > 1",
            Severity.CRITICAL,
            why="a phrase of one letter or none says nothing",
        ),
        Rule(
            "rank_from_one",
            "rank >= 1",
            Severity.CRITICAL,
            why="readers ask for the first n by rank",
        ),
    ),
    checks=(
        some_rows("Papers with text have phrases."),
        UNIQUE_KEY,
        Check(
            "phrases_vary",
            Severity.WARNING,
            "A few phrases on every paper are boilerplate that has slipped through.",
            Measure.UNIQUE,
            "phrase",
            least=0.01,
        ),
    ),
)

TABLES = (
    RECORDS,
    QUARANTINE,
    DECISIONS,
    ERASURES,
    SIGNATURES,
    HOT_BLOCKS,
    IDENTITY_EDGES,
    PAPER_FORWARDS,
    IDENTITY,
    PAPERS,
    RELATIONS,
    REFERENCES,
    AFFILIATIONS,
    AUTHORSHIPS,
    INSTITUTIONS,
    AUTHOR_LINKS,
    AUTHORS,
    EMBEDDINGS,
    PHRASES,
    KEYPHRASES,
)
