"""Which publication can be searched at once, and which is searched until then."""

from __future__ import annotations

from papertide.index.contents import PARTS
from papertide.index.files import ensure_part, forget, is_made
from papertide.snapshot import Snapshot

_READY: dict[str, Snapshot] = {}
_SOURCES = {part.source for part in PARTS.values()}


def prepare(snapshot: Snapshot) -> None:
    """Make the index of a snapshot, which from then on is `searchable`."""
    for name, part in PARTS.items():
        if snapshot.has(part.source):
            ensure_part(name, snapshot)
    if _READY.get(snapshot.root) != snapshot:
        forget()
    _READY[snapshot.root] = snapshot


def unready(root: str) -> None:
    """Take back what `prepare` has told: who searches in this warehouse waits for the index."""
    _READY.pop(root, None)


def searchable(snapshot: Snapshot) -> Snapshot:
    """The snapshot to search in: this one, or until its index is made the one that was before."""
    last = _READY.get(snapshot.root)
    if last is None or not last.has("silver.papers"):
        return snapshot
    is_ready = all(last.only(source) == snapshot.only(source) for source in _SOURCES)
    return snapshot if is_ready or not is_made(last) else last
