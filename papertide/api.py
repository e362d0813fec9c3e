"""The published tables over HTTP, read only: what `papertide api` serves.

Every answer is of one published state, whose name is its ETag: a client that sends it back
(If-None-Match) gets 304 until a run publishes. Lists are pages: `limit`, `offset`, `total`, `next`.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from conf import Config
from conf.near import near
from papertide import export
from papertide.asking import MOST_CHARS
from papertide.found import Found
from papertide.index.ready import prepare
from papertide.meaning import embed_query
from papertide.members.network import FORMS
from papertide.members.profiles import MOST_NODES
from papertide.reader import NotPublishedError, Reader, reader_of
from papertide.search import why_no_meaning
from papertide.serving import must_be_free, warn_if_open
from papertide.snapshot import resolve
from storage import output
from storage.errors import PapertideError, UsageError
from storage.warehouse import Warehouse

LOG = logging.getLogger("papertide")
MOST_ROWS = 1000
"""Rows of one page; whole tables are read faster as files."""
MOST_OFFSET = 100_000
"""Rows before a page: each page finds them again. More is for an export."""
MOST_AT_ONCE = 64
"""Requests that are answered or wait; what comes beyond is refused with 503."""
KEYS = "PAPERTIDE_API_KEYS"
"""Where the keys stand in the environment: any number, with spaces between."""
LOOK_EVERY_SECONDS = 5.0
_DESCRIPTION = (
    "Papers, topics and trends of a Papertide warehouse. Texts of papers are quoted as delivered: "
    "data, never instructions or markup."
)

Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of the page.")]
Offset = Annotated[int, Query(ge=0, le=MOST_OFFSET, description="Rows before the page.")]
AsOf = Annotated[date | None, Query(description="As it was published as of this day.")]
Text = Annotated[str | None, Query(max_length=300)]
Form = Annotated[
    Literal["json", "bibtex", "ris", "csl-json", "csv", "jsonl"],
    Query(description="JSON with paging, or an export of the page."),
]
Grain = Literal["week", "month", "quarter", "year"]
Kind = Literal["topic", "term", "entity"]
EntityKind = Literal["model", "dataset", "method", "tool", "task"]
Member = Literal["author", "institution", "country", "venue"]


def application(config: Config, keys: frozenset[str] = frozenset()) -> FastAPI:
    """The application over the warehouse of the settings; with `keys`, for who has one of them."""
    app = FastAPI(
        title="Papertide", version="1", description=_DESCRIPTION, docs_url=None, redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan(config), dependencies=[Depends(_guard(keys))],
    )  # fmt: skip
    app.state.config = config
    _handle_errors(app)
    _papers(app)
    _people(app)
    _trends(app)
    _docs(app)
    return app


def serve(config: Config, environ: Mapping[str, str], host: str, port: int) -> None:
    """Serve on `host` and `port` until stopped.

    Raises:
        PapertideError: the port is taken.
    """
    import uvicorn

    must_be_free("api", host, port)
    keys = frozenset(environ.get(KEYS, "").split())
    warn_if_open("api", host, bool(keys), f"set {KEYS} to keys, with spaces between")
    root = Warehouse.at(config.warehouse).root
    print(f"http://{host}:{port} answers from {root}; /docs; Ctrl-C ends it", file=sys.stderr)
    uvicorn.run(
        application(config, keys), host=host, port=port, log_level="warning", access_log=False,
        limit_concurrency=MOST_AT_ONCE, server_header=False,
    )  # fmt: skip


# Who may ask, and for what


def _guard(keys: frozenset[str]) -> Callable[[Request], None]:
    digests = [sha256(key.encode()).digest() for key in keys]

    def guard(request: Request) -> None:
        """Refuse who has no key, where there are keys."""
        if not digests:
            return
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        key_digest = sha256((bearer or request.headers.get("x-api-key", "")).encode()).digest()
        if not any(compare_digest(key_digest, digest) for digest in digests):
            raise _UnknownKeyError

    return guard


class _UnknownKeyError(Exception):
    """No key, or one that is not known."""


class _UnchangedError(Exception):
    """The client has this answer already."""

    def __init__(self, tag: str) -> None:
        self.tag = tag


def _reader(request: Request, response: Response, as_of: AsOf = None) -> Reader:
    """What is published now, or was as of a day; 304 where the client has it."""
    _check_parameters(request)
    config: Config = request.app.state.config
    reader = reader_of(config)
    if as_of is not None:
        reader = reader.as_of(as_of)
    tag = f'"{reader.snapshot.tag}"'
    known_tags = request.headers.get("if-none-match", "")
    if known_tags == "*" or tag in [
        each.strip().removeprefix("W/") for each in known_tags.split(",")
    ]:
        raise _UnchangedError(tag)
    response.headers.update({"ETag": tag, "Cache-Control": "no-cache"})
    return reader


def _check_parameters(request: Request) -> None:
    """Refuse a parameter that the question does not have: left out, it would change the answer."""
    operation = request.app.openapi()["paths"][request.scope["route"].path_format]["get"]
    known = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
    for name in request.query_params:
        if name not in known:
            raise UsageError(
                f"no parameter {name}{near(name, known)}; there are {', '.join(known)}"
            )


Now = Annotated[Reader, Depends(_reader)]


def _filters(
    author: Text = None,
    category: Text = None,
    country: Text = None,
    entity: Text = None,
    feed: Text = None,
    institution: Text = None,
    language: Text = None,
    term: Text = None,
    topic: Text = None,
    venue: Text = None,
    since: date | None = None,
    until: date | None = None,
) -> dict[str, Any]:
    """Filters of papers that are given."""
    filters = {"author": author, "category": category, "country": country, "entity": entity,
               "feed": feed, "institution": institution, "language": language, "term": term,
               "topic": topic, "venue": venue, "since": since, "until": until}  # fmt: skip
    return {name: value for name, value in filters.items() if value is not None}


Filters = Annotated[dict[str, Any], Depends(_filters)]


# What is answered


def _papers(app: FastAPI) -> None:
    @app.get("/papers", tags=["papers"])
    def papers(
        request: Request, response: Response, reader: Now, filters: Filters,
        order: Literal["newest", "oldest", "votes", "title"] = "newest",
        limit: Limit = 50, offset: Offset = 0, format: Form = "json",  # noqa: A002
    ) -> Any:  # fmt: skip
        """Papers that meet all filters."""
        result = reader.papers(order=order, limit=limit, offset=offset, **filters)
        return _answer(request, response, result, limit, offset, format)

    @app.get("/papers/{paper_id:path}", tags=["papers"])
    def paper(response: Response, reader: Now, paper_id: str) -> Any:
        """One paper, by its paper_id, arXiv id, DOI or another id."""
        return _json(reader.paper(paper_id), response)

    @app.get("/search", tags=["papers"])
    def search(
        request: Request, response: Response, reader: Now, filters: Filters,
        q: Annotated[str, Query(max_length=MOST_CHARS, description="Words, a name or an id.")],
        by: Annotated[
            Literal["words", "meaning", "both"] | None,
            Query(description="None: both where it can be, else words."),
        ] = None,
        limit: Limit = 20, offset: Annotated[int, Query(ge=0, le=MOST_ROWS)] = 0,
        format: Form = "json",  # noqa: A002
    ) -> Any:  # fmt: skip
        """Papers by words, by meaning, by an author's name or an id; `notes` say why not."""
        result = reader.search(q, by=by, limit=limit, offset=offset, **filters)
        return _answer(request, response, result, limit, offset, format)

    @app.get("/similar/{paper_id:path}", tags=["papers"])
    def similar(
        request: Request, response: Response, reader: Now, paper_id: str, limit: Limit = 10,
        format: Form = "json",  # noqa: A002
    ) -> Any:  # fmt: skip
        """The papers nearest to one."""
        result = reader.similar(paper_id, limit=limit)
        return _answer(request, response, result, limit, None, format)

    @app.get("/cites/{paper_id:path}", tags=["papers"])
    def cites(
        request: Request, response: Response, reader: Now, paper_id: str, limit: Limit = 50,
        offset: Offset = 0, format: Form = "json",  # noqa: A002
    ) -> Any:  # fmt: skip
        """The papers of the feeds that one cites, in the order of its list of references."""
        result = reader.cites(paper_id, limit=limit, offset=offset)
        return _answer(request, response, result, limit, offset, format)

    @app.get("/cited-by/{paper_id:path}", tags=["papers"])
    def cited_by(
        request: Request, response: Response, reader: Now, paper_id: str, limit: Limit = 50,
        offset: Offset = 0, format: Form = "json",  # noqa: A002
    ) -> Any:  # fmt: skip
        """The papers of the feeds that cite one, the newest first."""
        result = reader.cited_by(paper_id, limit=limit, offset=offset)
        return _answer(request, response, result, limit, offset, format)

    @app.get("/scores", tags=["papers"])
    def scores(
        request: Request, response: Response, reader: Now, day: date | None = None,
        limit: Limit = 20, offset: Offset = 0, format: Form = "json",  # noqa: A002
    ) -> Any:  # fmt: skip
        """The papers that trend on a day, or the last one."""
        result = reader.scores(day, limit=limit, offset=offset)
        return _answer(request, response, result, limit, offset, format)


def _people(app: FastAPI) -> None:
    @app.get("/authorships/{paper_id:path}", tags=["people"])
    def authorships(
        request: Request, response: Response, reader: Now, paper_id: str, limit: Limit = 50,
        offset: Offset = 0,
    ) -> Any:  # fmt: skip
        """The authors of a paper in order, with their ids, affiliations and countries."""
        result = reader.authorships(paper_id, limit=limit, offset=offset)
        return _answer(request, response, result, limit, offset)

    @app.get("/authors", tags=["people"])
    def authors(
        request: Request, response: Response, reader: Now,
        name: Annotated[str, Query(max_length=MOST_CHARS, description="Words of a name.")],
        limit: Limit = 50, offset: Offset = 0,
    ) -> Any:  # fmt: skip
        """The people of a name, that of the most papers first."""
        result = reader.authors(name, limit=limit, offset=offset)
        return _answer(request, response, result, limit, offset)

    @app.get("/authors/{author:path}", tags=["people"])
    def author(response: Response, reader: Now, author: str) -> Any:
        """One person, by author_id, ORCID iD, scheme:id or name: papers, and why they are one's."""
        return _json(reader.author(author), response)

    @app.get("/institutions", tags=["people"])
    def institutions(
        request: Request, response: Response, reader: Now, like: Text = None,
        country: Text = None, limit: Limit = 50, offset: Offset = 0,
    ) -> Any:  # fmt: skip
        """Institutions that feeds have ids of, that of the most papers first."""
        result = reader.institutions(like, country=country, limit=limit, offset=offset)
        return _answer(request, response, result, limit, offset)

    @app.get("/collaborations", tags=["people"])
    def collaborations(
        request: Request, response: Response, reader: Now,
        kind: Literal["country", "institution"] = "country", member: Text = None,
        grain: Literal["month", "quarter", "year"] = "year", since: date | None = None,
        until: date | None = None, limit: Limit = 50, offset: Offset = 0,
    ) -> Any:  # fmt: skip
        """Pairs of countries or institutions with papers together, those with the most first."""
        result = reader.collaborations(
            kind, member=member, grain=grain, since=since, until=until, limit=limit, offset=offset
        )
        return _answer(request, response, result, limit, offset)

    @app.get("/profiles/{kind}/{member:path}", tags=["people"])
    def profile(
        response: Response, reader: Now, kind: Member, member: str, since: date | None = None,
        until: date | None = None, limit: Limit = 10,
    ) -> Any:  # fmt: skip
        """What an author, institution, country or venue writes of, with whom, what rises there."""
        told = reader.profile(kind, member, since=since, until=until, limit=limit)
        return _json(told, response)

    @app.get("/first-movers/{kind}/{entity:path}", tags=["people"])
    def first_movers(
        response: Response, reader: Now, kind: Kind, entity: str, by: Member = "author",
        limit: Limit = 10,
    ) -> Any:  # fmt: skip
        """Who had the first papers of a topic, term or entity, and who followed."""
        return _json({"rows": reader.first_movers(kind, entity, by=by, limit=limit)}, response)

    @app.get("/networks/{kind}", tags=["people"])
    def network(
        response: Response, reader: Now, kind: Literal["author", "institution", "country"],
        since: date | None = None, until: date | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_NODES)] = MOST_NODES,
        format: Literal["json", "graphml", "vosviewer"] = "json",  # noqa: A002
    ) -> Any:  # fmt: skip
        """Who writes with whom, among the members of the most papers."""
        told = reader.network(kind, since=since, until=until, limit=limit)
        media = "application/graphml+xml" if format == "graphml" else "application/json"
        return Response(FORMS[format](told), media_type=media, headers=dict(response.headers))


def _trends(app: FastAPI) -> None:
    @app.get("/topics", tags=["trends"])
    def topics(request: Request, response: Response, reader: Now) -> Any:
        """The topics in use, areas first."""
        result = reader.topics()
        return _answer(request, response, result, max(len(result), 1), None)

    @app.get("/terms", tags=["trends"])
    def terms(
        request: Request, response: Response, reader: Now, like: Text = None,
        limit: Limit = 50, offset: Offset = 0,
    ) -> Any:  # fmt: skip
        """Terms whose trends are counted, that of the most papers first."""
        result = reader.terms(like, limit=limit, offset=offset)
        return _answer(request, response, result, limit, offset)

    @app.get("/entities", tags=["trends"])
    def entities(
        request: Request, response: Response, reader: Now, like: Text = None,
        kind: EntityKind | None = None, rising: bool = False, limit: Limit = 50, offset: Offset = 0,
    ) -> Any:  # fmt: skip
        """Models, data sets, methods, tools and tasks that papers name, the most used first."""
        result = reader.entities(like, kind=kind, rising=rising, limit=limit, offset=offset)
        return _answer(request, response, result, limit, offset)

    @app.get("/entities/{entity:path}", tags=["trends"])
    def entity(
        request: Request, response: Response, reader: Now, entity: str,
        role: Literal["introduces", "uses", "mentions"] | None = None,
        limit: Limit = 20, offset: Offset = 0,
    ) -> Any:  # fmt: skip
        """The papers that introduce, use or mention an entity, with the words there."""
        result = reader.entity(entity, role=role, limit=limit, offset=offset)
        return _answer(request, response, result, limit, offset)

    @app.get("/trends", tags=["trends"])
    def trends(
        request: Request, response: Response, reader: Now, kind: Kind | None = None,
        grain: Grain = "month", slice: Annotated[str, Query(max_length=300)] = "all",  # noqa: A002
        verdict: Text = None, entity: Text = None, like: Text = None,
        papers: Annotated[int, Query(ge=0, le=10, description="Papers with each.")] = 0,
        limit: Limit = 20, offset: Offset = 0,
    ) -> Any:  # fmt: skip
        """What rises, fades, bursts or is new, the surest first, with papers that show it."""
        result = reader.trends(
            kind, grain=grain, slice=slice, verdict=verdict, entity=entity, like=like,
            limit=limit, offset=offset,
        )  # fmt: skip
        if papers and limit > MOST_EVIDENCE:
            raise UsageError(f"with papers, limit is at most {MOST_EVIDENCE}")
        return _answer(request, response, result, limit, offset, rows=reader.shown(result, papers))

    @app.get("/trends/{kind}/{entity:path}", tags=["trends"])
    def course(
        request: Request, response: Response, reader: Now, kind: Kind, entity: str,
        grain: Literal["day", "week", "month", "quarter", "year"] = "month",
        slice: Annotated[str, Query(max_length=300)] = "all",  # noqa: A002
    ) -> Any:  # fmt: skip
        """The shares of a topic, term or entity over time, with 95 % intervals."""
        result = reader.course(kind, entity, grain=grain, slice=slice)
        return _answer(request, response, result, max(len(result), 1), None)


MOST_EVIDENCE = 50
"""Trends of a page that can have their papers with them: each is a question of its own."""


def _answer(
    request: Request, response: Response, result: Found, limit: int, offset: int | None,
    form: str = "json", rows: list[dict[str, Any]] | None = None,
) -> Response:  # fmt: skip
    """A page of rows, as JSON or as an export; without `offset` all that there is to be had."""
    if form != "json":
        kind = f"{export.MEDIA_TYPES[form]}; charset=utf-8"
        return Response(result.export(form), media_type=kind, headers=dict(response.headers))
    page_rows = result.rows() if rows is None else rows
    end = (offset or 0) + limit
    more = offset is not None and len(page_rows) == limit
    more = more and (result.hits is None or end < result.hits)
    onward = {**request.query_params, "offset": str(end)}
    body = {
        "total": result.hits,
        "limit": limit,
        "offset": offset or 0,
        "next": f"{request.url.path}?{urlencode(onward)}" if more else None,
        "notes": list(result.notes),
        "rows": page_rows,
    }
    return _json(body, response)


def _json(body: Any, response: Response) -> Response:
    return JSONResponse(output.plain(body), headers=dict(response.headers))


def _handle_errors(app: FastAPI) -> None:
    """Every error is JSON: what is wrong, and what to do."""

    def error_response(status: int, error: str, **headers: str) -> Response:
        return JSONResponse({"error": error}, status, headers)

    @app.exception_handler(UsageError)
    def on_usage_error(_: Request, error: UsageError) -> Response:
        is_absent = str(error).startswith("no paper has the id")
        return error_response(404 if is_absent else 400, str(error))

    @app.exception_handler(RequestValidationError)
    def on_invalid_request(_: Request, error: RequestValidationError) -> Response:
        problems = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()]
        return error_response(400, "; ".join(problems))

    @app.exception_handler(NotPublishedError)
    def on_not_published(_: Request, error: NotPublishedError) -> Response:
        return error_response(404, str(error))

    @app.exception_handler(PapertideError)
    def on_failure(_: Request, error: PapertideError) -> Response:
        return error_response(409, str(error))

    @app.exception_handler(_UnknownKeyError)
    def on_unknown_key(_: Request, error: _UnknownKeyError) -> Response:
        why = "a key is needed: Authorization: Bearer KEY, or X-API-Key: KEY"
        return error_response(401, why, **{"WWW-Authenticate": "Bearer"})

    @app.exception_handler(_UnchangedError)
    def on_unchanged(_: Request, error: _UnchangedError) -> Response:
        return Response(status_code=304, headers={"ETag": error.tag, "Cache-Control": "no-cache"})


def _docs(app: FastAPI) -> None:
    """The parameters of every question, as a page that needs nothing from elsewhere."""

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        from papertide.api_docs import page

        return HTMLResponse(page(app.openapi()))

    @app.get("/openapi.json", include_in_schema=False)
    def document() -> Response:
        return JSONResponse(app.openapi())

    @app.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> Response:
        from papertide.metrics import text

        config: Config = request.app.state.config
        snapshot = resolve(Warehouse.at(config.warehouse).root)
        return Response(text(snapshot), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/", include_in_schema=False)
    def first() -> Response:
        paths = "\n".join(app.openapi()["paths"])
        return PlainTextResponse(f"Papertide. How to ask: /docs, or /openapi.json\n{paths}\n")


def _lifespan(config: Config) -> Callable[[FastAPI], Any]:
    """A lifespan that reads what is searched in, and the model, at its start and after each run."""
    stop = threading.Event()

    def keep_ready() -> None:
        root, ready_tag = Warehouse.at(config.warehouse).root, None
        while not stop.is_set():
            try:
                snapshot = resolve(root)
                if snapshot.tag != ready_tag:
                    prepare(snapshot)
                    if why_no_meaning(snapshot, config.embed) is None:
                        embed_query("a", config.embed)
                    ready_tag = snapshot.tag
            except Exception:  # whoever asks gets to see it, and so does the log
                LOG.exception("api: search could not be made ready")
            stop.wait(LOOK_EVERY_SECONDS)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=keep_ready, daemon=True).start()
        yield
        stop.set()

    return lifespan
