"""The store of these tests, and commands on warehouses in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from tests.end_to_end.object_storage.proxy import Proxy
from tests.end_to_end.processes import call

KEY, SECRET = "tide", "low-water-0815"
BUCKET = "tide"
WAREHOUSE = f"s3a://{BUCKET}/wh"


class Store(NamedTuple):
    """Settings of the store and its buckets are in `folder`; all asks it by `proxy`."""

    folder: Path
    proxy: Proxy

    @property
    def bucket(self) -> Path:
        """The bucket, as the folder that it is to the server."""
        return self.folder / "buckets" / BUCKET


def at(
    store: Store, *arguments: object, warehouse: str = WAREHOUSE
) -> subprocess.CompletedProcess[str]:
    """A command on a warehouse in the store."""
    return call(*arguments, "--conf", store.folder / "s3.yaml", "--set", f"warehouse={warehouse}")


def rows(store: Store, *arguments: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(at(store, *arguments, "--format", "json").stdout)
    return found


def without_times(told: list[str]) -> list[str]:
    """Rows without the moment when a file was changed: a store has its own."""
    return sorted(
        json.dumps({k: v for k, v in json.loads(row).items() if k != "modified_at"}, sort_keys=True)
        for row in told
    )
