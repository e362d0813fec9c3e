"""Where files lie, here or in object storage, and what it takes to reach them.

Endpoint, region and credentials of object storage stand in the environment, under the names that
AWS gave them. delta-rs, Arrow and Hadoop all look there, and the processes that this one starts
inherit it: no secret becomes an argument, or a setting that Spark shows or Prefect keeps.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from jobs.params import StorageSettings

if TYPE_CHECKING:  # the command line starts without
    from pyarrow import fs

S3 = "s3://"
S3_EXTRA = "s3"
"""Name of the jars without which Spark reaches no object storage, as setup knows them."""

_ENDPOINT, _REGION = "AWS_ENDPOINT_URL", "AWS_REGION"
_KEY, _SECRET, _TOKEN = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"  # noqa: S105
# These two are delta-rs' own.
_PLAIN_HTTP, _VIRTUAL_HOSTS = "AWS_ALLOW_HTTP", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST"
_VARIABLES = (_ENDPOINT, _REGION, _KEY, _SECRET, _TOKEN, _PLAIN_HTTP, _VIRTUAL_HOSTS)

ATTEMPTS = 16
"""A store that is not well Arrow asks so often, for a minute or more: it draws waits of up to 1, 2,
4 seconds and so on, at most 20. By itself it asks three times within two seconds. Spark waits for
minutes, and so does delta-rs as we ask it (storage/delta_log.py)."""
_S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"
_URI = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_OTHER_SPELLING = re.compile(r"s3[an]://", re.IGNORECASE)


def settle(settings: StorageSettings) -> None:
    """Put what the settings say of object storage where all that reads and writes there looks.

    What they leave open stays as the environment has it.
    """
    variables = {_ENDPOINT: settings.endpoint, _REGION: settings.region}
    if settings.access_key and settings.secret_key:
        variables |= {
            _KEY: settings.access_key.get_secret_value(),
            _SECRET: settings.secret_key.get_secret_value(),
        }
        os.environ.pop(_TOKEN, None)  # it goes with another key
    os.environ.update({name: value for name, value in variables.items() if value})
    if endpoint := os.environ.get(_ENDPOINT):
        os.environ[_PLAIN_HTTP] = str(endpoint.startswith("http://")).lower()
        os.environ[_VIRTUAL_HOSTS] = str(not settings.path_style).lower()


def is_uri(location: str) -> bool:
    """Whether a location names a scheme, and is no path of this machine."""
    return bool(_URI.match(location))


def one_spelling(location: str) -> str:
    """A location as all that reads it knows it: Hadoop's names of S3 become `s3://`."""
    return _OTHER_SPELLING.sub(S3, location, count=1) if is_uri(location) else location


def open_location(location: str, attempts: int = ATTEMPTS) -> tuple[fs.FileSystem, str]:
    """File system and path of a location, as Arrow reads them; a store is asked so often."""
    from pyarrow import fs

    location = one_spelling(location)
    if location.startswith(S3):
        environment = tuple((name, os.environ.get(name)) for name in _VARIABLES)
        return _object_storage(environment, attempts), location.removeprefix(S3).rstrip("/")
    if is_uri(location):
        return fs.FileSystem.from_uri(location)  # type: ignore[no-any-return]
    return fs.LocalFileSystem(), location


@lru_cache(maxsize=2)
def _object_storage(
    environment: tuple[tuple[str, str | None], ...], attempts: int
) -> fs.S3FileSystem:
    """One client for all files, as long as the environment tells the same; it has the keys."""
    from pyarrow import fs

    known = dict(environment)
    scheme, _, host = (known[_ENDPOINT] or "").rpartition("://")
    return fs.S3FileSystem(
        endpoint_override=host.rstrip("/") or None,
        scheme=scheme or "https",
        region=known[_REGION],
        force_virtual_addressing=known[_VIRTUAL_HOSTS] == "true",
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=attempts),
    )


def spark_settings(is_local: bool) -> dict[str, str]:
    """What Spark is told: where object storage is, and that `s3://` is the same as `s3a://`.

    The keys it takes from the environment itself. Python on other machines has none of that: there
    it comes with the executor.
    """
    known = {name: os.environ[name] for name in _VARIABLES if os.environ.get(name)}
    options = {
        "spark.hadoop.fs.s3.impl": _S3A,
        # Folders' markers stay when files come below them. To delete them costs requests with
        # every file, and a store that has true folders refuses, again and again.
        "spark.hadoop.fs.s3a.directory.marker.retention": "keep",
    }
    if _ENDPOINT in known:
        options["spark.hadoop.fs.s3a.endpoint"] = known[_ENDPOINT]
        is_path_style = known.get(_VIRTUAL_HOSTS) != "true"
        options["spark.hadoop.fs.s3a.path.style.access"] = str(is_path_style).lower()
    if _REGION in known:
        options["spark.hadoop.fs.s3a.endpoint.region"] = known[_REGION]
    away = {} if is_local else {f"spark.executorEnv.{name}": v for name, v in known.items()}
    return options | away
