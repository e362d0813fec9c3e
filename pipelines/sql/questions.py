"""The questions of questions.sql, by their words."""

from __future__ import annotations

from importlib import resources

from pipelines.sql.statements import statements

_MARK = "--- "


def questions() -> dict[str, str]:
    """Each question's query, in their order."""
    text = (resources.files("pipelines.sql") / "questions.sql").read_text(encoding="utf-8")
    found = {}
    for part in text.split(f"\n{_MARK}")[1:]:
        question, _, query = part.partition("\n")
        (found[question],) = statements(query)
    return found
