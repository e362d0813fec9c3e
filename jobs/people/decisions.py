"""What people decide on authors: who is one person, and who is two, whatever the evidence says.

A CSV with the columns action, author, other and note:

    action,author,other,note
    join,0000-0002-1825-0097,p0123456789abcdef0123 2,changed her surname
    split,p0123456789abcdef0123 2,pba98765432100123456 1,two of one name at one college

An author is an ORCID iD, an id by a feed as scheme:id, or a paper_id and a place in its list of
authors; an author_id is none, as it may go with a decision. A line taken out is undone by the next
run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jobs.feeds.tools.authorships import AUTHOR_SCHEMES, named_id, named_place
from jobs.text.csv_rows import csv_rows

_COLUMNS = ["action", "author", "other", "note"]


class DecisionError(ValueError):
    """A line that cannot be followed, or two that contradict each other."""


class Decision(NamedTuple):
    """Two authors: `orcid:…`, `scheme:id`, or `paper_id place`; and why they are one or two."""

    author: str
    other: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.author} and {self.other}" + (f": {self.note}" if self.note else "")


class Decisions(NamedTuple):
    """Authors who are one person, and places in lists that are two people's, in their order."""

    joins: tuple[Decision, ...] = ()
    splits: tuple[Decision, ...] = ()

    def apart(self) -> dict[str, list[str]]:
        """Of each place that is split the places that it is kept from."""
        kept: dict[str, list[str]] = {}
        for one, other, _ in self.splits:
            kept.setdefault(one, []).append(other)
            kept.setdefault(other, []).append(one)
        return kept


NONE = Decisions()


def decisions(text: str) -> Decisions:
    """The decisions of a file; nothing of an empty one.

    Raises:
        DecisionError: a line cannot be followed, or two lines contradict each other.
    """
    found: dict[str, dict[Decision, int]] = {"join": {}, "split": {}}
    for line, (action, *names, note) in csv_rows(text, _COLUMNS, DecisionError):
        if action not in found:
            raise DecisionError(f"line {line}: no such action: {action}; join or split")
        one, other = (_author(name, action, line) for name in names)
        if one == other:
            raise DecisionError(f"line {line}: {action} needs two authors, not {one} twice")
        found[action].setdefault(Decision(one, other, note), line)
    _check_agreed(found["join"], found["split"])
    return Decisions(tuple(found["join"]), tuple(found["split"]))


def _author(name: str, action: str, line: int) -> str:
    if place := named_place(name):
        return f"{place[0]} {place[1]}"
    if action == "join" and (known := named_id(name)):
        return known
    ids = f"an ORCID iD, an id as scheme:id ({', '.join(AUTHOR_SCHEMES)}), or "
    raise DecisionError(
        f"line {line}: {name or 'nothing'} is no author for {action}: write "
        f"{ids if action == 'join' else ''}a paper_id and a place from 1"
    )


def _check_agreed(joins: Mapping[Decision, int], splits: Mapping[Decision, int]) -> None:
    group_of = groups([(one.author, one.other) for one in joins])
    for split, line in splits.items():
        root = group_of.get(split.author)
        if root is not None and root == group_of.get(split.other):
            also = [str(own) for one, own in joins.items() if group_of[one.author] == root]
            raise DecisionError(
                f"line {line} splits what line {' and '.join(also)} joins: "
                f"{split.author} and {split.other}; take one of them out"
            )


def groups(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Of each member the first of those that pairs tie together, directly or through others."""
    members: dict[str, list[str]] = {}
    root: dict[str, str] = {}
    for pair in pairs:
        for each in pair:
            members.setdefault(root.setdefault(each, each), [each])
        one, other = (root[each] for each in pair)
        if one != other:
            for each in members.pop(other):
                root[each] = one
                members[one].append(each)
    return root


def joined(
    decided: Decisions, people: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, Decision]]:
    """Of each person whom a decision joins to another: that one, and the decision.

    Args:
        people: the persons (ids) who stand behind each author of a decision.
    """
    ties = [
        (first, other, decision)
        for decision in decided.joins
        for found in [[*people.get(decision.author, ()), *people.get(decision.other, ())]]
        for first, other in zip(found, found[1:], strict=False)
    ]
    root = groups([(one, other) for one, other, _ in ties])
    told: dict[str, Decision] = {}
    for one, other, decision in ties:
        for each in (one, other):
            told.setdefault(each, decision)
    return {each: (root[each], told[each]) for each in root if each != root[each]}
