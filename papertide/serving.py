"""What servers of readers share: a free port, and a word of warning."""

from __future__ import annotations

import socket
import sys

from storage.errors import PapertideError

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Addresses that only this machine reaches."""


def must_be_free(command: str, host: str, port: int) -> None:
    """Raise a PapertideError where an address can't be listened at."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        raise PapertideError(
            f"{command}: {host}:{port} cannot be served: {error.strerror or error}\n"
            f"  another port: papertide {command} --port {port + 1}"
        ) from error


def warn_if_open(command: str, host: str, is_guarded: bool, remedy: str) -> None:
    """Say on standard error that others can read, where nobody is asked who they are."""
    if host not in LOOPBACK and not is_guarded:
        print(
            f"warning: {command} listens at {host} and asks nobody who they are: whoever reaches "
            f"it reads everything\n  {remedy}",
            file=sys.stderr,
        )
