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
            "stages", "shuffle_bytes")  # fmt: skip
# Of these no sum says anything: the last row has the highest.
_PEAKS = ("heap_bytes", "python_bytes")
_NOTED = ("rows_in", "rows_staged", "rows_new", "bytes")

# Linux's: see proc(5).
_TICKS = os.sysconf("SC_CLK_TCK")
_STATUS, _CLEAR_REFS, _RESET_PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs"), "5"


class Profile:
    """The costs of a run's stages, measured one after the other.

    Attributes:
        rows: a row a stage: its name; seconds on the clock; seconds of processor of the JVM, of
            this process and of Spark's Python workers; SQL executions, jobs and stages;
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
        first, before, clock = _executions(spark), _used(spark), time.monotonic()
        try:
            yield
        finally:
            used = {name: value - before[name] for name, value in _used(spark).items()}
            seconds = time.monotonic() - clock
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
    """Processor and shuffle used so far."""
    jvm: Any = spark._jvm
    java = jvm.java.lang.ProcessHandle.current()
    own, ended = _cpu_seconds(java.pid())
    workers = [_cpu_seconds(worker.pid()) for worker in java.descendants().toArray()]
    return {
        "jvm_seconds": own,
        "python_seconds": time.process_time(),
        "worker_seconds": ended + sum(map(sum, workers)),
        "shuffle_bytes": _shuffle_bytes(spark),
    }


def _cpu_seconds(process: int) -> tuple[float, float]:
    """Seconds of processor of a process, and of those below it that have ended."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
    except OSError:  # it has ended meanwhile: whoever started it knows
        return 0.0, 0.0
    user, system, user_below, system_below = map(int, stat.rpartition(")")[2].split()[11:15])
    return (user + system) / _TICKS, (user_below + system_below) / _TICKS


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
