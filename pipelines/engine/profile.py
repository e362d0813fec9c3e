"""What each stage of a run costs: time, processor, and the queries that Spark was asked."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Row = dict[str, Any]
# What it counted of a stage, and what stands in ops.stages of it.
_COSTS = ("seconds", "jvm_seconds", "python_seconds", "worker_seconds", "executions", "jobs",
            "stages")  # fmt: skip
_NOTED = ("rows_in", "rows_staged", "rows_new", "bytes")


class Profile:
    """The costs of a run's stages, measured one after the other.

    Attributes:
        rows: a row a stage: its name; seconds on the clock; seconds of processor of the JVM, of
            this process and of the JVM's Python workers; SQL executions, jobs and stages.
    """

    # No dataclass: Prefect looks into those among a flow's parameters, and may hand on a copy.
    def __init__(self) -> None:
        self.rows: list[Row] = []

    @contextmanager
    def of(self, spark: SparkSession, stage: str) -> Iterator[None]:
        """Measure what is done within."""
        first, before, clock = _executions(spark), _processor(spark), time.monotonic()
        try:
            yield
        finally:
            used = {name: value - before[name] for name, value in _processor(spark).items()}
            seconds = time.monotonic() - clock
            counts = _counts(spark, first)
            self.rows.append({"stage": stage, "seconds": seconds, **used, **counts})


def cost_rows(costs: Sequence[Row], stages: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The costs beside what the ledger says of the stages, and their sums in a last row."""
    noted = {row["stage"]: row for row in stages}
    rows = [
        {
            "stage": cost["stage"],
            **{name: round(cost[name], 2) for name in _COSTS},
            **{name: noted.get(cost["stage"], {}).get(name) or 0 for name in _NOTED},
        }
        for cost in costs
    ]
    sums = {name: round(sum(row[name] for row in rows), 2) for name in (*_COSTS, *_NOTED)}
    return [*rows, {"stage": "all", **sums}]


def _processor(spark: SparkSession) -> dict[str, float]:
    """Seconds of processor used so far."""
    jvm: Any = spark._jvm
    java = jvm.java.lang.ProcessHandle.current()
    duration = java.info().totalCpuDuration().orElse(None)
    workers = [worker.pid() for worker in java.descendants().toArray()]
    return {
        "jvm_seconds": duration.toMillis() / 1000 if duration is not None else 0.0,
        "python_seconds": time.process_time(),
        "worker_seconds": seconds_below(java.pid(), workers),
    }


def seconds_below(process: int, descendants: Sequence[int]) -> float:
    """Seconds of processor of what a process has started, ended or not; 0.0 without Linux's /proc.

    A process that has ended counts among the children of the one that waited for it.
    """
    (_, ended), *living = (_seconds(pid) for pid in (process, *descendants))
    return ended + sum(own + children for own, children in living)


def _seconds(pid: int) -> tuple[float, float]:
    """Seconds of processor of a process, and of its children that have ended (man 5 proc)."""
    with suppress(FileNotFoundError, ProcessLookupError):
        _, _, fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")
        ticks = [int(field) for field in fields.split()[11:15]]
        tick = os.sysconf("SC_CLK_TCK")
        return sum(ticks[:2]) / tick, sum(ticks[2:]) / tick
    return 0.0, 0.0


def _execution_store(spark: SparkSession) -> Any:
    """Spark's store of SQL executions, when it has heard of all that was done."""
    spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()
    shared: Any = spark._jsparkSession.sharedState()
    return shared.statusStore()


def _executions(spark: SparkSession) -> int:
    """Number of the next SQL execution."""
    known = _execution_store(spark).executionsList()
    return known.apply(known.size() - 1).executionId() + 1 if known.size() else 0


def _counts(spark: SparkSession, first: int) -> dict[str, int]:
    """SQL executions from this number on, with their jobs and stages."""
    store = _execution_store(spark).executionsList()
    executions = [store.apply(n) for n in range(store.size())]
    executions = [execution for execution in executions if execution.executionId() >= first]
    return {
        "executions": len(executions),
        "jobs": sum(execution.jobs().size() for execution in executions),
        "stages": sum(execution.stages().size() for execution in executions),
    }
