"""What each stage of a run costs: time, processor, and the queries that Spark was asked."""

from __future__ import annotations

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
            "stages", "shuffle_bytes")  # fmt: skip
# Of these no sum says anything: the last row has the highest.
_PEAKS = ("heap_bytes", "python_bytes")
_NOTED = ("rows_in", "rows_staged", "rows_new", "bytes")

# Linux's: see proc(5).
_STATUS, _CLEAR_REFS, _RESET_PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs"), "5"


class Profile:
    """The costs of a run's stages, measured one after the other.

    Attributes:
        rows: a row a stage: its name; seconds on the clock; seconds of processor of the JVM, of
            this process and of the Python workers that live; SQL executions, jobs and stages;
            bytes that executors wrote for shuffles; and the peaks of the driver's memory, the
            JVM's heap with what is no longer used in it, and what this process has resident.
    """

    # No dataclass: Prefect looks into those among a flow's parameters, and may hand on a copy.
    def __init__(self) -> None:
        self.rows: list[Row] = []

    @contextmanager
    def of(self, spark: SparkSession, stage: str) -> Iterator[None]:
        """Measure what is done within."""
        _forget_peaks(spark)
        first, before, workers = _executions(spark), _used(spark), _workers(spark)
        clock = time.monotonic()
        try:
            yield
        finally:
            used = {name: value - before[name] for name, value in _used(spark).items()}
            seconds = time.monotonic() - clock
            # What one used that has ended meanwhile nobody tells any more.
            used["worker_seconds"] = sum(
                max(0.0, seconds_now - workers.get(process, 0.0))
                for process, seconds_now in _workers(spark).items()
            )
            counts = _counts(spark, first)
            cost = {"stage": stage, "seconds": seconds, **used, **counts, **_peaks(spark)}
            self.rows.append(cost)


def cost_rows(costs: Sequence[Row], stages: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The costs beside what the ledger says of the stages, and their sums in a last row."""
    noted = {row["stage"]: row for row in stages}
    rows = [
        {
            "stage": cost["stage"],
            **{name: round(cost[name], 2) for name in (*_COSTS, *_PEAKS)},
            **{name: noted.get(cost["stage"], {}).get(name) or 0 for name in _NOTED},
        }
        for cost in costs
    ]
    sums = {name: round(sum(row[name] for row in rows), 2) for name in (*_COSTS, *_NOTED)}
    peaks = {name: max((row[name] for row in rows), default=0) for name in _PEAKS}
    return [*rows, {"stage": "all", **sums, **peaks}]


def _used(spark: SparkSession) -> dict[str, float]:
    """Processor and shuffle used so far, without that of Python workers."""
    jvm: Any = spark._jvm
    java = jvm.java.lang.ProcessHandle.current()
    return {
        "jvm_seconds": _cpu_seconds(java),
        "python_seconds": time.process_time(),
        "shuffle_bytes": _shuffle_bytes(spark),
    }


def _workers(spark: SparkSession) -> dict[int, float]:
    """Seconds of processor that each Python worker has used, by its process."""
    jvm: Any = spark._jvm
    workers = jvm.java.lang.ProcessHandle.current().descendants().toArray()
    return {worker.pid(): _cpu_seconds(worker) for worker in workers}


def _cpu_seconds(process: Any) -> float:
    duration = process.info().totalCpuDuration().orElse(None)
    return duration.toMillis() / 1000 if duration is not None else 0.0


def _shuffle_bytes(spark: SparkSession) -> int:
    """Bytes that all executors have written for shuffles, those that are gone with them."""
    executors = spark.sparkContext._jsc.sc().statusStore().executorList(False)
    return sum(executors.apply(n).totalShuffleWrite() for n in range(executors.size()))


def _heap_pools(spark: SparkSession) -> list[Any]:
    jvm: Any = spark._jvm
    pools = jvm.java.lang.management.ManagementFactory.getMemoryPoolMXBeans()
    return [pool for pool in pools if pool.getType().name() == "HEAP"]


def _forget_peaks(spark: SparkSession) -> None:
    for pool in _heap_pools(spark):
        pool.resetPeakUsage()
    with suppress(OSError):  # a kernel that does not let it: the peak is then of the whole run
        _CLEAR_REFS.write_text(_RESET_PEAK, encoding="ascii")


def _peaks(spark: SparkSession) -> dict[str, int]:
    """The highest that the driver's memory was since the peaks were forgotten."""
    status = _STATUS.read_text(encoding="ascii") if _STATUS.exists() else ""
    resident = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0")
    return {
        "heap_bytes": sum(pool.getPeakUsage().getUsed() for pool in _heap_pools(spark)),
        "python_bytes": int(resident.split()[1]) * 1024,
    }


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
