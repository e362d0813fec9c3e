"""What programs are answered over HTTP."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from conf import load
from papertide import export
from papertide.api import KEYS, application
from papertide.serving import warn_if_open
from tests.dashboard.rows import DAY, paper, publish, score

START_SECONDS = 60


@pytest.fixture(scope="module")
def client(warehouse: str) -> TestClient:
    return TestClient(application(load([], [f"warehouse={warehouse}"], {})))


def get(client: TestClient, path: str, **asked: Any) -> Any:
    found = client.get(path, params=asked)
    assert found.status_code == 200, found.text
    return found.json()


def ids(told: Any) -> list[str]:
    return [row["paper_id"] for row in told["rows"]]


def test_papers_come_in_pages_that_lead_on(client: TestClient) -> None:
    first = get(client, "/papers", limit=2, order="oldest")
    assert first["total"] == 3
    second = client.get(first["next"]).json()
    assert [*ids(first), *ids(second)] == ["p3", "p2", "p1"]
    assert second["next"] is None
    assert ids(get(client, "/papers", topic="tides, graphs")) == ["p1"]


@pytest.mark.parametrize("path", ["/topics", "/trends/term/graphs", "/similar/p1?limit=1"])
def test_what_comes_whole_leads_on_to_nothing(client: TestClient, path: str) -> None:
    told = client.get(path).json()
    assert told["rows"] and told["next"] is None


def test_every_question_has_an_answer(client: TestClient) -> None:
    assert get(client, "/papers/p1")["title"] == "Tidal graphs"
    assert ids(get(client, "/search", q="graph", by="words")) == ["p1", "p3"]
    assert ids(get(client, "/similar/p1")) == ["p2"]
    assert ids(get(client, "/cites/p1")) == ["p3"]
    assert ids(get(client, "/cited-by/p3", limit=1)) == ["p1"]
    assert get(client, "/papers/p1")["cited_by"]["total"] == 1
    assert [row["name"] for row in get(client, "/authorships/p1", limit=1)["rows"]] == [
        "Ada Lovelace"
    ]
    assert [row["author_id"] for row in get(client, "/authors", name="reed")["rows"]] == [
        "a2",
        "a3",
    ]
    assert get(client, "/authors/a1")["coauthors"][0]["name"] == "Ben Reed"
    assert get(client, "/institutions", country="no")["rows"][0]["name"] == "Silt Lab"
    pairs = get(client, "/collaborations", member="NO", since="2024-01-01")["rows"]
    assert [(row["a"], row["b"], row["papers"]) for row in pairs] == [("NO", "SE", 2)]
    assert get(client, "/profiles/institution/ror:0silt")["name"] == "Silt Lab"
    assert [node["id"] for node in get(client, "/networks/country")["nodes"]] == ["NO", "SE"]
    movers = get(client, "/first-movers/topic/tides, graphs", by="country")["rows"]
    assert [row["id"] for row in movers] == ["NO", "SE"]
    drawn = client.get("/networks/country", params={"format": "graphml"})
    assert drawn.headers["content-type"].startswith("application/graphml+xml")
    assert get(client, "/topics")["rows"][0]["label"] == "tides, graphs"
    assert ids(get(client, "/scores", day=str(DAY))) == ["p1", "p2", "p3"]
    assert len(get(client, "/trends/term/graphs")["rows"]) == 3
    (told,) = get(client, "/trends", like="graph", kind="term", papers=1)["rows"]
    assert told["class"] == "rising"
    assert [row["paper_id"] for row in told["evidence"]] == ["p1"]


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/papers/nope", 404, "no paper has the id nope"),
        ("/papers?limit=0", 400, "limit: "),
        ("/papers?limit=1001", 400, "limit: "),
        ("/papers?offset=100001", 400, "offset: "),
        ("/papers?autor=x", 400, "did you mean author"),
        ("/papers?since=soon", 400, "since: "),
        ("/papers?topic=nowhere", 400, "no topic nowhere"),
        ("/search?q=", 400, "empty"),
        ("/search?q=" + "x" * 10_001, 400, "q: "),
        ("/search", 400, "q: "),
        ("/search?q=tide&by=meaning", 409, "meaning"),
        ("/trends?verdict=risin", 400, "did you mean rising"),
        ("/terms", 404, "gold.terms is not published"),
        ("/papers?as_of=2001-01-01", 409, "nothing was published as of 2001-01-01"),
        ("/nowhere", 404, "Not Found"),
    ],
)
def test_an_error_says_what_is_wrong(client: TestClient, path: str, status: int, told: str) -> None:
    found = client.get(path)
    assert found.status_code == status
    assert told in found.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(client: TestClient, method: str) -> None:
    assert client.request(method, "/papers").status_code == 405


@pytest.mark.parametrize("form", export.FORMS)
def test_a_page_goes_out_in_every_form(client: TestClient, form: str) -> None:
    found = client.get("/papers", params={"format": form})
    assert found.headers["content-type"].startswith(export.MEDIA_TYPES[form])
    assert "Reef peptides" in found.text
    assert found.headers["etag"]


def test_what_is_the_same_is_not_sent_again_until_something_is_published(tmp_path: Path) -> None:
    root = str(tmp_path)
    publish(root, {"silver.papers": [paper("p1", "One")], "gold.scores": [score("p1", 0.5)]})
    client = TestClient(application(load([], [f"warehouse={root}"], {})))
    tag = client.get("/papers").headers["etag"]
    again = client.get("/papers", headers={"If-None-Match": f'"x", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    later = DAY + timedelta(days=1)
    publish(root, {"silver.papers": [paper("p2", "Two")], "gold.scores": [score("p2", 0.5, later)]})
    fresh = client.get("/papers", headers={"If-None-Match": tag})
    assert (fresh.status_code, ids(fresh.json())) == (200, ["p1", "p2"])
    assert fresh.headers["etag"] != tag


def test_keys_are_asked_for_where_there_are_keys(warehouse: str) -> None:
    app = application(load([], [f"warehouse={warehouse}"], {}), frozenset(["one", "two"]))
    client = TestClient(app)
    for path in ("/papers", "/docs", "/", "/openapi.json"):
        assert client.get(path).status_code == 401, path
        assert client.get(path, headers={"Authorization": "Bearer three"}).status_code == 401
        assert client.get(path, headers={"Authorization": "Bearer two"}).status_code == 200
        assert client.get(path, headers={"X-API-Key": "one"}).status_code == 200


def test_the_page_of_the_api_tells_every_question_and_needs_nothing_from_elsewhere(
    client: TestClient,
) -> None:
    page = client.get("/docs").text
    for path, asked in client.get("/openapi.json").json()["paths"].items():
        assert f"GET {path}<" in page
        assert set(asked) == {"get"}
        for one in asked["get"].get("parameters", []):
            assert f"<code>{one['name']}</code>" in page
    assert not re.findall(r"(?:src|href)=\"(?!/openapi.json)", page)


def test_who_listens_elsewhere_without_keys_is_warned(capsys: pytest.CaptureFixture[str]) -> None:
    warn_if_open("api", "127.0.0.1", False, "…")
    warn_if_open("api", "0.0.0.0", True, "…")
    assert capsys.readouterr().err == ""
    warn_if_open("api", "0.0.0.0", False, "set keys")
    assert "warning: api listens at 0.0.0.0" in capsys.readouterr().err


@contextmanager
def served(warehouse: str, log: Path, **environ: str) -> Iterator[str]:
    """The address of a process that serves a warehouse."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port = tried.getsockname()[1]
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "api", "--port", str(port),
               "--set", f"warehouse={warehouse}"]  # fmt: skip
    with (
        log.open("w") as out,
        subprocess.Popen(command, stderr=out, env={**os.environ, **environ}) as process,
    ):
        try:
            until = time.monotonic() + START_SECONDS
            while "answers from" not in log.read_text() or not _answers(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", timeout=60).status_code in (200, 401)
    except httpx.ConnectError:
        return False


@pytest.mark.slow
def test_the_command_serves_whoever_has_a_key(warehouse: str, tmp_path: Path) -> None:
    with served(warehouse, tmp_path / "log", **{KEYS: "secret"}) as address:
        assert httpx.get(f"{address}/papers", timeout=60).status_code == 401
        told = httpx.get(
            f"{address}/search", params={"q": "graph"}, headers={"X-API-Key": "secret"}, timeout=60
        )
        assert ids(told.json()) == ["p1", "p3"]
        curl = shutil.which("curl")
        if curl:
            asked = [curl, "-s", "-H", "Authorization: Bearer secret", f"{address}/papers?limit=1"]
            found = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
            assert found["total"] == 3
