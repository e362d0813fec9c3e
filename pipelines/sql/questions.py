"""The questions of questions.sql, by their words."""

from __future__ import annotations

from importlib import resources

from pipelines.sql.statements import statements

_MARK = "--- "


def questions() -> dict[str, str]:
    """Each question's query, in their order."""
    text = (resources.files("pipelines.sql") / "questions.sql").read_text(encoding="utf-8")
    queries = {}
    for part in text.split(f"\n{_MARK}")[1:]:
        question, _, query = part.partition("\n")
        (queries[question],) = statements(query)
    return queries
