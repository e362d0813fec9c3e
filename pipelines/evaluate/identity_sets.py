"""The labelled sets of identity, as feeds: files that the house's own readers read.

Records are named `feed:native_id` in the labels. Nothing of a label stands in the files.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.evaluate.pairs import Pair

Row = dict[str, Any]
# feed → format and path, as runs take them.
Feeds = dict[str, tuple[str, Path]]

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_BETWEEN_NAMES = re.compile(r"\s*(?:;|&|,?\s+and\s+|,)\s*")
# Initials, or a first name in full behind a surname: "rivest, ronald l.".
_GIVEN = re.compile(r"(?:[a-z]\.[\s-]*)+|(?:[a-z]+\.?\s+)?(?:[a-z]\.\s*)+")


class Labelled(NamedTuple):
    """A set: its feeds, and the pairs of records (`feed:native_id`) that are one work."""

    feeds: Feeds
    pairs: list[Pair]


def dblp_acm(gold: Path, folder: Path) -> Labelled:
    """Bibliographic records of DBLP and of the ACM; labels pair one with the other."""
    columns = ("id", "title", "authors", "venue", "year")
    for name in ("dblp", "acm"):
        rows = _table(gold / f"{name}.csv", "%")
        with_lists = ({**row, "authors": row["authors"].split(", ")} for row in rows)
        _write(folder / f"{name}.jsonl", ({key: row[key] for key in columns} for row in with_lists))
    truth = _table(gold / "gt.csv", "%")
    return Labelled(
        {name: ("papers", folder / f"{name}.jsonl") for name in ("dblp", "acm")},
        [(f"dblp:{row['D1']}", f"acm:{row['D2']}") for row in truth],
    )


def cora(gold: Path, folder: Path) -> Labelled:
    """Citations as people typed them; labels pair all citations of one work."""
    _write(folder / "cora.jsonl", map(_citation, _table(gold / "cora.csv", "|")))
    lines = (gold / "cora_gt.csv").read_text(encoding="utf-8").split()
    pairs = [tuple(f"cora:{number}" for number in line.split("|")) for line in lines]
    return Labelled({"cora": ("papers", folder / "cora.jsonl")}, [(a, b) for a, b in pairs])


def _citation(row: Mapping[str, str]) -> Row:
    year = _YEAR.search(row["year"])
    return {
        "id": row["Entity Id"],
        "title": row["title"],
        "authors": list(names(row["author"])),
        "venue": row["venue"],
        "volume": row["volume"],
        "pages": row["pages"],
        "year": int(year[0]) if year else None,
    }


def names(text: str) -> Iterator[str]:
    """The names of a citation's authors, also where they are written `surname, initials`."""
    parts = [part for part in _BETWEEN_NAMES.split(text.lower().strip(" :")) if part.strip(". ")]
    place = 0
    while place < len(parts):
        name = parts[place]
        place += 1
        is_surname = "." not in name and place < len(parts)
        if is_surname and _GIVEN.fullmatch(parts[place]):
            name = f"{name}, {parts[place]}"
            place += 1
        yield name


def _table(path: Path, delimiter: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


LABELLED: Mapping[str, Callable[[Path, Path], Labelled]] = {"dblp-acm": dblp_acm, "cora": cora}
"""Of each set the function from its folder, and a folder for its feeds, to the set."""
