"""Requirements of signing in: who may read, and that nobody else is shown anything."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest
import uvicorn
from fastapi import FastAPI, Form
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from conf.model import DashboardConf
from dashboard.sign_in import check, may_read, providers
from storage.errors import PapertideError
from tests.dashboard.browser import CHROMIUM, END, Browser, browser, served

SECRET = "0123456789abcdef" * 2
PROVIDER = {"client_id": "tide", "client_secret": "s", "server_metadata_url": "http://idp/conf"}


def written(file: Path, **values: str) -> Path:
    """A file of secrets with a section `auth`."""
    file.write_text("[auth]\n" + "".join(f"{name} = {value!r}\n" for name, value in values.items()))
    file.chmod(0o600)
    return file


def auth(**other: str) -> dict[str, str]:
    return {
        "redirect_uri": "http://127.0.0.1:{port}/oauth2callback",
        "cookie_secret": SECRET,
        **PROVIDER,
        **other,
    }


@pytest.mark.parametrize(
    ("readers", "claims", "expected"),
    [
        ([], {}, True),
        (["ada@example.org"], {"email": "Ada@Example.org"}, True),
        (["Ada@example.org"], {"email": "ada@example.org", "email_verified": True}, True),
        (["@example.org"], {"email": "bo@example.org"}, True),
        (["@example.org"], {"email": "bo@sub.example.org"}, False),
        (["@example.org"], {"email": "bo@notexample.org"}, False),
        (["@example.org"], {"email": "bo@example.org", "email_verified": False}, False),
        (["ada@example.org"], {"email": "bo@example.org"}, False),
        (["ada@example.org"], {"email": "ada@example.org@evil.org"}, False),
        (["ada@example.org"], {"name": "ada@example.org"}, False),
        (["@example.org"], {"email": "bo@example.org", "email_verified": "False"}, False),
        (["@example.org"], {"email": "example.org"}, False),
        (["@example.org"], {"email": "@example.org"}, False),
        (["@example.org"], {}, False),
    ],
)
def test_readers_are_named_by_address_or_domain(
    readers: list[str], claims: dict[str, Any], expected: bool
) -> None:
    assert may_read(readers, claims) is expected


def test_readers_without_a_provider_are_an_error() -> None:
    with pytest.raises(ValidationError, match="nobody is asked who they are"):
        DashboardConf(readers=["ada@example.org"])


@pytest.mark.parametrize("reader", ["example.org", "@", "", "a@b@c", "a b@example.org"])
def test_a_reader_that_names_nobody_is_an_error(reader: str) -> None:
    with pytest.raises(ValidationError, match="readers"):
        DashboardConf(sign_in="sign-in.toml", readers=[reader])


def test_a_file_that_signs_nobody_in_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sign-in.toml"
    with pytest.raises(PapertideError, match="no file"):
        check(file)
    file.write_text("[auth\n")
    file.chmod(0o600)
    with pytest.raises(PapertideError, match="cannot be read"):
        check(file)
    file.write_text("other = 1\n")
    with pytest.raises(PapertideError, match=r"no section \[auth\]"):
        check(file)
    for name in auth():
        with pytest.raises(PapertideError, match=rf"auth\.{name} missing"):
            check(written(file, **{**auth(), name: ""}))
    with pytest.raises(PapertideError, match="has to end with /oauth2callback"):
        check(written(file, **auth(redirect_uri="http://127.0.0.1:8501/")))
    with pytest.raises(PapertideError, match="under 32 characters"):
        check(written(file, **auth(cookie_secret="short")))
    written(file, **auth()).chmod(0o640)
    with pytest.raises(PapertideError, match="others may read"):
        check(file)
    check(written(file, **auth()))


def test_named_providers_each_have_their_section(tmp_path: Path) -> None:
    shared = {name: auth()[name] for name in ("redirect_uri", "cookie_secret")}
    file = written(tmp_path / "sign-in.toml", **shared)
    sections = "".join(f"{name} = {value!r}\n" for name, value in PROVIDER.items())
    file.write_text(f"{file.read_text()}[auth.campus]\n{sections}[auth.other]\nclient_id = 'x'\n")
    with pytest.raises(PapertideError, match=r"auth\.other\.client_secret"):
        check(file)
    assert providers({**shared, "campus": PROVIDER, "other": {}}) == ["campus", "other"]
    assert providers(auth()) == [""]
    assert providers({**auth(), "client_kwargs": {"prompt": "login"}}) == [""]


@pytest.fixture(scope="module")
def provider() -> Iterator[tuple[str, dict[str, Any]]]:
    """An identity provider as a server, and the claims that it makes of whoever comes."""
    key = RSAKey.generate_key(2048, {"kid": "1"})
    claims: dict[str, Any] = {}
    nonces: dict[str, str] = {}
    app = FastAPI()
    listening = socket.create_server(("127.0.0.1", 0))
    root = f"http://127.0.0.1:{listening.getsockname()[1]}"

    @app.get("/conf")
    def conf() -> dict[str, Any]:
        return {
            "issuer": root,
            "authorization_endpoint": f"{root}/authorize",
            "token_endpoint": f"{root}/token",
            "jwks_uri": f"{root}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False)]}

    @app.get("/authorize")
    def authorize(redirect_uri: str, state: str, nonce: str) -> RedirectResponse:
        nonces["code"] = nonce
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': 'code', 'state': state})}")

    @app.post("/token")
    def token(code: str = Form()) -> dict[str, Any]:
        now = int(time.time())
        about = {"iss": root, "aud": "tide", "iat": now, "exp": now + 600, "nonce": nonces[code]}
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, {**about, **claims}, key)
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 600, "id_token": signed}

    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield root, claims
    server.should_exit = True
    thread.join()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium")
def test_pages_open_to_readers_alone(
    warehouse: str, provider: tuple[str, dict[str, Any]], tmp_path: Path
) -> None:
    root, claims = provider
    file = written(tmp_path / "sign-in.toml", **auth(server_metadata_url=f"{root}/conf"))
    options = [f"dashboard.sign_in={file}", "dashboard.readers=['ada@example.org']"]
    sets = [part for option in options for part in ("--set", option)]
    with served(warehouse, *sets) as address, browser(tmp_path / "chromium") as page:
        for path in ("", "/search?q=bold", "/health"):
            page.open(address + path, "Sign in to read")
            assert END not in page.text()

        claims |= {"sub": "2", "email": "bo@example.org"}
        click(page, "Sign in")
        page.wait_for("Not among the readers")
        assert END not in page.text()
        click(page, "Sign out")
        page.wait_for("Sign in to read")

        claims |= {"sub": "1", "email": "ada@example.org"}
        click(page, "Sign in")
        page.wait_for(END)
        assert "Sign out ada@example.org" in page.text().replace("\u2060", "")
        click(page, "Sign out")
        page.wait_for("Sign in to read")


def click(page: Browser, text: str) -> None:
    """Click the button whose text begins so."""
    button = f"[...document.querySelectorAll('button')].find(b => b.innerText.startsWith('{text}'))"
    page.wait_until(f"!!{button}")
    page.run(f"{button}.click()")
