"""Where a feed's harvest stands: a hidden file beside what has landed, written after each page."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import Field, ValidationError

from jobs.params import Settings
from pipelines.harvest import landing
from storage.errors import PapertideError

NAME = ".harvest.json"
# Answers that can be asked for conditionally: more days back nobody asks again every day.
_ANSWERS_KEPT = 100


class Place(Settings):
    """Where in which list a harvest goes on."""

    since: date | None = Field(description="What --from said; none: it went on after the last.")
    day: date = Field(description="Day of the list.")
    token: str | None = Field(description="What its next page is asked for with; none: the first.")
    records: int = Field(description="Records of its pages so far.")


class Answer(Settings):
    """What a day was answered with, so that only a change is asked for."""

    file: str = Field(description="Where it landed.")
    etag: str | None = None
    last_modified: str | None = None


class State(Settings):
    """Where a harvest stands."""

    asked: str = Field(description="Digest of what is asked for; tokens hold for the same alone.")
    through: date | None = Field(None, description="Last day that is over and harvested.")
    place: Place | None = None
    answers: dict[str, Answer] = Field({}, description="By day, or `last` where there are none.")

    def at(self, place: Place) -> State:
        """This state at a place."""
        return self.model_copy(update={"place": place})

    def with_answer(self, key: str, answer: Answer) -> State:
        """This state with an answer; the oldest are forgotten."""
        answers = sorted({**self.answers, key: answer}.items())
        return self.model_copy(update={"answers": dict(answers[-_ANSWERS_KEPT:])})

    def after(self, day: date, yesterday: date, then: Place | None) -> State:
        """This state after a day's list, at the next place; a day not over counts for nothing."""
        days = [self.through, day] if day <= yesterday else [self.through]
        through = max((day for day in days if day), default=None)
        return self.model_copy(update={"through": through, "place": then})


def read(folder: Path) -> State | None:
    """The state of the folder; None before its first harvest.

    Raises:
        PapertideError: the file cannot be read.
    """
    file = folder / NAME
    try:
        return State.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise PapertideError(
            f"{file} cannot be read, so nobody knows where the harvest stood\n"
            "  remove it, and say with --from where to begin"
        ) from error


def write(folder: Path, state: State) -> None:
    """Write the state, whole or not at all."""
    landing.write(folder / NAME, state.model_dump_json(indent=1).encode())
