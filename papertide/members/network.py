"""Networks of members that write together, and the files that programs for networks read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

_STEPS = 300


def layout(
    ids: Sequence[str], edges: Sequence[tuple[str, str, float]]
) -> dict[str, tuple[float, float]]:
    """Places of nodes in the plane from 0 to 1, those that write together near each other.

    Springs and repulsion (Fruchterman and Reingold 1991), with a pull to the middle that keeps
    nodes without edges in the picture. They begin on a circle, in their order: from the same rows
    the same places.

    Args:
        edges: two ids and a weight each.
    """
    n = len(ids)
    if n < 2:  # noqa: PLR2004 - nothing to lay out
        return dict.fromkeys(ids, (0.5, 0.5))
    place = {name: at for at, name in enumerate(ids)}
    turn = 2 * np.pi * np.arange(n) / n
    at = np.column_stack([np.cos(turn), np.sin(turn)])
    pull = np.zeros((n, n))
    for a, b, weight in edges:
        pull[place[a], place[b]] = pull[place[b], place[a]] = weight
    pull /= pull.max() or 1.0
    near = 1.6 / np.sqrt(n)  # the distance of nodes that fill the circle evenly, about
    for step in range(_STEPS):
        apart = at[:, None, :] - at[None, :, :]
        distance = np.maximum(np.linalg.norm(apart, axis=2), 1e-3)
        force = near**2 / distance**2 - np.sqrt(pull) * distance / near
        move = (apart * force[:, :, None]).sum(axis=1) - at * n * near**2
        length = np.maximum(np.linalg.norm(move, axis=1, keepdims=True), 1e-9)
        at += move / length * np.minimum(length, 0.1 * (1 - step / _STEPS))
    low, high = at.min(axis=0), at.max(axis=0)
    at = np.round((at - low) / np.maximum(high - low, 1e-9), 4)
    return {name: (float(x), float(y)) for name, (x, y) in zip(ids, at, strict=True)}


@dataclass(frozen=True)
class Network:
    """Who writes with whom.

    Attributes:
        nodes: members as id, name, papers, that of the most papers first.
        edges: pairs a, b of ids with papers (whole counting) and weight (1 / (n - 1) of a paper).
        notes: why there are none.
    """

    kind: str
    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    notes: tuple[str, ...] = ()

    @cached_property
    def places(self) -> dict[str, tuple[float, float]]:
        """Where each node is drawn; see `layout`."""
        return layout(
            [node["id"] for node in self.nodes],
            [(edge["a"], edge["b"], edge["weight"]) for edge in self.edges],
        )

    def graphml(self) -> str:
        """The network in GraphML, which Gephi, Cytoscape and networkx read."""
        root = ET.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
        for name, of, type_ in _ATTRIBUTES:
            ET.SubElement(
                root,
                "key",
                {"id": f"{of}-{name}", "for": of, "attr.name": name, "attr.type": type_},
            )
        graph = ET.SubElement(root, "graph", id=f"{self.kind}-network", edgedefault="undirected")
        for node in self.nodes:
            told = node | {"label": node["name"]}
            _put(ET.SubElement(graph, "node", id=node["id"]), "node", told)
        for edge in self.edges:
            _put(ET.SubElement(graph, "edge", source=edge["a"], target=edge["b"]), "edge", edge)
        ET.indent(root)
        return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"

    def vosviewer(self) -> str:
        """The network in VOSviewer's JSON; the strength of a link is its weight."""
        numbers = {node["id"]: number for number, node in enumerate(self.nodes, 1)}
        places = self.places
        items = [
            {"id": numbers[node["id"]], "x": places[node["id"]][0], "y": places[node["id"]][1],
             "label": node["name"], "description": node["id"],
             "weights": {"Documents": node["papers"]}}
            for node in self.nodes
        ]  # fmt: skip
        links = [
            {"source_id": numbers[edge["a"]], "target_id": numbers[edge["b"]],
             "strength": edge["weight"]}
            for edge in self.edges
        ]  # fmt: skip
        network = {"network": {"items": items, "links": links}}
        return json.dumps(network, ensure_ascii=False, indent=1) + "\n"

    def json(self) -> str:
        """Nodes and edges in JSON."""
        return json.dumps({"kind": self.kind, "nodes": self.nodes, "edges": self.edges},
                          ensure_ascii=False, indent=1) + "\n"  # fmt: skip


FORMS = {"graphml": Network.graphml, "vosviewer": Network.vosviewer, "json": Network.json}
_ATTRIBUTES = (
    ("label", "node", "string"),
    ("papers", "node", "long"),
    ("papers", "edge", "long"),
    ("weight", "edge", "double"),
)


def _put(element: ET.Element, of: str, values: Mapping[str, Any]) -> None:
    for name, whose, _ in _ATTRIBUTES:
        if whose == of:
            ET.SubElement(element, "data", key=f"{of}-{name}").text = str(values[name])
