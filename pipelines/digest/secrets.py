"""Secrets: from the environment, or from a Prefect Secret block that the settings name."""

from __future__ import annotations

from collections.abc import Mapping

from storage.errors import UsageError

LINKS = "PAPERTIDE_DIGEST_SECRET"
PASSWORD = "PAPERTIDE_SMTP_PASSWORD"  # noqa: S105 - a name, not a password
_SHORTEST = 16


def link_secret(environ: Mapping[str, str], block: str | None) -> bytes:
    """The secret that signs links.

    Raises:
        UsageError: there is none, or one that can be guessed.
    """
    secret = _secret(environ, LINKS, block, "digest.signing_block")
    if len(secret) < _SHORTEST:
        raise UsageError(
            f"the secret that signs links is shorter than {_SHORTEST} characters\n"
            f"  make one, keep it, and set {LINKS}: python -c 'import secrets; "
            "print(secrets.token_urlsafe())'"
        )
    return secret.encode()


def password(environ: Mapping[str, str], block: str | None) -> str:
    """The password of the mail server's user.

    Raises:
        UsageError: there is none.
    """
    return _secret(environ, PASSWORD, block, "digest.smtp.password_block")


def _secret(environ: Mapping[str, str], name: str, block: str | None, key: str) -> str:
    """The value of the environment, not read as YAML, so that no error message shows it."""
    if block is None:
        if environ.get(name):
            return environ[name]
        raise UsageError(f"no {name} in the environment, and no Prefect Secret block in {key}")
    from prefect.blocks.system import Secret  # takes seconds, and a server

    try:
        return str(Secret.load(block).get())  # type: ignore[union-attr]
    except ValueError as error:
        raise UsageError(f"{key}: Prefect has no Secret block {block!r}") from error
