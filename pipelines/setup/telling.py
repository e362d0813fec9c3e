"""What other programs say, fit to be passed on to a person."""

from __future__ import annotations

import re

# An address may carry a password, and where packages come from is the machine's business.
_ADDRESS = re.compile(r"\b\w+://[^\s'\",;)]+|(?<=host=)\S+?(?=[,)\s]|$)")


def without_addresses(text: str) -> str:
    """The text with every address and host in it left out."""
    return _ADDRESS.sub("(address)", text)
