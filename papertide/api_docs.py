"""The page /docs: every question of the API with its parameters, from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} API</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code { font-family: ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }
td { border-top: 1px solid #8886; }
</style>
</head>
<body>
<h1>{{ title }} API</h1>
<p>{{ description }}</p>
<p>The same for programs: <a href="/openapi.json">openapi.json</a>. Lists have <code>total</code>
(null where nobody counted), <code>next</code> (the address of the next page), <code>notes</code>
and <code>rows</code>. Each answer has an <code>ETag</code>; sent back as
<code>If-None-Match</code> it is answered with 304 until a run publishes.</p>
{% for path, parameters, about in paths %}
<h2><code>GET {{ path }}</code></h2>
<p>{{ about }}</p>
{% if parameters %}
<table>
<thead>
<tr><th scope="col">parameter</th><th scope="col">is</th><th scope="col">default</th></tr>
</thead>
<tbody>
{% for name, kind, default in parameters %}
<tr><td><code>{{ name }}</code></td><td>{{ kind }}</td><td>{{ default }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endif %}
{% endfor %}
</body>
</html>
"""


def page(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document."""
    paths = [
        (path, [_parameter(one) for one in methods["get"].get("parameters", [])],
         methods["get"].get("description", ""))
        for path, methods in document["paths"].items()
    ]  # fmt: skip
    template = Environment(autoescape=True).from_string(_PAGE)
    info = document["info"]
    return template.render(title=info["title"], description=info["description"], paths=paths)


def _parameter(parameter: Mapping[str, Any]) -> tuple[str, str, str]:
    schema = parameter["schema"]
    default = schema.get("default")
    needed = "needed" if parameter.get("required") else "" if default is None else str(default)
    about = [_kind(schema), parameter.get("description", "")]
    return parameter["name"], "; ".join(filter(None, about)), needed


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value may be, in words."""
    kinds = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    (kind,) = kinds
    if "enum" in kind:
        return "one of " + ", ".join(map(str, kind["enum"]))
    if "const" in kind:
        return str(kind["const"])
    text = {"string": "text", "integer": "whole number", "boolean": "true or false"}[kind["type"]]
    if kind.get("format") == "date":
        text = "day, as 2026-03-01"
    if "maximum" in kind:
        text += f", {kind['minimum']} to {kind['maximum']:,}"
    return text
