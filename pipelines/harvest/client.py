"""A polite HTTP client: one connection, a pause before each request, patience within limits."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import version
from types import TracebackType
from typing import Self

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from conf.model import HarvestConf
from pipelines.harvest.answers import printable_line
from pipelines.harvest.core import Fault, Page, Refused, Request
from storage.errors import PapertideError

LOG = logging.getLogger("papertide")
# A source that is busy or under repair: the same request may be answered a little later.
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
_MAX_REDIRECTS = 5


class LeftInPeaceError(PapertideError):
    """The source asks for a longer pause than harvest.longest_wait_seconds allows."""


@dataclass(frozen=True)
class Clock:
    """Time as the harvest sees it: seconds that only grow, the moment (UTC), and waiting."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Fetched:
    """An answer that may land: its bytes, what they hold, and how to ask for changes of it."""

    body: bytes
    page: Page
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Client:
    """Asks one source; a context manager that holds its connection.

    Attributes:
        settings: patience and limits; `contact` must be there.
        pause_seconds: pause between the end of an answer and the next request.
        clock: time.
    """

    settings: HarvestConf
    pause_seconds: float
    clock: Clock = field(default_factory=Clock)

    def __enter__(self) -> Self:
        # Its lines of progress show whole addresses, in which a caller's key may stand.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._runner = asyncio.Runner()
        agent = f"papertide/{version('papertide')} (mailto:{self.settings.contact})"
        self._http = httpx.AsyncClient(
            headers={"User-Agent": agent},
            timeout=self.settings.timeout_seconds,
            limits=httpx.Limits(max_connections=1),
        )
        # What asked before us may have ended this very moment.
        self._ended = self.clock.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.run(self._http.aclose())
        self._runner.close()

    def fetch(
        self,
        request: Request,
        read: Callable[[bytes], Page],
        conditions: Mapping[str, str] | None = None,
    ) -> Fetched | None:
        """The answer to `request`, checked by `read`; None where `conditions` say it is as it was.

        Raises:
            Refused: the source says no.
            Stale: as `read` raises it.
            LeftInPeaceError: the source wants no request for longer than the settings wait.
            PapertideError: no answer that can be used, however often it is asked.
        """
        again = Retrying(
            retry=retry_if_exception_type(Fault),
            stop=stop_after_attempt(self.settings.attempts),
            wait=self._wait,
            before_sleep=_tell,
            sleep=self.clock.sleep,
            reraise=True,
        )
        try:
            return again(self._once, request, read, conditions or {})
        except Fault as error:
            raise PapertideError(
                f"{_bare(request.address)}: {error}\n"
                f"  asked {self.settings.attempts} times; what has landed stays, and the next "
                "harvest goes on from there"
            ) from error

    def _once(
        self, request: Request, read: Callable[[bytes], Page], conditions: Mapping[str, str]
    ) -> Fetched | None:
        self.clock.sleep(max(0.0, self._ended + self.pause_seconds - self.clock.monotonic()))
        try:
            answer = self._runner.run(self._answer(request, conditions))
        finally:
            self._ended = self.clock.monotonic()
        if answer.status == HTTPStatus.NOT_MODIFIED and conditions:
            return None
        no = answer.status >= HTTPStatus.BAD_REQUEST
        if answer.status in _BUSY or (no and "retry-after" in answer.headers):
            raise self._busy(request, answer)
        if no:
            raise _refusal(request, answer, read)
        if answer.status != HTTPStatus.OK:
            raise Fault(f"status {_status(answer.status)}")
        return Fetched(
            answer.body,
            read(answer.body),
            answer.headers.get("etag"),
            answer.headers.get("last-modified"),
        )

    async def _answer(self, request: Request, conditions: Mapping[str, str]) -> _Answer:
        """One answer, whole or not at all, within the time that it may take from end to end."""
        seconds = self.settings.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(request, conditions)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Fault(f"no whole answer within {seconds:g} seconds") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Fault(printable_line(error) or type(error).__name__) from error

    async def _follow(self, request: Request, conditions: Mapping[str, str]) -> _Answer:
        url = httpx.URL(request.address).copy_merge_params(dict(request.parameters))
        for _ in range(_MAX_REDIRECTS + 1):
            async with self._http.stream("GET", url, headers=dict(conditions)) as response:
                if not response.has_redirect_location:
                    body = await self._body(response)
                    return _Answer(response.status_code, response.headers, body)
                url = _check_redirect(url, response.headers["location"])
        raise Fault(f"more than {_MAX_REDIRECTS} redirects")

    async def _body(self, response: httpx.Response) -> bytes:
        """The body, unpacked; a cut one is told by the connection, an endless one by its size."""
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > self.settings.max_page_bytes:
                raise PapertideError(
                    f"{_bare(str(response.url))}: the answer is longer than the "
                    f"{self.settings.max_page_bytes:,} bytes that a page may have\n"
                    "  if that is right for this source, raise harvest.max_page_bytes"
                )
        return bytes(body)

    def _busy(self, request: Request, answer: _Answer) -> Exception:
        """What a busy source is answered with: patience, or an end if it wants too much of it."""
        wait = self._retry_after(answer.headers.get("retry-after", ""))
        problem = f"status {_status(answer.status)}"
        if wait is None or wait <= self.settings.longest_wait_seconds:
            return Fault(problem, wait)
        back = self.clock.now() + timedelta(seconds=wait)
        return LeftInPeaceError(
            f"{_bare(request.address)}: {problem}, and the source asks to be left in peace "
            f"until {back:%Y-%m-%d %H:%M} UTC\n"
            "  come back then: what has landed stays, and the next harvest goes on from there"
        )

    def _retry_after(self, text: str) -> float | None:
        """Seconds that a Retry-After header asks for, as a number or as a date; None: it does not.

        Source: RFC 9110, 10.2.3.
        """
        text = text.strip()
        if text.isascii() and text.isdigit():
            return float(text[:9])  # a number of more digits is longer than any patience anyway
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            return None
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - self.clock.now()).total_seconds())

    def _wait(self, state: RetryCallState) -> float:
        """What the source asks for; else a random part of a span that doubles with each attempt."""
        fault = state.outcome.exception() if state.outcome else None
        if isinstance(fault, Fault) and fault.wait is not None:
            return fault.wait
        longest = self.settings.longest_wait_seconds
        return wait_random_exponential(multiplier=4, max=longest, min=min(1, longest))(state)


def _check_redirect(url: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect leads: on the same host, or to https of it; nowhere else.

    Raises:
        Refused: it leads elsewhere.
    """
    to = url.join(location)
    same = (to.scheme, to.host, to.port) == (url.scheme, url.host, url.port)
    if same or (to.scheme == "https" and to.host == url.host and url.scheme == "http"):
        return to
    raise Refused(
        f"{_bare(str(url))}: leads on to {_bare(str(to))}, which was not followed\n"
        "  if the service has moved there, set the feed's harvest.base_url"
    )


def _refusal(request: Request, answer: _Answer, read: Callable[[bytes], Page]) -> Exception:
    """The source's own words where it has some, else its status."""
    try:
        read(answer.body)
    except Fault:
        pass
    except Exception as error:  # Refused or Stale, with the source's reason
        return error
    return Refused(f"{_bare(request.address)}: status {_status(answer.status)}")


def _tell(state: RetryCallState) -> None:
    fault = state.outcome.exception() if state.outcome else None
    seconds = state.next_action.sleep if state.next_action else 0.0
    LOG.info(f"  attempt {state.attempt_number}: {fault}; again in {seconds:,.0f} s")


def _status(number: int) -> str:
    try:
        return f"{number} {HTTPStatus(number).phrase}"
    except ValueError:
        return str(number)


def _bare(address: str) -> str:
    """An address without its parameters, among which a caller's key may stand."""
    url = httpx.URL(address)
    return printable_line(f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}")
