"""Networks of members that write together, and the files that programs for networks read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET


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
        places = {node["id"]: place for place, node in enumerate(self.nodes, 1)}
        items = [
            {"id": places[node["id"]], "label": node["name"], "description": node["id"],
             "weights": {"Documents": node["papers"]}}
            for node in self.nodes
        ]  # fmt: skip
        links = [
            {"source_id": places[edge["a"]], "target_id": places[edge["b"]],
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
