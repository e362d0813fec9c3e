"""The classes of trends: each with the side it is on and the sign by which it is known.

The order is that in which the first that holds is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from jobs.trends.statistics import Flags


class Signs(NamedTuple):
    """What is known of each entity of a family when it is classed, an element an entity.

    Attributes:
        only_of_late: it occurs in the last periods alone. no_more: it no longer occurs in them.
        call: its share changed, surely enough to say so. up: more papers, not fewer.
        began: its first more than chance uses lie within the periods compared.
        bursts: it is in a burst that lasts, and has grown by as much.
        was_up: it had risen before it fell. steady: its change lies within narrow bounds.
    """

    only_of_late: Flags
    no_more: Flags
    call: Flags
    up: Flags
    began: Flags
    bursts: Flags
    was_up: Flags
    steady: Flags


class Class(NamedTuple):
    """A class: its name, the side it is on, and which entities are of it."""

    name: str
    side: Literal["up", "down", "none"]
    holds: Callable[[Signs], Flags]


NAMED = (
    Class("new", "up", lambda of: of.only_of_late),
    Class("dormant", "down", lambda of: of.no_more),
    Class("emerging", "up", lambda of: of.call & of.up & of.began),
    Class("bursting", "up", lambda of: of.call & of.up & of.bursts),
    Class("rising", "up", lambda of: of.call & of.up),
    Class("peaked", "down", lambda of: of.call & of.was_up),
    Class("falling", "down", lambda of: of.call),
    Class("steady", "none", lambda of: of.steady),
)
COVERAGE, TOO_FEW = "coverage", "too few papers"
UP = tuple(each.name for each in NAMED if each.side == "up")
"""Classes of what has a larger share than before."""
DOWN = tuple(each.name for each in NAMED if each.side == "down")
"""Classes of what has a smaller share than before."""
CLASSES = (*UP, *DOWN, *(each.name for each in NAMED if each.side == "none"), COVERAGE, TOO_FEW)
"""Classes of gold.trend_tests, in all."""
