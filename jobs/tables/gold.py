"""Tables that people read: topics, trends, neighbours, scores."""

from __future__ import annotations

from collections.abc import Callable

from jobs.entities.words import KINDS
from jobs.tables.checks import UNIQUE_KEY, not_shrunk, some_rows
from jobs.tables.core import Check, Column, Facts, Measure, Rule, Severity, Table
from jobs.trends.classes import CLASSES, DOWN, UP

PERIOD_COLUMNS = (
    Column(
        "grain",
        "string",
        "length of the period: day, week (ISO), month, quarter or year",
    ),
    Column("period", "date", "first day of the period"),
    Column(
        "slice",
        "string",
        "papers looked at: all, or kind=name with feed, category, venue, language, country, "
        "institution or group (of authors, that a person has named)",
    ),
)

TOPICS = Table(
    "gold.topics",
    grain="one row a topic and version of the fit",
    key=("topic_id", "version"),
    columns=(
        Column("topic_id", "string", "stable id; a topic keeps it from fit to fit"),
        Column("version", "int", "number of the fit, from 1"),
        Column("model", "string", "embedding model whose vectors it is made of"),
        Column(
            "level",
            "int",
            "1 for an area, 2 for a field, 3 for a topic, which papers are given to",
        ),
        Column("label", "string", "name, of the phrases of its papers; unique within a version"),
        Column("found_label", "string", "the name before a person's decision"),
        Column("description", "string", "title of the paper that lies nearest to its middle"),
        Column(
            "terms",
            "array<struct<term:string,score:double>>",
            "most telling terms by class-based TF-IDF, best first",
        ),
        Column("centroid", "array<float>", "mean direction of its papers, of unit length"),
        Column(
            "threshold",
            "double",
            "least cosine to the centroid with which a paper fits",
        ),
        Column("cohesion", "double", "mean cosine of its papers to the centroid when it was made"),
        Column(
            "parent", "string", "field or area that it is part of; null for areas, or without any"
        ),
        Column("papers", "bigint", "papers that fitted it when it was made"),
        Column("fitted_as_of", "date", "day as of which it was found"),
        Column("fitted_papers", "bigint", "papers that there were then"),
        Column(
            "is_current",
            "boolean",
            "whether this is the version in use, and the topic neither merged, split nor hidden",
        ),
        Column("curated", "string", "a person's decision: renamed, merged, split or hidden"),
        Column("merged_into", "string", "the topic that a person merged it into"),
        Column("split_from", "string", "the topic that it is a part of by a person's decision"),
        Column("split_into", "int", "of a part: how many the person asked for"),
    ),
    rules=(
        Rule(
            "label_present",
            "length(trim(label)) > 0",
            Severity.CRITICAL,
            why="a topic without a name can be neither read nor searched",
        ),
        Rule(
            "threshold_in_range",
            "threshold between -1 and 1",
            Severity.CRITICAL,
            why="a cosine lies there; anything else lets all papers in, or none",
        ),
        Rule(
            "level_known",
            "level in (2, 3) or (level = 1 and parent is null)",
            Severity.CRITICAL,
            why="there are three levels, and the first has none above it",
        ),
        Rule(
            "terms_present",
            "size(terms) >= 3",
            Severity.WARNING,
            why="fewer terms name a topic by accident",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "labels_differ",
            Severity.WARNING,
            "Two topics of one version with one label cannot be distinguished.",
            Measure.ROWS_FOUND,
            query="SELECT version, label, count(*) AS topics FROM {batch} "
            "GROUP BY version, label HAVING count(*) > 1",
        ),
    ),
)

TOPIC_LINEAGE = Table(
    "gold.topic_lineage",
    grain="one row a pair of topics of two successive fits",
    key=("version", "old_topic_id", "new_topic_id"),
    columns=(
        Column("version", "int", "number of the later fit"),
        Column("old_topic_id", "string", "topic of the earlier fit; empty for born"),
        Column("new_topic_id", "string", "topic of the later fit; empty for died"),
        Column("relation", "string", "same, born, died, split or merged"),
        Column(
            "similarity",
            "double",
            "cosine of the two centroids; null for born and died",
        ),
        Column("shared_papers", "bigint", "papers that stand in both"),
    ),
    rules=(
        Rule(
            "relation_known",
            "relation in ('same', 'born', 'died', 'split', 'merged')",
            Severity.CRITICAL,
            why="readers follow topics by these five words",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "relations_known",
            Severity.WARNING,
            "Readers of the lineage know these words.",
            Measure.VALUES_AMONG,
            "relation",
            values=("same", "born", "died", "split", "merged"),
        ),
    ),
)

TOPIC_FITS = Table(
    "gold.topic_fits",
    grain="one row a fit of the topics, or look for new ones after it",
    key=("version", "looked_on"),
    columns=(
        Column("version", "int", "number of the fit, from 1"),
        Column("looked_on", "date", "day as of which papers were looked at"),
        Column("kind", "string", "fit, or residual: of the papers that fitted nothing"),
        Column("papers", "bigint", "papers that there were"),
        Column("topics", "int", "topics afterwards"),
        Column("areas", "int", "areas afterwards"),
        Column("born", "int", "topics that were not there before"),
        Column("residual_share", "double", "share of the papers that fit no topic afterwards"),
        Column(
            "npmi",
            "double",
            "coherence: mean normalised pointwise mutual information of the pairs of each topic's "
            "ten most telling words, by papers; -1 to 1",
        ),
        Column("diversity", "double", "share of different words among these; 0 to 1"),
        Column(
            "stability",
            "double",
            "mean adjusted Rand index of the topics with those of halves of the papers; 1 when "
            "equal, null for residual and where papers are too few",
        ),
        Column("sizes", "array<bigint>", "papers that fit each topic, the largest first"),
    ),
    rules=(
        Rule(
            "kind_known",
            "kind in ('fit', 'residual')",
            Severity.CRITICAL,
            why="the next look is counted from these rows",
        ),
        Rule(
            "residual_is_share",
            "residual_share between 0 and 1",
            Severity.CRITICAL,
            why="a share outside these bounds was divided by the wrong papers",
        ),
        Rule(
            "most_papers_fit",
            "residual_share <= 0.33",
            Severity.WARNING,
            why="when a third fits no topic, the topics no longer describe the papers",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "one_fit_a_version",
            Severity.CRITICAL,
            "A version is one fit; without it nobody knows from which day its topics are.",
            Measure.ROWS_FOUND,
            query="SELECT version, count_if(kind = 'fit') AS fits FROM {batch} "
            "GROUP BY version HAVING count_if(kind = 'fit') <> 1",
        ),
        Check(
            "topics_agree",
            Severity.WARNING,
            "Halves of the papers that give other topics say that the topics are chance.",
            Measure.ROWS_FOUND,
            query="SELECT version, looked_on, stability FROM {batch} WHERE stability < 0.5",
        ),
    ),
)

PAPER_TOPICS = Table(
    "gold.paper_topics",
    grain="one row a paper that has a vector",
    key=("paper_id",),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column(
            "topic_id",
            "string",
            "its topic in the current version; null when none fits",
        ),
        Column("similarity", "double", "cosine to the nearest topic; null without topics"),
        Column("fits", "boolean", "whether it has a topic: that cosine reaches its threshold"),
        Column("found_topic_id", "string", "its topic before a person merged, split or hid topics"),
    ),
    rules=(
        Rule(
            "fit_has_topic",
            "fits = (topic_id is not null)",
            Severity.CRITICAL,
            why="papers without a topic are a group of their own and not an accident",
        ),
    ),
    checks=(
        some_rows("Papers with vectors are held against the topics."),
        UNIQUE_KEY,
        Check(
            "most_fit",
            Severity.WARNING,
            "When a third fits no topic, the topics no longer describe the papers.",
            Measure.FILLED,
            "topic_id",
            least=0.67,
        ),
    ),
)

PERIOD_TOTALS = Table(
    "gold.period_totals",
    grain="one row a grain, period and slice: the denominators",
    key=("grain", "period", "slice"),
    columns=(
        *PERIOD_COLUMNS,
        Column("period_end", "date", "last day of the period"),
        Column("papers", "bigint", "papers dated in the period"),
        Column("papers_with_abstract", "bigint", "those of them that have an abstract"),
        Column("undated", "bigint", "papers of the slice that no feed dates: of no period"),
        Column(
            "is_complete",
            "boolean",
            "whether the feeds have delivered the period to its end, without holes",
        ),
        Column(
            "abstracts_differ",
            "boolean",
            "whether the share of papers with an abstract is off that of the whole slice",
        ),
        Column(
            "feeds_differ",
            "boolean",
            "whether a feed's share of the papers is off that in the whole slice",
        ),
        Column("feeds_started", "array<string>", "feeds whose first paper of the slice is here"),
        Column("feeds_stopped", "array<string>", "feeds that ended here, others going on"),
        Column(
            "terms_in",
            "string",
            "where the slice's terms are counted: title and abstract, or title where the share of "
            "papers with an abstract changes",
        ),
    ),
    rules=(
        Rule(
            "abstracts_within_papers",
            "papers_with_abstract between 0 and papers",
            Severity.CRITICAL,
            why="a part larger than the whole makes shares above one",
        ),
        Rule(
            "terms_in_known",
            "terms_in in ('title', 'title and abstract')",
            Severity.CRITICAL,
            why="a count of terms says where they were looked for",
        ),
    ),
    checks=(
        some_rows("Papers with dates fall into periods."),
        UNIQUE_KEY,
        not_shrunk(
            Severity.WARNING,
            "What is counted comes and goes a little at a time, not by the hundred.",
        ),
    ),
)

TERMS = Table(
    "gold.terms",
    grain="one row a term whose trends are counted",
    key=("term",),
    columns=(
        Column("term", "string", "the term by its commonest form, in lower case"),
        Column("written", "string", "the term for readers: names as most papers write them"),
        Column(
            "kind",
            "string",
            "subject, or mentioned: a name of a model, data set or tool that papers use and are "
            "not about",
        ),
        Column("broader", "string", "the broader term, where a thesaurus of one's own gives one"),
        Column(
            "variants",
            "array<string>",
            "its other forms: spellings, singular or plural, abbreviations that texts spell out, "
            "and terms that nearly the same papers have",
        ),
        Column("papers", "bigint", "papers that have it in title or abstract"),
    ),
    rules=(
        Rule(
            "kind_known",
            "kind in ('subject', 'mentioned')",
            Severity.CRITICAL,
            why="this word marks a topic or term that is only mentioned",
        ),
        Rule(
            "term_present",
            "length(trim(term)) > 1",
            Severity.CRITICAL,
            why="a term of one letter or none says nothing",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(Severity.WARNING, "Terms come and go a few at a time, not by the hundred."),
    ),
)

TERM_PAPERS = Table(
    "gold.term_papers",
    grain="one row a term and paper that has it: what the counts of terms rest on",
    key=("term", "paper_id"),
    columns=(
        Column("term", "string", "the term, as in gold.terms"),
        Column("paper_id", "string", "the paper"),
        Column("in_title", "boolean", "whether one of its forms stands in the title"),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(Severity.WARNING, "Papers keep their terms from run to run."),
    ),
)


def _words(names: tuple[str, ...]) -> str:
    """Names as a list of SQL texts."""
    return ", ".join(f"'{name}'" for name in names)


ENTITIES = Table(
    "gold.entities",
    grain="one row a model, data set, method, tool or task that papers name",
    key=("entity_id",),
    columns=(
        Column(
            "entity_id",
            "string",
            "what the spellings of its name share: lower case, without accents, hyphens, spaces, "
            "sizes (7B, base) and years; the same in every run",
        ),
        Column("name", "string", "its name as most papers write it"),
        Column("kind", "string", "model, dataset, method, tool or task"),
        Column(
            "kind_share",
            "double",
            "share of the votes on its kind that agree; that of a paper that introduces it has "
            "the weight of three",
        ),
        Column("variants", "array<string>", "its other spellings, the commonest first"),
        Column("papers", "bigint", "papers that name it"),
        Column("papers_introducing", "bigint", "those of them that introduce it"),
        Column("papers_using", "bigint", "those that use it, and do not introduce it"),
        Column("introduced_by", "string", "the first paper that introduces it; null for none"),
        Column("first_paper", "string", "the first dated paper that names it; null without one"),
        Column("first_on", "date", "day of that paper"),
    ),
    rules=(
        Rule(
            "kind_known",
            f"kind in ({_words(KINDS)})",
            Severity.CRITICAL,
            why="readers ask for entities by these words",
        ),
        Rule(
            "name_present",
            "length(trim(name)) > 1 and length(entity_id) > 1",
            Severity.CRITICAL,
            why="a name of one letter or none can be neither read nor found",
        ),
        Rule(
            "parts_within_papers",
            "papers_introducing + papers_using between 0 and papers",
            Severity.CRITICAL,
            why="a paper has one role for an entity",
        ),
        Rule(
            "kind_agreed",
            "kind_share >= 0.6",
            Severity.WARNING,
            why="a name on whose kind papers do not agree may be of two things",
            allowed=0.1,
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(Severity.WARNING, "Entities come and go a few at a time, not by the hundred."),
    ),
)

ROLES = ("introduces", "uses", "mentions")
"""What a paper does with an entity."""

ENTITY_PAPERS = Table(
    "gold.entity_papers",
    grain="one row an entity and paper that names it: what the counts of entities rest on",
    key=("entity_id", "paper_id"),
    columns=(
        Column("entity_id", "string", "the entity, as in gold.entities"),
        Column("paper_id", "string", "the paper"),
        Column("role", "string", "introduces, uses or mentions"),
        Column("in_title", "boolean", "whether it stands in the title"),
        Column("written", "string", "its name as the paper writes it"),
        Column("evidence", "string", "the words around it by which the paper has this role"),
    ),
    rules=(
        Rule(
            "role_known",
            f"role in ({_words(ROLES)})",
            Severity.CRITICAL,
            why="trends count by these words",
        ),
        Rule(
            "evidence_present",
            "length(trim(evidence)) > 0",
            Severity.WARNING,
            why="without the words around a name nobody can tell why it counts",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(Severity.WARNING, "Papers keep their entities from run to run."),
    ),
)


def _trends(name: str, entity: Column, *first: Callable[[Facts], Check]) -> Table:
    what = entity.name.removesuffix("_id")
    return Table(
        name,
        grain=f"one row {'an' if what == 'entity' else 'a'} {what}, grain, period and slice",
        key=(entity.name, "grain", "period", "slice"),
        columns=(
            entity,
            *PERIOD_COLUMNS,
            Column("n", "bigint", "papers of the period and slice that have it"),
            Column("papers", "bigint", "all papers of the period and slice"),
            Column("share", "double", "n / papers; null in a period without papers"),
            Column(
                "share_low",
                "double",
                "lower end of the share's 95 % interval (Wilson, 1927)",
            ),
            Column("share_high", "double", "upper end of the share's 95 % interval"),
            Column(
                "growth",
                "double",
                "natural logarithm of share / share of the periods before",
            ),
            Column(
                "growth_shrunk",
                "double",
                "the same, shrunk to 0 where counts are small",
            ),
            Column(
                "is_complete",
                "boolean",
                "whether the period is complete; if not, no trend",
            ),
        ),
        rules=(
            Rule(
                "part_of_whole",
                "n between 0 and papers",
                Severity.CRITICAL,
                why="a share is of the papers of its own period and slice",
            ),
            Rule(
                "share_in_interval",
                "share is null or share between share_low - 1e-9 and share_high + 1e-9",
                Severity.CRITICAL,
                why="an interval that leaves its own share out is computed wrongly",
            ),
        ),
        checks=(
            *first,
            UNIQUE_KEY,
            not_shrunk(
                Severity.WARNING,
                "What is counted comes and goes a little at a time, not by the hundred.",
            ),
        ),
    )


TOPIC_TRENDS = _trends(
    "gold.topic_trends",
    Column("topic_id", "string", "the topic"),
    some_rows("Topics with papers have shares."),
)
TERM_TRENDS = _trends("gold.term_trends", Column("term", "string", "the term, in lower case"))
ENTITY_TRENDS = _trends(
    "gold.entity_trends",
    Column("entity_id", "string", "the entity, of the papers that introduce or use it"),
)

_GRAIN, _SLICE = PERIOD_COLUMNS[0], PERIOD_COLUMNS[2]
_ENTITY = (
    Column("kind", "string", "what is tested: topic, term or entity"),
    Column("entity", "string", "the topic_id, the term or the entity_id"),
    _GRAIN,
    _SLICE,
)

STRENGTHS = ("established", "likely", "watch")
"""How sure a class is, the surest first; the classes that are no call have none."""
TESTED_PERIODS = 4
"""Complete periods that a test needs: with fewer no trend can be distinguished from chance."""


TREND_TESTS = Table(
    "gold.trend_tests",
    grain="one row a topic, term or entity, grain (but days) and slice",
    key=("kind", "entity", "grain", "slice"),
    columns=(
        *_ENTITY,
        Column("class", "string", ", ".join(CLASSES)),
        Column(
            "strength",
            "string",
            "established (under the false-discovery rate), likely (four of five sure), watch (more "
            "likely than not); null where the class is no call",
        ),
        Column(
            "rank",
            "int",
            "place by the test among those of kind, grain and slice that go the same way, 1 the "
            "surest; what was delivered, or one group of authors, may take its strength after that",
        ),
        Column("why", "string", "what was counted, of how many authors, and the first paper"),
        Column("horizon", "int", "recent periods that are compared with those before"),
        Column("baseline", "int", "periods before them"),
        Column("from_period", "date", "first of the complete periods compared"),
        Column("recent_from", "date", "first of the recent ones"),
        Column("to_period", "date", "last of them"),
        Column("began", "date", "period from which on it is more than a few chance uses"),
        Column("n", "bigint", "papers that have it in all complete periods"),
        Column("n_recent", "bigint", "papers that have it in the recent periods"),
        Column("papers_recent", "bigint", "all papers of the recent periods"),
        Column("n_before", "bigint", "papers that have it in the periods before"),
        Column("papers_before", "bigint", "all papers of the periods before"),
        Column(
            "change",
            "double",
            "natural logarithm of the ratio of the two shares, shrunk by what the others of its "
            "kind, grain and slice do (Stephens 2017); never outside its interval",
        ),
        Column("change_low", "double", "lower end of its 95 % interval"),
        Column("change_high", "double", "upper end of the interval"),
        Column("p_rose", "double", "probability that the share rose by trends.change_ratio"),
        Column("p_fell", "double", "probability that it fell by as much"),
        Column("lfsr", "double", "probability that the sign of change is wrong"),
        Column(
            "p_value",
            "double",
            "probability of counts this different without a change; null with too few papers",
        ),
        Column(
            "q_value",
            "double",
            "the same corrected for all of kind, grain and slice (Benjamini, Hochberg; Storey)",
        ),
        Column(
            "q_presence",
            "double",
            "q-value of the test that it occurs only, or no longer, in the last periods",
        ),
        Column("burst_since", "date", "first period of a certain burst that still lasts"),
        Column(
            "author_groups",
            "int",
            "groups of authors who share no paper, of its recent papers; in the slice all",
        ),
        Column("first_title", "string", "title of its first paper"),
        Column("first_on", "date", "day of its first paper"),
        Column(
            "coverage",
            "string",
            "what changed within the periods compared: feeds, abstracts, both, or null",
        ),
        Column("is_explained", "boolean", "whether the change of feeds explains what was found"),
    ),
    rules=(
        Rule(
            "class_known",
            f"class in ({_words(CLASSES)})",
            Severity.CRITICAL,
            why="readers ask for trends by these words",
        ),
        Rule(
            "call_has_strength",
            f"(class in ({_words(UP + DOWN)})) = (strength is not null)"
            f" and coalesce(strength in ({_words(STRENGTHS)}), true)",
            Severity.CRITICAL,
            why="a call says how sure it is, and what is no call has nothing to be sure of",
        ),
        Rule(
            "correction_only_raises",
            "q_value is null or q_value between p_value - 1e-9 and 1",
            Severity.CRITICAL,
            why="a chance corrected for many tests is never less than that of one",
        ),
        Rule(
            "change_in_interval",
            "change is null or change between change_low and change_high",
            Severity.CRITICAL,
            why="an interval that leaves its own change out is computed wrongly",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(
            Severity.WARNING,
            "What is tested comes and goes a little at a time, not by the hundred.",
        ),
    ),
)

BURSTS = Table(
    "gold.bursts",
    grain="one row a burst of a topic, term or entity, by grain and slice",
    key=("kind", "entity", "grain", "slice", "begins"),
    columns=(
        *_ENTITY,
        Column("begins", "date", "first period of the burst"),
        Column("last", "date", "last period of the burst; if open, the last complete one"),
        Column("is_open", "boolean", "whether it lasts in the last complete period"),
        Column("periods", "int", "complete periods with papers that it spans"),
        Column("n", "bigint", "papers that have the entity in the burst"),
        Column("papers", "bigint", "all papers of the slice in the burst"),
        Column("share", "double", "n / papers"),
        Column(
            "weight",
            "double",
            "log-likelihood of the burst's share over the usual one; compares across entities",
        ),
        Column("q_value", "double", "chance of such a weight, corrected for all entities"),
        Column("macd", "double", "highest of the MACD histogram of the share within the burst"),
        Column("macd_agrees", "boolean", "whether that is above 0: the share rises there too"),
    ),
    rules=(
        Rule(
            "in_order",
            "begins <= last",
            Severity.CRITICAL,
            why="a burst that ends before it begins is none",
        ),
        Rule(
            "weighs",
            "weight > 0",
            Severity.CRITICAL,
            why="a burst is likelier than the usual share",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(Severity.WARNING, "Bursts that are over stay; new ones come a few at a time."),
    ),
)

FORECASTS = Table(
    "gold.forecasts",
    grain="one row a topic, grain (but days), slice and number of periods ahead",
    key=("topic_id", "grain", "slice", "ahead"),
    columns=(
        Column("topic_id", "string", "the topic"),
        _GRAIN,
        _SLICE,
        Column("ahead", "int", "periods after the last complete one, from 1"),
        Column("period", "date", "first day of that period"),
        Column(
            "beats_naive",
            "boolean",
            "whether forecasts so far ahead erred a tenth less than naive ones, and certainly "
            "less; if not, nothing is forecast",
        ),
        Column("share", "double", "share of the papers that is forecast; null where it is not"),
        Column("share_low", "double", "lower end of the 95 % interval of such a share"),
        Column("share_high", "double", "upper end of the interval"),
        Column(
            "method",
            "string",
            "what erred least: level, damped trend, level and season (exponential smoothing), or "
            "season before",
        ),
        Column(
            "error",
            "double",
            "mean absolute error of its past forecasts so far ahead, each from what was known then",
        ),
        Column(
            "naive_error",
            "double",
            "the same of the last share, or the mean of all so far, whichever erred less",
        ),
        Column("origins", "int", "periods from which past forecasts were tried"),
        Column("p_value", "double", "chance that naive forecasts are no worse (Diebold, Mariano)"),
        Column(
            "q_value",
            "double",
            "the same corrected for all topics of grain and slice (Benjamini, Hochberg)",
        ),
    ),
    rules=(
        Rule(
            "share_in_interval",
            "if(beats_naive, 0 <= share_low and share_low <= share and share <= share_high "
            "and share_high <= 1, share is null and share_low is null and share_high is null)",
            Severity.CRITICAL,
            why="a forecast is a share with an interval, and where it is no better than naive none",
        ),
        Rule(
            "errs_less_than_naive",
            "not beats_naive or error < naive_error",
            Severity.CRITICAL,
            why="a forecast that the last share would have beaten misleads",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(
            Severity.WARNING,
            "Topics come and go a few at a time, and what was once long enough stays so.",
        ),
    ),
)

NEIGHBORS = Table(
    "gold.neighbors",
    grain="one row a paper and rank",
    key=("paper_id", "rank"),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column("rank", "int", "place of the neighbour, from 1, the nearest"),
        Column("neighbor_id", "string", "paper_id of the neighbour"),
        Column("cosine", "double", "cosine of the two vectors"),
        Column("is_earlier", "boolean", "whether the neighbour is dated before the paper"),
    ),
    rules=(
        Rule(
            "not_itself",
            "paper_id <> neighbor_id",
            Severity.CRITICAL,
            why="every paper is nearest to itself, which says nothing",
        ),
        Rule(
            "cosine_in_range",
            "cosine between -1.001 and 1.001",
            Severity.CRITICAL,
            why="beyond lies no cosine of unit vectors",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "neighbors_vary",
            Severity.WARNING,
            "A few papers that are everyone's neighbours are hubs, not likeness.",
            Measure.UNIQUE,
            "neighbor_id",
            least=0.02,
        ),
    ),
)

CELLS = Table(
    "gold.cells",
    grain="one row a day of the fit and cell, a part of the space where near papers lie together",
    key=("fitted_as_of", "cell"),
    columns=(
        Column("fitted_as_of", "date", "day as of which the cells were made; the last stand"),
        Column("cell", "int", "number of the cell, from 0"),
        Column("model", "string", "model of the vectors, as in silver.embeddings"),
        Column("centroid", "array<float>", "mean direction of its papers, of unit length"),
        Column("probes", "int", "cells that a paper looks into; all of them: an exact search"),
        Column("per_paper", "int", "neighbours kept of a paper"),
        Column("fitted_papers", "bigint", "papers that there were when the cells were made"),
    ),
    rules=(
        Rule(
            "centroid_is_unit",
            "abs(aggregate(centroid, 0D, (sum, x) -> sum + x * x) - 1) < 0.001",
            Severity.CRITICAL,
            why="a longer centroid is nearest to papers that are not its own",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        some_rows("Papers with vectors lie in cells; none means that none has one."),
    ),
)

PAPER_CELLS = Table(
    "gold.paper_cells",
    grain="one row a paper whose neighbours have been searched",
    key=("paper_id",),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column("cell", "int", "its cell, that of the nearest centroid"),
        Column("text_digest", "string", "the text whose vector was searched with"),
        Column("fitted_as_of", "date", "day as of which the cells searched were made"),
    ),
    rules=(
        Rule(
            "in_a_cell",
            "cell >= 0",
            Severity.CRITICAL,
            why="a paper in no cell is found by none",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(
            Severity.WARNING,
            "A paper that has been searched stays so, but for merges and withdrawals.",
        ),
    ),
)

_PLACE = (
    Column("x", "double", "place from left to right, -1 to 1; only nearness has a meaning"),
    Column("y", "double", "place from bottom to top, -1 to 1"),
)
_ON_THE_MAP = Rule(
    "on_the_map",
    "x between -1 and 1 and y between -1 and 1",
    Severity.CRITICAL,
    why="what lies beyond the map is drawn by no reader",
)

LANDMARKS = Table(
    "gold.landmarks",
    grain="one row a landmark of the map: a paper by which others are placed",
    key=("paper_id",),
    columns=(
        Column("paper_id", "string", "the paper that it was when the map was laid out"),
        Column("model", "string", "model of the vectors, as in silver.embeddings"),
        Column("version", "int", "fit of the topics with which the layout stays"),
        Column("vector", "array<float>", "vector of the paper then, of unit length"),
        *_PLACE,
        Column("drawn_from", "bigint", "papers that the landmarks were drawn from"),
    ),
    rules=(
        _ON_THE_MAP,
        Rule(
            "vector_is_unit",
            "abs(aggregate(vector, 0D, (sum, x) -> sum + x * x) - 1) < 0.001",
            Severity.CRITICAL,
            why="a longer landmark draws papers that are not near to it",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(
            Severity.WARNING, "Landmarks are as many as before, unless the settings say fewer."
        ),
    ),
)

MAP = Table(
    "gold.map",
    grain="one row a paper that has a place in the plane",
    key=("paper_id",),
    columns=(Column("paper_id", "string", "the paper"), *_PLACE),
    rules=(_ON_THE_MAP,),
    checks=(
        UNIQUE_KEY,
        not_shrunk(
            Severity.WARNING, "A paper that has a place keeps it, but for merges and withdrawals."
        ),
    ),
)

SCORES = Table(
    "gold.scores",
    grain="one row a paper and day as of which it was scored",
    key=("paper_id", "as_of"),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column("as_of", "date", "day as of which the score looks"),
        Column("score", "double", "trending score, 0 to 1: weighted sum of the five parts"),
        Column("votes", "bigint", "votes that a feed had counted by then; null without"),
        Column(
            "votes_part",
            "double",
            "share of papers of its age with fewer votes, halved each half-life, or null",
        ),
        Column(
            "citations_part",
            "double",
            "share of papers of its age that held papers cited less a day in the last year; null "
            "where nothing tells those of its age apart, as without references",
        ),
        Column(
            "recency_part",
            "double",
            "freshness: 1 for a paper dated as_of, halved each half-life",
        ),
        Column(
            "neighbors_part",
            "double",
            "mean over its neighbours of cosine times freshness, 0 to 1",
        ),
        Column(
            "terms_part",
            "double",
            "mean rise of its three fastest rising terms, 1 - share before / share now",
        ),
        Column(
            "novelty",
            "double",
            "share of the month's papers that are nearer to earlier ones; no part of score",
        ),
        Column(
            "distance",
            "double",
            "1 less the mean cosine to its nearest earlier papers, which novelty ranks",
        ),
    ),
    rules=(
        Rule(
            "score_in_range",
            "score between 0 and 1",
            Severity.CRITICAL,
            why="scores of different days are compared",
        ),
        Rule(
            "parts_in_range",
            "coalesce(votes_part, 0) between 0 and 1 and recency_part between 0 and 1 "
            "and neighbors_part between 0 and 1 and terms_part between 0 and 1 "
            "and coalesce(citations_part, 0) between 0 and 1",
            Severity.CRITICAL,
            why="each part has its weight only within its range",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        Check(
            "scores_tell_apart",
            Severity.WARNING,
            "A score that most papers share ranks nothing.",
            Measure.UNIQUE,
            "score",
            least=0.2,
        ),
    ),
)

CITATION_COUNTS = Table(
    "gold.citation_counts",
    grain="one row a paper that is cited by papers of the feeds",
    key=("paper_id",),
    columns=(
        Column("paper_id", "string", "the paper that is cited"),
        Column(
            "cited_by",
            "bigint",
            "papers shown by the day of the run that cite it, each once; withdrawn ones and "
            "notices are left out",
        ),
        Column(
            "cited_by_last_year",
            "bigint",
            "those of them that are dated in the 365 days that end with the day of the run",
        ),
        Column(
            "first_cited_on",
            "date",
            "day of the first of them; null where no feed dates any of them",
        ),
        Column("last_cited_on", "date", "day of the last of them; null likewise"),
    ),
    rules=(
        Rule(
            "is_cited",
            "cited_by > 0",
            Severity.CRITICAL,
            why="a paper that is not cited has no row",
        ),
        Rule(
            "last_year_within_all",
            "cited_by_last_year between 0 and cited_by",
            Severity.CRITICAL,
            why="a part larger than the whole is counted wrongly",
        ),
        Rule(
            "days_in_order",
            "first_cited_on is null or first_cited_on <= last_cited_on",
            Severity.CRITICAL,
            why="the first citation cannot come after the last",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(
            Severity.WARNING,
            "A cited paper stays cited; where many no longer are, references were lost.",
        ),
    ),
)

PAIR_KINDS = ("country", "institution")
PAIR_GRAINS = ("month", "quarter", "year")
"""Periods in which pairs are counted; in shorter ones nearly every pair has one paper."""
MOST_MEMBERS = 100
"""Countries, institutions or authors of a paper whose pairs are counted. Their number grows as the
square: a thousand institutions of one experiment make half a million pairs, which say only that
they signed the same paper."""

COLLABORATIONS = Table(
    "gold.collaborations",
    grain="one row a pair of countries or institutions with papers together, and period",
    key=("kind", "a", "b", "grain", "period"),
    columns=(
        Column("kind", "string", "country or institution"),
        Column(
            "a",
            "string",
            "the first of the two in alphabetical order: a code of ISO 3166-1, or scheme:id as "
            "in silver.institutions",
        ),
        Column("b", "string", "the other"),
        Column("grain", "string", "length of the period: month, quarter or year"),
        Column("period", "date", "first day of the period"),
        Column(
            "papers",
            "bigint",
            "papers of both, each counted whole; withdrawn ones and notices are left out, and "
            "those of more than 100 countries or institutions",
        ),
        Column(
            "weight",
            "double",
            "the same, each counted as 1 / (n - 1) for n countries or institutions of the paper",
        ),
    ),
    rules=(
        Rule(
            "in_order",
            "a < b",
            Severity.CRITICAL,
            why="a pair that stands in both orders is counted twice",
        ),
        Rule(
            "kind_known",
            f"kind in {PAIR_KINDS}",
            Severity.CRITICAL,
            why="readers ask for one kind",
        ),
        Rule(
            "weight_within_papers",
            "weight > 0 and weight <= papers + 1e-6",
            Severity.CRITICAL,
            why="a paper weighs no more than one in a pair",
        ),
    ),
    checks=(
        UNIQUE_KEY,
        not_shrunk(
            Severity.WARNING,
            "Who wrote together once has done so for good; pairs that vanish were lost.",
        ),
    ),
)

TABLES = (
    COLLABORATIONS,
    CITATION_COUNTS,
    TOPICS,
    TOPIC_LINEAGE,
    TOPIC_FITS,
    PAPER_TOPICS,
    PERIOD_TOTALS,
    TOPIC_TRENDS,
    TERMS,
    TERM_PAPERS,
    TERM_TRENDS,
    ENTITIES,
    ENTITY_PAPERS,
    ENTITY_TRENDS,
    TREND_TESTS,
    BURSTS,
    FORECASTS,
    NEIGHBORS,
    CELLS,
    PAPER_CELLS,
    LANDMARKS,
    MAP,
    SCORES,
)
