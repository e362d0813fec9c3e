"""Who may read the pages: those whom an identity provider names, where one is set.

Streamlit signs readers in (OpenID Connect, by Authlib); here stand what has to be set for that, and
who of those that are signed in may read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from conf.model import DashboardConf
from dashboard.text import label
from storage.errors import PapertideError
from storage.private import must_be_private

SHARED = ("redirect_uri", "cookie_secret")
OF_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
SECRET_CHARS = 32  # as many as a digest of 128 bits has in hex: not to be guessed
CALLBACK = "/oauth2callback"
_ARGUMENTS = "client_kwargs"  # of the provider whose values stand in the section itself


def check(file: Path) -> None:
    """Raise a PapertideError where a file can't sign anybody in; it says what to mend."""
    try:
        auth = tomllib.loads(file.read_text(encoding="utf-8")).get("auth")
    except FileNotFoundError:
        raise PapertideError(f"dashboard.sign_in: no file {file}") from None
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise PapertideError(f"dashboard.sign_in: {file} cannot be read: {error}") from error
    must_be_private(file, "secrets")
    problem = _problem(auth)
    if problem:
        raise PapertideError(f"dashboard.sign_in: {file}: {problem}; see docs/dashboard.md")


def _problem(auth: Any) -> str | None:
    """What a section `auth` lacks, or None."""
    if not isinstance(auth, dict):
        return "no section [auth]"
    sections = {f"auth.{name}": auth[name] for name in providers(auth) if name} or {"auth": auth}
    missing = [f"auth.{name}" for name in SHARED if not auth.get(name)]
    missing += [
        f"{section}.{name}"
        for section, values in sections.items()
        for name in OF_PROVIDER
        if not values.get(name)
    ]
    if missing:
        return f"{', '.join(missing)} missing"
    if not str(auth["redirect_uri"]).endswith(CALLBACK):
        return f"auth.redirect_uri has to end with {CALLBACK}"
    if len(str(auth["cookie_secret"])) < SECRET_CHARS:
        return f"auth.cookie_secret has under {SECRET_CHARS} characters"
    return None


def providers(auth: Mapping[str, Any]) -> list[str]:
    """Names of the providers of a section `auth`; one whose values stand in it has none."""
    sections = [name for name, value in auth.items() if isinstance(value, Mapping)]
    return [name for name in sections if name != _ARGUMENTS] or [""]


def may_read(readers: Sequence[str], claims: Mapping[str, Any]) -> bool:
    """Whether the one of whom a provider claims this is among `readers`.

    Readers are e-mail addresses and domains, as `@example.org`; where none are named, all whom the
    provider signs in may read. An address that the provider says is not verified is nobody's.
    """
    if not readers:
        return True
    address = str(claims.get("email") or "").casefold()
    name, _, domain = address.rpartition("@")
    is_verified = str(claims.get("email_verified", True)).casefold() == "true"
    named = {reader.casefold() for reader in readers}
    return is_verified and bool(name) and bool({address, f"@{domain}"} & named)


def admit(settings: DashboardConf) -> bool:
    """Whether this reader may see the pages; else the page says what to do."""
    if settings.sign_in is None:
        return True
    if not st.user.is_logged_in:
        st.title("Papertide")
        st.write("Sign in to read.")
        for name in providers(st.secrets["auth"]):
            text = f"Sign in with {label(name)}" if name else "Sign in"
            st.button(text, type="primary", on_click=st.login, args=[name or None])
        return False
    if not may_read(settings.readers, st.user):
        st.title("Not among the readers")
        st.warning(
            f"{label(_name())} may not read these pages. Whoever runs them can add the address."
        )
        sign_out()
        return False
    return True


def sign_out() -> None:
    """A button that signs out who is signed in."""
    st.button(f"Sign out {label(_name())}", on_click=st.logout)


def _name() -> str:
    return str(st.user.get("email") or st.user.get("name") or "the reader")
