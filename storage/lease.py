"""The lease of a warehouse elsewhere: the one run that may write, whichever machine it is on.

It is a Delta table beside the others, `_writer`, without rows: each commit says who holds the
lease. The store takes a commit only as the next one after the commit that its writer has seen, so
that of two who reach for the lease one gets it. Its version then is the holder's epoch. Who holds
it says so again and again; who was silent for long is taken to be gone, by the clock, and a process
of this machine that was killed is gone at once. A clock may be wrong and a process may sleep:
therefore every publication asks whether the lease is still held, and goes into the ledger under the
epoch, which no later one lets pass.

A process that wakes when it has lost the lease may still write down what it means to publish.
Therefore who takes the lease first finishes what others had begun, and then says that all is
cleared up: what comes after that under an earlier epoch is late, and nothing of it is published.
"""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from storage.delta_log import PATIENT, open_delta
from storage.errors import PapertideError

SILENT_SECONDS = 120.0
"""A holder that has said nothing for so long is gone."""
_RENEWED_SECONDS = SILENT_SECONDS / 4
_LOOK_SECONDS = 1.0
_APP, _CLEARED = "papertide/writer", "papertide/cleared"
_HOLDER, _SPACE = "holder", "space"
_BOOT = Path("/proc/sys/kernel/random/boot_id")  # machines may share a name, and start anew
_SETTINGS = {
    "delta.logRetentionDuration": "interval 1 days",
    "delta.checkpointInterval": "10",
}
_SCHEMA = pa.schema([pa.field("nothing", pa.string())])


class LostLeaseError(PapertideError):
    """Another run has taken the warehouse over."""


@dataclass
class _Lease:
    """What this process holds: its epoch, and the commit by which it said so last."""

    run_id: str
    holder: str
    place: str
    epoch: int
    version: int
    lock: Lock = field(default_factory=Lock)


_HELD: dict[str, _Lease] = {}


@contextmanager
def hold(root: str, published: str, run_id: str, wait_seconds: float) -> Iterator[None]:
    """Hold the lease of the warehouse at `root`, and give it back.

    `published` is the place of its ledger of publications.

    Raises:
        PapertideError: another run still holds it after `wait_seconds`.
    """
    lease = _take(root, run_id, wait_seconds)
    _fence(published, lease.epoch)
    _HELD[root], stop = lease, Event()
    Thread(target=_keep_renewing, args=(lease, stop), daemon=True).start()
    try:
        yield
    finally:
        stop.set()
        del _HELD[root]
        with lease.lock, suppress(DeltaError, OSError):  # if it cannot be told, silence tells it
            version, holder, _ = _last_commit(lease.place)
            if _is_held(lease, version, holder):
                _commit(lease.place, version, "")


def holder_of(root: str) -> str:
    """Who holds the lease of a warehouse, as they say it; empty where nobody does."""
    try:
        _, holder, at = _last_commit(f"{root}/_writer")
    except DeltaError:  # nobody has ever held it
        return ""
    return "" if time.time() - at > SILENT_SECONDS else holder


def check(root: str) -> None:
    """See that this process, if it took the lease of a warehouse, still holds it.

    Raises:
        LostLeaseError: another run has taken it since.
    """
    lease = _HELD.get(root)
    if lease is None:
        return
    with lease.lock:
        _held_version(lease)


def _held_version(lease: _Lease) -> int:
    """The last commit, by which the lease is still held.

    Raises:
        LostLeaseError: it is not.
    """
    version, holder, _ = _last_commit(lease.place)
    if not _is_held(lease, version, holder):
        raise _lost_error(lease, holder)
    return version


def epoch(root: str) -> int:
    """The epoch of this process; 0 where a lock does without, which nobody loses asleep."""
    return _HELD[root].epoch if root in _HELD else 0


def clear(root: str) -> None:
    """Say that nothing is left to finish of those who held the lease before.

    Raises:
        LostLeaseError: another run has taken it since.
    """
    lease = _HELD.get(root)
    if lease is None:
        return
    with lease.lock:
        while _cleared(lease.place) < lease.epoch:
            version = _held_version(lease)
            with suppress(CommitFailedError):  # the next look says who was first
                said = Transaction(_CLEARED, lease.epoch)
                lease.version = _commit(lease.place, version, lease.holder, said)
                return


def is_late(root: str, epoch: int) -> bool:
    """Whether what is meant to be published under an epoch was written after a later one's `clear`.

    Nothing of it is published then, in no table: its writer asks for the lease in between.
    """
    return root in _HELD and epoch < _cleared(_HELD[root].place)


def _cleared(place: str) -> int:
    return open_delta(place).transaction_version(_CLEARED) or 0


def _is_held(lease: _Lease, version: int, holder: str) -> bool:
    """Whether the last commit leaves the lease to its holder.

    One by the holder itself may be later than it knows: the store took it, the answer was lost.
    Who has lost the lease says nothing more, so that it is not a commit before another's.
    """
    return version == lease.version or holder == lease.holder


def transactions(root: str, published: DeltaTable) -> list[Transaction]:
    """The epoch under which the ledger of publications is written to.

    Raises:
        LostLeaseError: it has seen a later one.
    """
    lease = _HELD.get(root)
    if lease is None:
        return []
    if (published.transaction_version(_APP) or 0) > lease.epoch:
        raise _lost_error(lease, _last_commit(lease.place)[1])
    return [Transaction(_APP, lease.epoch)]


def _fence(published: str, epoch: int) -> None:
    """Let nobody publish any more who took the lease before; what they have published counts."""
    while True:
        try:
            delta = open_delta(published)
            none = pa.schema(delta.schema().to_arrow()).empty_table()
            properties = CommitProperties(app_transactions=[Transaction(_APP, epoch)])
            write_deltalake(delta, none, mode="append", commit_properties=properties)
        except CommitFailedError:  # one of them was publishing right now
            continue
        except DeltaError:  # there is none yet, or it is damaged, which others say better
            return
        else:
            return


def _lost_error(lease: _Lease, holder: str) -> LostLeaseError:
    return LostLeaseError(
        f"run {lease.run_id} has lost the warehouse: {holder or 'a run that has ended'} took it\n"
        "  it had been silent too long, as a process that slept; it publishes nothing more\n"
        "  papertide run, when the other has ended, does what is left"
    )


def _take(root: str, run_id: str, wait_seconds: float) -> _Lease:
    place, me = f"{root}/_writer", f"run {run_id}, process {os.getpid()} on {socket.gethostname()}"
    deadline = time.monotonic() + wait_seconds
    with suppress(CommitFailedError):  # another makes it right now
        DeltaTable.create(
            place, _SCHEMA, mode="ignore", configuration=_SETTINGS, storage_options=PATIENT
        )
    while True:
        version, holder, at = _last_commit(place)
        if not holder or time.time() - at > SILENT_SECONDS:
            with suppress(DeltaError):  # another was first
                commit = _commit(place, version, me)
                return _Lease(run_id, me, place, commit, commit)
        elif time.monotonic() >= deadline:
            raise PapertideError(
                f"another run is writing to {root}: {holder}, heard {time.time() - at:.0f} s ago\n"
                "  nothing was done; run again when it has ended, or wait for it with "
                "--set run.wait_seconds=600"
            )
        time.sleep(_LOOK_SECONDS)


def _keep_renewing(lease: _Lease, stop: Event) -> None:
    """Say again and again that the lease is held, until it is given back or lost."""
    while not stop.wait(_RENEWED_SECONDS):
        with lease.lock, suppress(OSError):  # the store may be out of reach for a while
            if stop.is_set():
                return
            version, holder, _ = _last_commit(lease.place)
            if not _is_held(lease, version, holder):
                return
            with suppress(DeltaError):  # the next look says who was first
                lease.version = _commit(lease.place, version, lease.holder)


def _last_commit(place: str) -> tuple[int, str, float]:
    """The last commit: its version, who holds the lease by it, and when that was said.

    Of one whose process has been killed on this machine nothing was heard since long ago.
    """
    # A commit that comes meanwhile is told, too.
    last = max(open_delta(place).history(limit=1), key=lambda commit: int(commit["version"]))
    holder, at = str(last.get(_HOLDER) or ""), last["timestamp"] / 1000
    return int(last["version"]), holder, 0.0 if _has_died(holder, last.get(_SPACE)) else at


def _space() -> str:
    """Within what a number means one process: this machine since its start, and a container of it.

    Empty where the system does not say.
    """
    with suppress(OSError):
        return f"{_BOOT.read_text().strip()} {os.readlink('/proc/self/ns/pid')}"
    return ""


def _has_died(holder: str, space: str | None) -> bool:
    """Whether a holder was a process of this machine that has ended."""
    process = re.search(r"process (\d+) on ", holder)
    if not process or not space or space != _space():
        return False
    try:
        os.kill(int(process[1]), 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is another user's
        return False
    return False


def _commit(place: str, last: int, holder: str, *more: Transaction) -> int:
    """Say who holds the lease, after the commit that was seen; returns this one's version.

    Raises:
        DeltaError: there is another after that.
    """
    delta = open_delta(place, version=last)
    write_deltalake(
        delta,
        pa.Table.from_pylist([], schema=_SCHEMA),
        mode="append",
        # Two commits under one name of a transaction never pass each other.
        commit_properties=CommitProperties(
            custom_metadata={_HOLDER: holder, _SPACE: _space()},
            app_transactions=[Transaction(_APP, last + 1), *more],
            max_commit_retries=0,
        ),
    )
    return int(delta.version())
