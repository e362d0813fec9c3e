"""Answers of OAI-PMH, in which every source wraps its own format.

Source: Open Archives Initiative Protocol for Metadata Harvesting 2.0, sections 3.5 and 3.6.
"""

from __future__ import annotations

import re

from jobs.feeds.tools.reading import Unreadable
from jobs.feeds.tools.xml_text import decode_xml

_ERROR = re.compile(r"<error\s+code=[\"'](\w+)[\"'][^>]*>([^<]*)<")
_NO_RECORDS = "noRecordsMatch"


def refuse_error(content: bytes) -> None:
    """Refuse an answer without records that is an error; that there are none is no error.

    Raises:
        Unreadable: it is one; the message says which.
    """
    error = _ERROR.search(decode_xml(content))
    if error and error[1] != _NO_RECORDS:
        raise Unreadable(f"the source answered with an error: {error[1]}: {error[2]}")
