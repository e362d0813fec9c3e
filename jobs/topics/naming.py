"""Names of topics from a command of one's own, such as a language model: off by default.

The command reads a JSON list of topics on its standard input, each with topic_id, level, parent,
label, terms and description, and writes a JSON object of names by topic_id. Nothing is sent
anywhere by Papertide itself.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

_LONGEST = 80  # characters of a name, a line on a page


class NamingError(RuntimeError):
    """The command failed or gave no names that can be read."""


def suggest_names(
    topics: Sequence[Mapping[str, Any]], command: Sequence[str], seconds: float
) -> dict[str, str]:
    """The names that a command gives to topics, those of one line that no other topic has.

    Raises:
        NamingError: the command is not there, fails, takes longer, or writes no JSON object.
    """
    try:
        process = subprocess.run(  # noqa: S603 - the command is the person's own setting
            list(command), input=json.dumps(topics), capture_output=True, text=True,
            timeout=seconds, check=True,
        )  # fmt: skip
        answer = json.loads(process.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise NamingError(f"topics.namer: {command[0]}: {error}") from error
    if not isinstance(answer, dict):
        raise NamingError(f"topics.namer: {command[0]}: wrote no JSON object of names by topic_id")
    labels = {str(topic["topic_id"]): str(topic["label"]) for topic in topics}
    used = set(labels.values())
    names: dict[str, str] = {}
    for topic_id in sorted(labels):
        name = answer.get(topic_id)
        if not isinstance(name, str) or not name.strip() or "\n" in name.strip():
            continue
        name = " ".join(name.split())[:_LONGEST].strip()
        if name not in used or name == labels[topic_id]:
            names[topic_id] = name
            used.add(name)
    return names
