"""A CSV that a person writes: decisions and terms, kept in a file beside the configuration.

    action,topic_id,value              2, rename t0123456789ab "Tide Gauges, Old"
    rename,t0123456789ab,"Tide Gauges, Old"
    hide,t00112233aabb                 3, hide t00112233aabb ""
    rename,t5566778899aa,"Silt         an error: its quote is not closed

A row is one line, so that a quote that is left open takes no other line with it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

_LONGEST = 100_000  # characters of a line; the csv module refuses a value of more than 131,072


def csv_rows(
    text: str, columns: Sequence[str], error: type[ValueError]
) -> Iterator[tuple[int, list[str]]]:
    """The number of each line, and its values without space around them; none of an empty text.

    A line may leave out its last values, and empty lines are none.

    Args:
        columns: what the first line says.
        error: what is raised, with the number of the line and what to do.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        return
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        values = _values(line, number, error)
        if number == 1 and values != list(columns):
            raise error(f"line 1: the columns are {','.join(columns)}")
        if number == 1 or not values:
            continue
        told = [value.strip() for value in values]
        if any(told[len(columns) :]):
            raise error(
                f"line {number} has {len(told)} values, not {len(columns)}: "
                "put one with a comma in quotes"
            )
        yield number, [*told, *[""] * len(columns)][: len(columns)]


def _values(line: str, number: int, error: type[ValueError]) -> list[str]:
    if len(line) > _LONGEST:
        raise error(f"line {number} has more than {_LONGEST:,} characters; shorten it")
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as broken:
        raise error(
            f"line {number}: a quote is not closed, or stands within a value: "
            'close it on its line, and write one within quotes twice ("")'
        ) from broken
