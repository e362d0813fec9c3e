"""What a source is: how it is asked for one day, and how its answer is read.

A source is one module with two plain functions and a `Source` that names them:

    def request(asked: Asked, token: str | None) -> Request
    def read(body: bytes) -> Page

`request` asks for a list, or with a token for the next page of it. `read` checks an answer before
it lands and says how the list goes on. What is wrong with an answer it raises: `Fault` where asking
again may help, `Stale` where the token is no longer honoured, `Refused` where the source says no.
Pauses, repeats, limits, landing and resuming are not the source's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from storage.errors import PapertideError


class Fault(Exception):
    """An answer that cannot be used; the next one may be better.

    Attributes:
        wait: seconds after which the source wants to be asked again, where it says so.
    """

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Stale(Exception):
    """The list cannot be continued from here: its token expired. It can be read from its start."""


class Refused(PapertideError):
    """The source understood, and says no."""


@dataclass(frozen=True)
class Inquiry:
    """What is asked of a source.

    Attributes:
        base_url: address of the service.
        parameters: what to ask for, in the source's own words.
        date_field: the date that decides what is of `day`.
        day: the day whose list is asked for.
        contact: e-mail address, for sources that want it among the parameters.
        api_key: key of the caller, for sources that give one.
    """

    base_url: str
    parameters: Mapping[str, str]
    date_field: str
    day: date
    contact: str
    api_key: str | None = None


@dataclass(frozen=True)
class Request:
    """An address and its parameters, not yet encoded."""

    address: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """What an answer holds.

    Attributes:
        records: how many records.
        digest: of the records alone, so that the same ones are known again in another envelope.
        token: what the next page is asked for with; None: the list ends here.
        total: records of the whole list, where the source counts them.
    """

    records: int
    digest: str
    token: str | None = None
    total: int | None = None


@dataclass(frozen=True)
class Source:
    """A source.

    Attributes:
        name: the name that configuration uses.
        about: what it delivers, in one line.
        base_url: its official address.
        pause_seconds: pause between two requests that its rules ask for.
        suffix: of the files that land.
        request: makes the request for a list, or for its next page.
        read: checks and reads an answer.
        parameters: names of the parameters that it knows.
        required: those of them without which it cannot be asked.
        date_fields: dates that can decide what is of a day; the first unless another is named.
        by_day: whether it can be asked for a day; if not, it delivers what is new today.
        one_page: whether a day's list is one answer, named by the day alone.
        conditional: whether it is asked only for what has changed since the last answer.
        takes_key: whether it gives its callers keys.
        same_tokens: whether its tokens may stay the same from page to page.
    """

    name: str
    about: str
    base_url: str
    pause_seconds: float
    suffix: str
    request: Callable[[Inquiry, str | None], Request]
    read: Callable[[bytes], Page]
    parameters: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    date_fields: tuple[str, ...] = ("",)
    by_day: bool = True
    one_page: bool = False
    conditional: bool = False
    takes_key: bool = False
    same_tokens: bool = False
