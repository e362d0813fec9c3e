"""Taking turns: one writer at a time among several machines, by a limit of their Prefect server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from prefect.concurrency.sync import concurrency

from storage.errors import PapertideError
from storage.warehouse import Warehouse

WRITER = "papertide-writer"


@contextmanager
def turn(warehouse: Warehouse, wait_seconds: float) -> Iterator[None]:
    """Hold the limit `papertide-writer`, where the server has it and the warehouse is elsewhere.

    For a folder of this machine its lock does, and ends with the process. A server without the
    limit lets everyone through.

    Raises:
        PapertideError: another machine still holds it after `wait_seconds`.
    """
    with ExitStack() as stack:
        if not warehouse.is_local:
            try:
                stack.enter_context(concurrency(WRITER, timeout_seconds=max(1.0, wait_seconds)))
            except TimeoutError as error:
                raise PapertideError(
                    f"another machine is writing to {warehouse.root}\n  nothing was done; run "
                    "again when it has ended, or wait for it with --set run.wait_seconds=600"
                ) from error
        yield
