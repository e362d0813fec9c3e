"""Which stages a run is made of, and which of them run though nothing has changed."""

from __future__ import annotations

from collections.abc import Sequence

from conf.near import near
from pipelines.engine.stage import Stage
from pipelines.stages import PIPELINE
from storage.errors import UsageError

ALL = "all"
"""Names every stage, where stages are named."""


def up_to(until: str | None) -> tuple[Stage, ...]:
    """The stages up to and with the one named `until`; all without a name.

    Raises:
        UsageError: no stage has that name.
    """
    return PIPELINE if until is None else PIPELINE[: _place(until) + 1]


def stages_to_force(from_stage: str | None, force: Sequence[str]) -> tuple[str, ...]:
    """Names of the stages that run even if nothing has changed: one and all after it, and others.

    Args:
        from_stage: name of the first of those that follow each other; None for none.
        force: names of others; `all` names every stage.

    Raises:
        UsageError: no stage has such a name.
    """
    names = [stage.name for stage in PIPELINE]
    after = names[_place(from_stage) :] if from_stage is not None else []
    others = names if ALL in force else [names[_place(name)] for name in force]
    return tuple(name for name in names if name in {*after, *others})


def _place(name: str) -> int:
    names = [stage.name for stage in PIPELINE]
    if name not in names:
        raise UsageError(f"no such stage: {name}{near(name, names)}; there are {', '.join(names)}")
    return names.index(name)
