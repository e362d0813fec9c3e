"""The gate: Great Expectations over one staged table, before anyone can see it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import great_expectations as gx
import pyarrow as pa
from great_expectations.checkpoint import UpdateDataDocsAction
from great_expectations.data_context import AbstractDataContext
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation import Expectation
from pyspark.sql import DataFrame

from jobs.tables.core import STAGED_KEY, Severity, Table

SITE = "papertide"
_LARGE, _SMALL = "staging", "small staging"


@dataclass(frozen=True)
class Result:
    """One expectation's outcome: its name in the suite, whether it was met, and what was seen.

    `measured` says what of, and the bounds. `error` is empty unless it could not be judged.
    """

    name: str
    severity: Severity
    met: bool
    observed: str
    why: str
    measured: str
    error: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the gate says of one staged table, and where its Data Docs page is."""

    table: str
    results: tuple[Result, ...]
    docs: str

    @property
    def failures(self) -> tuple[Result, ...]:
        """The critical expectations that were not met: any of them stops the run."""
        return self._unmet(Severity.CRITICAL)

    @property
    def warnings(self) -> tuple[Result, ...]:
        """The warning expectations that were not met."""
        return self._unmet(Severity.WARNING)

    def _unmet(self, severity: Severity) -> tuple[Result, ...]:
        return tuple(r for r in self.results if not r.met and r.severity is severity)


def _view(name: str) -> dict[str, str]:
    return {"module_name": "expectations.pages", "class_name": name}


def open_context(docs: Path) -> AbstractDataContext:
    """A Great Expectations context for one run, its Data Docs below the folder `docs`."""
    # It sets its own level, and tells of every temporary folder.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    for name in list(context.get_site_names()):
        context.delete_data_docs_site(name)
    site: Any = {  # the type it declares lacks keys that it reads
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "view": _view("IndexView")},
        "site_section_builders": {
            "expectations": {"view": _view("PageView")},
            "validations": {"view": _view("PageView")},
            "profiling": "none",
        },
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(docs),
        },
    }
    context.add_data_docs_site(SITE, site)
    context.data_sources.add_pandas(_SMALL)
    return context


def validate(
    context: AbstractDataContext,
    stage: str,
    table: Table,
    staged: DataFrame | pa.Table,
    suite: Sequence[Expectation],
) -> Verdict:
    """Hold the rows that `stage` staged of `table` against `suite`; write the Data Docs page.

    Rows in Arrow are judged in pandas, by their columns that the suite names; SQL of the suite is
    asked of `expectations.small.asking`, which must be open.
    """
    name = f"{table.name}.{stage}"  # several stages may write one table
    is_small = isinstance(staged, pa.Table)
    rows = _columns_of(staged, suite) if is_small else staged
    if not is_small and _LARGE not in context.data_sources.all():
        # Not persisted: a cached frame a batch would stay behind in the session.
        context.data_sources.add_spark(_LARGE, persist=False)
    source: Any = context.data_sources.get(_SMALL if is_small else _LARGE)
    with suppress(LookupError):  # of an attempt before this one
        source.delete_asset(name)
    batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("staged")
    definition = context.validation_definitions.add_or_update(
        gx.ValidationDefinition(
            name=name,
            data=batch,
            suite=context.suites.add_or_update(gx.ExpectationSuite(name, expectations=list(suite))),
        )
    )
    checkpoint = context.checkpoints.add_or_update(
        gx.Checkpoint(
            name=name,
            validation_definitions=[definition],
            actions=[UpdateDataDocsAction(name="data docs", site_names=[SITE])],
            result_format="SUMMARY",
        )
    )
    outcome = checkpoint.run(batch_parameters={"dataframe": rows})
    ((identifier, validated),) = outcome.run_results.items()
    pages = context.get_docs_sites_urls(resource_identifier=identifier, site_name=SITE)
    return Verdict(
        table=table.name,
        results=tuple(_result(item) for item in validated.results),
        docs=str(pages[0]["site_url"]),
    )


def _columns_of(staged: pa.Table, suite: Sequence[Expectation]) -> Any:
    """The columns that the suite names, and the key, which has a value in every row."""
    names = {STAGED_KEY, *(getattr(expected, "column", None) for expected in suite)}
    return staged.select([name for name in staged.column_names if name in names]).to_pandas()


def _result(item: Any) -> Result:
    config = item.expectation_config
    error = _error(item.exception_info or {})
    value = item.result.get("observed_value")
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return Result(
        name=str(config.meta["name"]),
        severity=Severity(str(getattr(config.severity, "value", config.severity))),
        met=bool(item.success),
        observed=f"could not be judged: {error}" if error else text,
        why=str(config.notes),
        measured=_measured(config.meta["measure"], config.kwargs),
        error=error,
    )


def _measured(measure: str, arguments: Mapping[str, Any]) -> str:
    """What an expectation measures, and between which bounds."""
    bounds = (("at least", arguments.get("min_value")), ("at most", arguments.get("max_value")))
    said = (f"{word} {bound:.6g}" for word, bound in bounds if bound is not None)
    return ", ".join((measure, *said))


def _error(info: Mapping[str, Any]) -> str:
    """What was raised: by the expectation itself, or by a measure that it takes."""
    each = (info, *(nested for nested in info.values() if isinstance(nested, Mapping)))
    messages = (str(one.get("exception_message") or "") for one in each)
    return next(filter(None, messages), "")
