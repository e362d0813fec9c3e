"""Secrets of the digest in Prefect's own blocks."""

from __future__ import annotations

import pytest
from prefect.blocks.system import Secret

from pipelines.digest.secrets import link_secret, password
from storage.errors import UsageError

pytestmark = pytest.mark.slow


def test_a_secret_of_a_prefect_block_is_used_in_place_of_the_environment(harness: None) -> None:
    Secret(value="a secret of tides and ebbs").save("links")
    environ = {"PAPERTIDE_DIGEST_SECRET": "another one of tides", "PAPERTIDE_SMTP_PASSWORD": "x"}
    assert link_secret(environ, "links") == b"a secret of tides and ebbs"
    assert link_secret(environ, None) == b"another one of tides"
    assert password({}, "links") == "a secret of tides and ebbs"


def test_a_block_that_is_not_there_is_told(harness: None) -> None:
    with pytest.raises(UsageError, match=r"digest\.signing_block: Prefect has no .*'floods'"):
        link_secret({}, "floods")
