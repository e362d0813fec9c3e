"""How well identity finds the records of one work, on sets whose answer is known.

Every set goes the way of a run, with the one configuration that is given; labels only count. Pairs
are taken over whole papers, so that a chain of joins answers for all that it ties together. A set
that is not at hand is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from pyspark.sql import SparkSession

from conf import Config
from jobs.session import build_session
from pipelines.evaluate import Measure
from pipelines.evaluate.identity_feeds import feeds
from pipelines.evaluate.identity_sample import sample
from pipelines.evaluate.identity_sets import LABELLED
from pipelines.evaluate.pairs import score_pairs
from pipelines.evaluate.resolving import records_of, resolve_all
from storage.home import home

AIMS = {"dblp-acm": 0.985, "cora": 0.90}


def evaluate(data: Path, config: Config) -> Iterator[Measure]:
    """Precision, recall and F1 of labelled sets; shares found and kept apart of the others.

    Args:
        data: folder with `gold/` and `feeds/`.
    """
    spark = build_session(config.session, home())
    for name in LABELLED:
        if (data / "gold" / name).is_dir():
            yield from _measure_labelled(spark, name, data / "gold" / name, config)
    yield from sample(spark, config)
    if (data / "feeds").is_dir():
        yield from feeds(spark, data / "feeds", config)


def _measure_labelled(
    spark: SparkSession, name: str, gold: Path, config: Config
) -> Iterator[Measure]:
    """The scores of a labelled set; where it has two feeds, of pairs across them."""
    with TemporaryDirectory(prefix="papertide-") as folder:
        data_set = LABELLED[name](gold, Path(folder))
        resolution = resolve_all(records_of(spark, data_set.feeds, config), config)
    source_of = {record: feed for feed in data_set.feeds for record in resolution.of_feed(feed)}
    across = source_of.__getitem__ if len(data_set.feeds) > 1 else None
    score = score_pairs(resolution.papers, resolution.pairs(data_set.pairs), across)
    yield from score.measures(name, AIMS[name])
