"""Settings of every stage, stated once; conf/ composes them into the one model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """Base of all settings: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SessionSettings(Settings):
    """The Spark session."""

    master: str = Field(
        "local[*]", description="Spark master: local[n], spark://…, yarn, k8s://…; all cores here."
    )
    driver_memory: str = Field(
        "2g",
        description="Heap of the driver, which in local mode does the work; with the vectors' "
        "native memory beside it a run of some thousand papers stays under 4 GiB.",
    )
    shuffle_partitions: int = Field(
        4,
        gt=0,
        description="Partitions of a shuffle, at most: small ones are joined as Spark sees their "
        "size. Two to three times the cores.",
    )
    spark: dict[str, str] = Field({}, description="Further settings of Spark, as they stand.")


class IngestSettings(Settings):
    """Limits of reading files."""

    max_file_bytes: int = Field(
        128 * 1024**2,
        gt=0,
        description="A larger file is not read, bytes. One file is held whole by one core, three "
        "times over (Spark, Arrow, Python); the largest known single deliveries are under 50 MB.",
    )
    max_text_bytes: int = Field(
        512 * 1024**2,
        gt=0,
        description="A file that decompresses to more is not read, bytes. Metadata shrink to a "
        "third or fourth; what shrinks much more is meant to fill the memory.",
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
        description="Number of topics to look for. By default the square root of half the papers.",
    )
    max_topics: int = Field(
        100,
        ge=2,
        le=1000,
        description="Most topics of one fit when their number follows from the papers. More than a "
        "hundred names nobody reads; centroids are held by the driver, 1.5 kB each.",
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
    fit_papers: int = Field(
        20_000,
        ge=2,
        description="Most papers that a fit looks at; a larger corpus is sampled by the hash of "
        "paper_id. One task holds them, 4 kB each; 200 papers a topic place its centroid well.",
    )
    restarts: int = Field(
        5, ge=1, description="Fits from different seeds, of which the best is kept."
    )
    iterations: int = Field(
        50, ge=1, description="Most rounds of one fit; it settles after 15 to 40 in practice."
    )
    seed: int = Field(20_010_101, ge=0, description="Seed of the fits. Any number will do.")
    fit_quantile: float = Field(
        0.05,
        ge=0,
        lt=1,
        description="Share of a topic's own papers, the farthest from its centroid, that count as "
        "not fitting; the cosine of the rest is what a later paper has to reach.",
    )
    refit_growth: float = Field(
        1.5,
        gt=1,
        description="Topics are fitted anew when there are so many times the papers of the last "
        "fit. Until then new papers go to the topics that are there, so that trends hold still.",
    )
    same_topic: float = Field(
        0.6,
        gt=0,
        le=1,
        description="A topic of a new fit is the old one if the mean of their centroids' cosine and "
        "of the share of their papers in common (Jaccard) is at least this. Two equal topics with "
        "half of their papers in common (one third) then need a cosine of .87.",
    )
    related_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="A new topic is split from an old one that so much of its papers came from, an "
        "old one merged into a new one that so much of its papers went to: half, so one at most.",
    )
    terms_per_topic: int = Field(
        10, ge=3, description="Terms kept for each topic: what fits on a line or two."
    )
    label_terms: int = Field(3, ge=1, description="Terms in a topic's label.")
    max_term_share: float = Field(
        0.25,
        gt=0,
        le=1,
        description="A term in a larger share of all papers describes the corpus, not a topic.",
    )


class EmbedSettings(Settings):
    """How texts are embedded."""

    max_tokens: int = Field(
        256,
        ge=8,
        le=512,
        description="Word pieces that are read of a text; the model was trained with 256, and has "
        "positions for 512.",
    )
    batch_size: int = Field(
        1,
        gt=0,
        description="Texts that go through the model together. One: nothing is padded, which on "
        "processors is faster, and a vector's last bits do not depend on its neighbours.",
    )
