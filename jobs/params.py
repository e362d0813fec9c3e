"""Settings of every stage, stated once; conf/ composes them into the one model."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator


class Settings(BaseModel):
    """Base of all settings: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _java_text(value: Any) -> Any:
    """A setting of Spark's or Hive's as they read it: what YAML takes for a number, or for true."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


JavaText = Annotated[str, BeforeValidator(_java_text)]


class StorageSettings(Settings):
    """Object storage: where it is, and who we are there."""

    endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^\s/@]+/?$",
        description="Address of a store that speaks S3; none: AWS_ENDPOINT_URL, else AWS itself.",
    )
    region: str | None = Field(
        None, description="Region of the buckets; none: AWS_REGION, else us-east-1."
    )
    path_style: bool = Field(
        True,
        description="A store with an endpoint of its own gets the bucket in the path of an address "
        "(http://store/bucket/…), as most want it; false: in the host's name.",
    )
    access_key: SecretStr | None = Field(
        None,
        description="Key, with secret_key; none: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else "
        "the role of the machine.",
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Secret of that key: in a file for --conf that nobody else may read, never on "
        "the command line, which everybody on the machine can see.",
    )

    @model_validator(mode="after")
    def _both_keys(self) -> Self:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("access_key and secret_key go together")
        return self


class SessionSettings(Settings):
    """The Spark session."""

    master: str = Field(
        "local[*]", description="Spark master: local[n], spark://…, yarn, k8s://…; all cores here."
    )
    driver_memory: str = Field(
        "2g",
        description="Heap of the driver, which in local mode does the work; with native memory "
        "and Python's beside it a run of six thousand papers takes four and a half GiB in all.",
    )
    shuffle_partitions: int = Field(
        4,
        gt=0,
        description="Least partitions of a shuffle; small ones are joined as Spark sees their "
        "size. Two to three times the cores.",
    )
    partition_records: int = Field(
        25_000,
        gt=0,
        description="A shuffle has a partition for so many raw records, where that makes more than "
        "shuffle_partitions, and as many for each core: what each holds fits a core's share of the "
        "heap, as sorts and sums of more go to disk again and again. A million records have forty.",
    )
    few_records: int = Field(
        2_000,
        ge=0,
        description="With no more raw records each query is done in one partition and without "
        "generated code, whose making takes longer than so few rows do; 0: never.",
    )
    spark: dict[str, JavaText] = Field({}, description="Further settings of Spark, as they stand.")


class IngestSettings(Settings):
    """Limits of reading files."""

    part_bytes: int = Field(
        16 * 1024**2,
        ge=1024,
        description="Size of the parts in which a large file of a format that allows it is read, "
        "bytes: one core holds a part some five times over, and the cores share one file so.",
    )
    max_file_bytes: int = Field(
        128 * 1024**2,
        gt=0,
        description="A larger file of a format that is read whole is not read, bytes (of gzip, "
        "decompressed). One core holds it three times over; the largest known single deliveries "
        "of such formats are under 50 MB.",
    )
    max_expansion: float = Field(
        100.0,
        gt=1,
        description="A gzip file whose content is so many times its size, and larger than "
        "max_file_bytes, is not read. Metadata shrink to a third or fourth, at most to a "
        "twentieth; what shrinks a thousandfold is meant to fill the disk.",
    )
    max_record_chars: int = Field(
        8 * 1024**2,
        gt=0,
        description="A longer record is a fragment, characters. The longest real records, works "
        "with thousands of authors or an inverted index, stay under one million.",
    )
    max_excerpt_chars: int = Field(
        64 * 1024,
        gt=0,
        description="Of a file that cannot be read, what quarantine keeps, characters from its "
        "beginning: enough to see what it is; the file itself stays where it was.",
    )


class ParseSettings(Settings):
    """What parsing takes for possible."""

    earliest_year: int = Field(
        1665,
        ge=1583,
        description="Earlier years are errors: the first scientific journals are of 1665. Not "
        "before 1583, where calendars differ.",
    )
    max_days_ahead: int = Field(
        366,
        ge=0,
        description="A date further behind the day the feed showed the record is an error, days. "
        "Journals date issues up to a year ahead.",
    )


class TopicsSettings(Settings):
    """How topics are found, named and kept."""

    topics: int | None = Field(
        None,
        ge=2,
        description="Number of topics; by default that at which merging the cells of papers "
        "becomes dearer by most.",
    )
    min_topics: int = Field(
        10,
        ge=2,
        description="Fewest topics of a fit whose number follows from the papers: fewer are areas, "
        "which stand above the topics. A small corpus has fewer, one for four cells.",
    )
    max_topics: int = Field(
        100,
        ge=2,
        le=1000,
        description="Most topics of one fit. More than a hundred names nobody reads; the driver "
        "holds the centroids, 1.5 kB each.",
    )
    cells: int = Field(
        200,
        ge=2,
        description="Cells that papers are parted into before these are merged. Of twelve sets of "
        "8 to 20 arXiv categories 200 cells gave the number of categories in all, 100 in nine.",
    )
    cell_papers: int = Field(
        10,
        ge=1,
        description="Papers a cell has at least on average: in a smaller corpus there are fewer "
        "cells, for the means of fewer papers are chance.",
    )
    min_papers: int = Field(
        20,
        ge=2,
        description="Fewer papers have no topics: two topics of ten are the least worth a name.",
    )
    min_topic_papers: int = Field(
        5,
        ge=1,
        description="A topic with fewer papers is dissolved: terms of so few say nothing.",
    )
    topic_papers: int = Field(
        60,
        ge=2,
        description="Papers of a topic on average, where the groups of papers are parted further: "
        "in two years of a feed two or three a month, with fewer no share can be told.",
    )
    fit_papers: int = Field(
        20_000,
        ge=2,
        description="Most papers that a fit looks at; a larger corpus is sampled by the hash of "
        "paper_id. One task holds them, 4 kB each; 200 papers a topic place its centroid well.",
    )
    restarts: int = Field(
        3,
        ge=1,
        description="Trees of cells from different seeds, which choose the number of topics "
        "together; the best cut is kept.",
    )
    resamples: int = Field(
        2,
        ge=0,
        description="Halves of the papers fitted again to measure how stable the topics are; "
        "each costs a sixth of the fit.",
    )
    iterations: int = Field(
        100,
        ge=1,
        description="Most rounds of one fit. On 5,841 papers it settles after 25 to 58.",
    )
    seed: int = Field(20_010_101, ge=0, description="Seed of the fits. Any number will do.")
    fit_quantile: float = Field(
        0.03,
        ge=0,
        lt=1,
        description="Share of a topic's own papers, the farthest from its centroid, that count as "
        "not fitting; the cosine of the rest is what a later paper has to reach. Of 400 papers of "
        "a field that had none in the fit a third to three quarters fit no topic then.",
    )
    residual_days: int = Field(
        7,
        ge=1,
        description="Days after which papers that fit no topic are looked at for new topics, "
        "counted from the last such look or fit. A week: fewer papers say too little.",
    )
    new_topic_papers: int = Field(
        20,
        ge=2,
        description="Fewest papers of a new topic between fits. As many as the fewest that are "
        "fitted at all.",
    )
    refit_growth: float = Field(
        1.5,
        gt=1,
        description="Topics are fitted again when there are so many times the papers of the last "
        "fit. Until then new papers go to the topics that are there, so that trends hold still.",
    )
    same_topic: float = Field(
        0.6,
        gt=0,
        le=1,
        description="A topic of a new fit is the old one if the mean of the centroids' cosine and "
        "of the share of their papers in common (Jaccard) is at least this. Two equal topics with "
        "half of their papers in common (one third) then need a cosine of .87.",
    )
    related_share: float = Field(
        1 / 3,
        gt=0,
        le=1,
        description="A new topic is split from an old one that so much of its papers came from, an "
        "old one merged into a new one that so much of its papers went to. A fit comes at 1.5 "
        "times the papers, so two thirds of a topic are known papers: a third is half of those.",
    )
    terms_per_topic: int = Field(
        10, ge=3, description="Terms kept for each topic: what fits on a line or two."
    )
    curation: str | None = Field(
        None,
        description="CSV file of a person's decisions: action (rename, merge, split, hide), "
        "topic_id, value. Every run follows it; docs/topics.md shows one.",
    )
    namer: tuple[str, ...] = Field(
        (),
        description="Command and arguments that name topics after a fit: it reads them as JSON and "
        "writes names by topic_id as JSON. None: names are phrases of the papers.",
    )
    namer_seconds: float = Field(
        120.0, gt=0, description="A naming command that takes longer has failed, seconds."
    )
    label_phrases: int = Field(
        2,
        ge=1,
        le=2,
        description="Most phrases of a name: a second one stands where the first says little.",
    )
    written_so: float = Field(
        0.5,
        gt=0,
        le=1,
        description="A word of a label keeps its capitals where so much of its papers write it so.",
    )
    max_term_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="A term in a larger share of the papers describes the corpus, not a topic. "
        "Half, for a term of one of two topics may be in all its papers.",
    )


PACKAGED = "all-MiniLM-L6-v2"
PRETRAINED = "spark-nlp:"


class EmbedSettings(Settings):
    """How texts are embedded."""

    model: str = Field(
        PACKAGED,
        min_length=1,
        description="The sentence model: all-MiniLM-L6-v2, which the setup brings; a folder with "
        "an ONNX model of the BERT family and its vocabulary; or spark-nlp:NAME, a pretrained "
        "model of Spark NLP in ONNX, which needs a network once.",
    )
    digest: str | None = Field(
        None,
        pattern="^[0-9a-f]{64}$",
        description="SHA-256 of the folder's model.onnx. A folder needs it: its vectors carry it, "
        "so that those of another model are never taken for them.",
    )
    pooling: Literal["mean", "cls"] = Field(
        "mean",
        description="How the token vectors of a folder's model become one: their mean, or the "
        "first. The model's card says which it was trained for.",
    )
    form: Literal["full", "int8", "static"] = Field(
        "full",
        description="The model as it is; with weights in 8 bits, faster; or a table of one vector "
        "a word piece, for tens of millions of texts. docs/vectors.md: what each keeps.",
    )
    max_tokens: int = Field(
        256,
        ge=8,
        le=512,
        description="Word pieces of a window; longer texts have several. The model was trained "
        "with 256, and has positions for 512.",
    )
    static_dimensions: int = Field(
        256,
        ge=8,
        le=4096,
        description="Numbers of a static vector, at most those of the model.",
    )

    @model_validator(mode="after")
    def _weights_at_hand(self) -> Self:
        if self.model.startswith(PRETRAINED) and self.form != "full":
            raise ValueError(
                f"form {self.form} is made from an ONNX file, which {self.model} does not give: "
                "take form full, or a folder as the model"
            )
        return self


class IdentitySettings(Settings):
    """When two records are one paper; jobs/identity/scoring.py has the weights of the evidence."""

    jaccard: float = Field(
        0.6,
        gt=0,
        le=1,
        description="Least Jaccard of the word pairs of two abstracts that makes them near "
        "duplicates. A tenth of the words changed leaves about .68; different papers of one field "
        "share under .2.",
    )
    text_words: int = Field(
        30,
        gt=1,
        description="Abstracts with fewer words are not compared: of so few a stock phrase is a "
        "large share.",
    )
    block_records: int = Field(
        100,
        gt=1,
        description="A block of more records, equal ones counted once, is not compared: its cost "
        "grows with the square. The most cited work of a list of references stands in it 64 times; "
        "what hundreds share is a heading. It is told in silver.hot_blocks.",
    )
    like_titles: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="Least Jaccard of the letters of two titles, as estimated, for records that "
        "meet by their titles alone and may share an author. Of 2,400 pairs that titles join in "
        "two real feeds none has under .4; of what meets 94 in a hundred have less.",
    )
    like_titles_alone: float = Field(
        0.45,
        ge=0,
        lt=1,
        description="The same for records of which no surname is the same: all their authors "
        "misspelt or listed otherwise, and the title much changed, is not one work.",
    )
    meeting_abstracts: Literal["apart", "join"] = Field(
        "apart",
        description="Whether the abstract of a talk in a supplement, and the article of the same "
        "title, are two works (apart) or one (join); so with the abstracts of two meetings.",
    )
    close_titles: float = Field(
        0.4,
        gt=0,
        le=1,
        description="Least share of the words of the shorter title that the other has, for a pair "
        "to be weighed: words that a scan has cut or glued count as others.",
    )
    close_score: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Pairs that are not joined are kept from this score on, so that someone can "
        "ask why; below it titles have little in common.",
    )
    probe_records: int = Field(
        50_000,
        gt=0,
        description="Up to so many new records every executor holds their blocks, some 30 MB, and "
        "the ids of what they touch, and the table of signatures is read once and not moved; "
        "beyond it all are shuffled.",
    )
    local_edges: int = Field(
        1_000_000,
        gt=0,
        description="Up to so many judged pairs one task makes the clusters, in some hundred "
        "megabytes; beyond it they are first parted into connected components in Spark.",
    )


PaperField = Literal[
    "title", "abstract", "authors", "arxiv_id", "doi", "acl_id", "pmid", "openalex_id", "s2_id",
    "venue", "volume", "number", "pages", "year", "published_on", "categories", "keywords",
    "language", "url", "license", "work_type", "votes",
]  # fmt: skip
_ARXIV_FEEDS = ("arxiv-oai", "arxiv-snapshot", "arxiv-api", "arxiv-rss")


class PapersSettings(Settings):
    """Which record a paper's fields come from."""

    feed_priority: tuple[str, ...] = Field(
        ("crossref", "jats", "acl", "pubmed", "europepmc", "dblp", *_ARXIV_FEEDS, "openalex",
         "semantic-scholar", "hf-daily", "hf-page"),
        description="Feeds from the most to the least trusted: what publishers and their indexes "
        "say of a work, then arXiv on its preprints, then those who gather from both. Feeds that "
        "are not named come after, the record first shown before the others.",
    )  # fmt: skip
    field_priority: dict[PaperField, tuple[str, ...]] = Field(
        {"abstract": (), "authors": (), "votes": (), "categories": _ARXIV_FEEDS},
        description="Of a field the feeds that go before, in place of feed_priority; none: all "
        "alike, so that the longest abstract that is whole, the longest list of authors and the "
        "most votes are taken, whichever feed has them. Classes are those of arXiv where it has "
        "the paper: one scheme that trends can be cut by.",
    )


class NeighborsSettings(Settings):
    """How many nearest papers are kept, and how they are searched."""

    per_paper: int = Field(
        10, ge=1, le=100, description="Neighbours kept a paper: what a reader looks through."
    )
    exact_papers: int = Field(
        20_000,
        ge=0,
        description="Up to so many papers each is compared with each, which takes seconds a core; "
        "the cost grows with the square.",
    )
    cells_per_root: float = Field(
        2.0,
        gt=0,
        description="Cells per square root of the number of papers, so that they and the papers in "
        "each grow alike: 200 cells of 10,000 papers, 2,000 of a million. Of 11,000 abstracts .97 "
        "of the neighbours are found in 6 % of the papers with 2, in 8 % with 1.",
    )
    max_cells: int = Field(
        4_096,
        ge=1,
        description="Most cells: the driver holds a centroid for each, 1.5 kB. Cells grow faster "
        "beyond four million papers.",
    )
    probes: int = Field(
        20,
        ge=1,
        description="Cells that each paper above exact_papers looks into. Of 11,000 abstracts in "
        "210 cells 12 hold .974 of the ten nearest, 16 .984, 20 .989, 24 .992; some to spare, as "
        "cells of more papers hold a little less.",
    )
    refit_growth: float = Field(
        2.0,
        gt=1,
        description="Cells are made again, and all papers searched, when there are so many times "
        "the papers of the last time. Twice costs each paper two searches in the long run.",
    )


class MapSettings(Settings):
    """The map of the papers."""

    landmarks: int = Field(
        1_000,
        ge=20,
        le=5_000,
        description="Papers that are laid out in the plane and place the others. A thousand take "
        "three seconds, the cost grows with the square; what more gives: jobs/vectors/tsne.py.",
    )


class ScoresSettings(Settings):
    """What makes a paper trend. The weights of votes, recency, neighbours and terms add up to 1."""

    window_days: int = Field(
        30,
        ge=1,
        description="Papers first shown in so many days up to the run's day are scored, days.",
    )
    half_life_days: float = Field(
        7.0,
        gt=0,
        description="Age at which a paper is half as fresh, days. A week: daily lists live by it.",
    )
    votes_weight: float = Field(
        0.5, ge=0, le=1, description="Weight of votes: the only part that readers cast themselves."
    )
    recency_weight: float = Field(0.3, ge=0, le=1, description="Weight of freshness.")
    neighbors_weight: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Weight of fresh neighbours: little, for it is derived from freshness.",
    )
    terms_weight: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Weight of rising terms: as much, and both more where there are no votes.",
    )
    citations_weight: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Share of the score that goes by citations, where any tell papers of an age "
        "apart; the four others share the rest. As little as neighbours and terms: within a month "
        "few papers are cited, and only citations by held papers are known.",
    )
    novelty_papers: int = Field(
        3,
        ge=1,
        description="Nearest earlier papers that novelty is measured against: one may be an "
        "earlier version of the paper itself.",
    )

    @model_validator(mode="after")
    def _weights_add_up(self) -> Self:
        parts = (self.votes_weight, self.recency_weight, self.neighbors_weight, self.terms_weight)
        if not math.isclose(sum(parts), 1.0, abs_tol=1e-9):
            raise ValueError(f"the four weights add up to {sum(parts):g} instead of 1")
        return self


class AuthorsSettings(Settings):
    """Which authorships are one person's; jobs/people/evidence.py has the weights."""

    block_authorships: int = Field(
        1_000,
        gt=1,
        description="In a block (a surname and first initial) of more authorships only those "
        "of one first given name are compared, and where these are more, only ids join: cost and "
        "memory grow with the square. A thousand take a second and 200 MB. Of 225,000 authorships "
        "of the ACL Anthology the largest block has 668.",
    )
    decisions: str | None = Field(
        None,
        description="CSV file of decisions on who is one person: action (join, split), author, "
        "other, note; docs/authors.md shows one.",
    )


class InstitutionsSettings(Settings):
    """Which institutions affiliations name; docs/people.md says how."""

    match: bool = Field(
        True,
        description="Whether affiliations are matched to the list of research organizations (ROR), "
        "where there is one.",
    )
    ror: str | None = Field(
        None,
        description="Parquet file that `papertide setup --ror` wrote; none: that in Papertide's "
        "own folder, if it is there.",
    )
    decisions: str | None = Field(
        None,
        description="CSV file of what people decided: affiliation, institution_id, note; "
        "docs/people.md shows one.",
    )


class KeyphrasesSettings(Settings):
    """The phrases of a paper."""

    per_paper: int = Field(10, gt=0, description="Phrases kept of a paper; as many as people read.")
    max_document_share: float = Field(
        0.2,
        gt=0,
        le=1,
        description="A phrase in a larger share of the papers does not distinguish them.",
    )


class TrendsSettings(Settings):
    """Periods, slices and growth."""

    max_periods: int = Field(
        400,
        gt=1,
        description="Periods of each grain, counted back from the last: a year of days, a "
        "generation of months. Older papers count in the longer grains.",
    )
    max_slices: int = Field(
        20,
        ge=0,
        description="Slices of each kind (category, venue, …), those with the most papers: in "
        "smaller ones a share says little.",
    )
    groups: str | None = Field(
        None,
        description="CSV file of groups of authors, each a slice: group, author; docs/people.md "
        "shows one.",
    )
    baseline_periods: int = Field(
        4, gt=0, description="Periods before a period that its growth is measured against."
    )
    prior_papers: float = Field(
        5.0,
        gt=0,
        description="Papers added to those counted and those expected in a shrunken growth: one "
        "paper where none was expected is then a growth of a fifth, and not without bounds.",
    )
    min_test_papers: int = Field(
        10,
        ge=1,
        description="Papers of an entity in the periods compared for it to be tested: with fewer "
        "even all on one side say little, and every test more makes all others harder to pass.",
    )
    change_ratio: float = Field(
        1.25,
        gt=1,
        description="Ratio of shares beyond which something has risen, or fallen, and within which "
        "it is steady. A quarter is what a reader would call a change.",
    )
    forecast_periods: int = Field(
        4,
        ge=1,
        le=12,
        description="Periods after the last complete one whose shares are forecast: as many as "
        "growth looks back on. The further ahead, the wider the interval.",
    )
    false_rate: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="Share of the trends called that may be false, by Benjamini and Hochberg.",
    )
    burst_times: float = Field(
        2.0,
        gt=1,
        description="Share in a burst over the usual one (Kleinberg's s). Two, as he takes it.",
    )
    burst_gamma: float = Field(
        1.0, ge=0, description="Cost of entering a burst (Kleinberg's gamma). One, as he takes it."
    )
    delivered_share: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Share of a period's papers that must come of feeds that delivered it to its "
        "end. A tenth of late papers moves a share by less than its interval is wide.",
    )
    coverage_change: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="A share of papers with an abstract, or of a feed, that is further off that of "
        "the whole is a change of coverage. A tenth moves a term's share by a tenth at most.",
    )
    min_term_papers: int = Field(
        3,
        gt=0,
        description="Papers that must have a term before its trend is counted, or spell an "
        "abbreviation out before it is taken for its long form.",
    )
    max_terms: int = Field(
        5_000,
        gt=0,
        description="Terms whose trends are counted, those of the most papers. Of 70,000 titles of "
        "one field the last one stands in some fifteen; tests hold for so many at once.",
    )
    nested_share: float = Field(
        0.75,
        gt=0,
        le=1,
        description="A term is a fragment when a longer one that holds it has so much of its "
        "papers: 'markov models' of 'hidden markov models', 'large language' of what follows.",
    )
    bound_share: float = Field(
        0.85,
        gt=0,
        le=1,
        description="A term is a fragment as well when so much of its papers have it only within "
        "longer phrases, whichever: adjectives and heads such as 'spoken' and 'network'.",
    )
    said_again: float = Field(
        0.2,
        ge=0,
        lt=1,
        description="Least share of a term's papers that say it twice or in the title. Half of the "
        "technical terms reach four tenths; 'wide range' and 'experimental results' up to .03.",
    )
    in_titles: float = Field(
        0.05,
        ge=0,
        lt=1,
        description="Least share of a term's papers that have it in the title. Style stays out of "
        "titles: 'probability mass', 'base model' and 'ablation studies' reach .05 nowhere.",
    )
    said_again_alone: float = Field(
        0.4,
        ge=0,
        lt=1,
        description="Least share of a single word's papers that say it twice, for a word says "
        "less by itself: 'purpose', 'benefits' and 'directions' reach .1 to .2, and title words "
        "such as 'unleashing' come once.",
    )
    in_titles_alone: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Least share of a single word's papers that have it in the title.",
    )
    written_so: float = Field(
        0.5,
        gt=0,
        le=1,
        description="A term is a name where so much of its papers write it with capitals or "
        "digits: most.",
    )
    same_papers: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Two terms are one where so much of the papers of either have both (Jaccard): "
        "what never comes apart has one course.",
    )
