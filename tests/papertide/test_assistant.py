"""What assistants are answered, asked by the SDK's own client."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import pytest

pytest.importorskip("mcp")
from mcp import Client, StdioServerParameters, stdio_client

from conf import load
from papertide.assistant import DATA, server


def data(answer: Any) -> Any:
    """What stands between the marks of data."""
    (part,) = answer.content
    assert not answer.is_error, part.text
    assert part.text.startswith(f"{DATA}\n<data>\n")
    assert part.text.endswith("\n</data>")
    inner = part.text.removeprefix(f"{DATA}\n<data>\n").removesuffix("\n</data>")
    assert "<" not in inner  # nothing of a feed can close the mark
    return json.loads(inner)


def asked(warehouse: str, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """Answers in this process."""

    async def ask() -> list[Any]:
        async with Client(server(load([], [f"warehouse={warehouse}"], {}))) as client:
            return [await client.call_tool(name, given) for name, given in calls]

    return asyncio.run(ask())


def test_each_tool_answers_with_papers(warehouse: str) -> None:
    found = asked(
        warehouse,
        ("search", {"query": "graph", "by": "words"}),
        ("papers", {"topic": "tides, graphs"}),
        ("paper", {"paper_id": "p1"}),
        ("similar", {"paper_id": "p1"}),
        ("authorships", {"paper_id": "p1"}),
        ("authors", {"name": "reed"}),
        ("author", {"author": "a1"}),
        ("institutions", {"country": "NO"}),
        ("profile", {"kind": "country", "member": "NO"}),
        ("first_movers", {"kind": "term", "entity": "graphs"}),
        ("entities", {"kind": "model"}),
        ("collaborations", {"member": "SE", "limit": 1}),
        ("trends", {"kind": "term", "verdict": "rising"}),
        ("course", {"kind": "term", "entity": "graphs"}),
        ("topics", {}),
        ("slices", {}),
        ("scores", {}),
    )
    search, papers, paper, similar, *found = map(data, found)
    authorships, authors, author, *found = found
    institutions, profile, movers, entities, collaborations, *found = found
    trends, course, topics, slices, scores = found
    assert [row["name"] for row in entities["rows"]] == ["TideNet"]
    assert [row["paper_id"] for row in search["rows"]] == ["p1", "p3"]
    assert [row["paper_id"] for row in papers["rows"]] == ["p1"]
    assert paper["title"] == "Tidal graphs"
    assert [row["paper_id"] for row in similar["rows"]] == ["p2"]
    assert [row["name"] for row in authorships["rows"]] == ["Ada Lovelace", "Ben Reed"]
    assert [row["author_id"] for row in authors["rows"]] == ["a2", "a3"]
    assert author["coauthors"][0]["name"] == "Ben Reed"
    assert [row["name"] for row in institutions["rows"]] == ["Silt Lab"]
    assert (profile["name"], profile["papers"]) == ("Norway", 1)
    assert [row["name"] for row in movers["rows"]] == ["Ada Lovelace", "Ben Reed"]
    assert [(row["a"], row["papers"]) for row in collaborations["rows"]] == [("NO", 3)]
    assert [(row["name"], [p["paper_id"] for p in row["evidence"]]) for row in trends] == [
        ("graphs", ["p1", "p3"])
    ]
    assert [row["n"] for row in course["periods"]] == [2, 6, 1]
    assert [row["paper_id"] for row in course["papers"]] == ["p1", "p3"]
    assert topics["rows"][0]["label"] == "tides, graphs"
    assert slices["rows"] == [{"value": "all"}]
    assert scores["rows"][1]["title"].startswith("<script>")


@pytest.mark.parametrize(
    ("tool", "given", "told"),
    [
        ("paper", {"paper_id": "nope"}, "no paper has the id nope"),
        ("papers", {"topic": "nowhere"}, "no topic nowhere"),
        ("search", {"query": "x", "limit": 51}, "50"),
        ("trends", {"verdict": "risin"}, "did you mean rising"),
        ("scores", {"as_of": "2001-01-01"}, "nothing was published as of 2001-01-01"),
    ],
)
def test_an_error_says_what_is_wrong(
    warehouse: str, tool: str, given: dict[str, Any], told: str
) -> None:
    (answer,) = asked(warehouse, (tool, given))
    assert answer.is_error
    assert told in answer.content[0].text


@pytest.mark.slow
def test_a_client_asks_the_command_over_its_input_and_output(warehouse: str) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=[
            "-c",
            "from pipelines.cli import main; main()",
            "mcp",
            "--set",
            f"warehouse={warehouse}",
        ],
        env=dict(os.environ),
    )

    async def ask() -> tuple[list[str], Any]:
        async with Client(stdio_client(command)) as client:
            tools = (await client.list_tools()).tools
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
            return [t.name for t in tools], await client.call_tool("search", {"query": "graph"})

    names, answer = asyncio.run(ask())
    assert {"search", "papers", "paper", "similar", "trends", "course", "topics", "scores"} <= set(
        names
    )
    assert [row["paper_id"] for row in data(answer)["rows"]] == ["p1", "p3"]
