"""What may be shown of the settings."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, SecretStr

from conf import Config, ConfigError, environment_layer, load, secret_layer
from conf.load import _SECRETS
from conf.masked import MASK, mask_secrets


@pytest.mark.parametrize(
    "name",
    ["spark.hadoop.fs.s3a.secret.key", "spark.hadoop.fs.s3a.access.key", "spark.ssl.keyPassword",
     "spark.authenticate.secret", "fs.azure.account.key.x.net", "my.session-token", "db_passwd"],
)  # fmt: skip
def test_a_secret_of_spark_or_hive_is_masked(name: str) -> None:
    config = load([], [], {}).model_copy()
    session = config.session.model_copy(update={"spark": {name: "low-water"}})
    thrift = config.thrift.model_copy(update={"hive": {name: "low-water"}})
    told = mask_secrets(config.model_copy(update={"session": session, "thrift": thrift}))
    assert told["session"]["spark"][name] == told["thrift"]["hive"][name] == MASK
    assert "low-water" not in str(told).replace("papertide", "")


@pytest.mark.parametrize("name", ["spark.sql.mapKeyDedupPolicy", "spark.sql.ansi.enabled"])
def test_what_is_no_secret_is_shown(name: str) -> None:
    config = load([], [], {})
    session = config.session.model_copy(update={"spark": {name: "LAST_WIN"}})
    assert mask_secrets(config.model_copy(update={"session": session}))["session"]["spark"] == {
        name: "LAST_WIN"
    }


def test_a_password_in_an_address_is_masked() -> None:
    told = mask_secrets(load([], ["warehouse=s3://ada:ti@de@store/w"], {}))
    assert told["warehouse"] == f"s3://ada:{MASK}@store/w"


def test_the_keys_of_object_storage_are_masked(tmp_path: Path) -> None:
    file = tmp_path / "s3.yaml"
    file.write_text("storage: {access_key: tidal, secret_key: low-water}")
    config = load([file])
    assert mask_secrets(config)["storage"]["secret_key"] == MASK
    assert "low-water" not in f"{mask_secrets(config)}{config!r}{config.model_dump_json()}"


@pytest.mark.parametrize("section", ["{secret_key: low-water}", "{secret_key: [low-water]}"])
def test_an_error_does_not_show_a_secret(section: str, tmp_path: Path) -> None:
    file = tmp_path / "s3.yaml"
    file.write_text(f"storage: {section}")
    with pytest.raises(ConfigError, match="storage") as told:
        load([file])
    assert "low-water" not in str(told.value)


@pytest.mark.parametrize("text", ["@tidal", "storage: {secret_key: @tidal}", "a: b: tidal"])
def test_what_is_no_yaml_is_not_shown(text: str, tmp_path: Path) -> None:
    file = tmp_path / "s3.yaml"
    file.write_text(f"warehouse: here\n{text}")
    with pytest.raises(ConfigError, match="s3.yaml is not YAML, line 2") as told:
        load([file])
    assert (
        "tidal" not in "".join(traceback.format_exception(told.value)).partition("ConfigError")[2]
    )


def test_a_secret_of_the_environment_is_text_whatever_its_signs() -> None:
    keys = {"PAPERTIDE__STORAGE__SECRET_KEY": "@low: water", "PAPERTIDE__STORAGE__ACCESS_KEY": "a"}
    storage = load(environ=keys).storage
    assert storage.secret_key and storage.secret_key.get_secret_value() == "@low: water"


@pytest.mark.parametrize(
    "override",
    ["storage.secret_key=low-water", "storage={secret_key: low-water}",
     "feeds.openalex.harvest.api_key=low-water",
     "session.spark.spark.hadoop.fs.s3a.secret.key=low-water"],
)  # fmt: skip
def test_a_secret_is_not_taken_from_the_command_line(override: str) -> None:
    with pytest.raises(ConfigError, match="AWS_SECRET_ACCESS_KEY") as told:
        load(overrides=[override])
    assert "low-water" not in str(told.value)


def test_what_prefect_keeps_with_a_run_has_no_secret() -> None:
    secrets = {
        "PAPERTIDE__STORAGE__SECRET_KEY": "low-water",
        "PAPERTIDE__STORAGE__ACCESS_KEY": "t",
        "PAPERTIDE__STORAGE": "{region: eu, secret_key: low-water}",
        "PAPERTIDE__FEEDS__OPENALEX__HARVEST__API_KEY": "low-water",
        "PAPERTIDE__SESSION__SPARK": "{spark.hadoop.fs.s3a.secret.key: low-water}",
    }
    kept = {
        "PAPERTIDE__STORAGE__ENDPOINT": "http://store",
        "PAPERTIDE__SESSION__SPARK": "{spark.executor.memory: 1g}",
    }
    for name, value in secrets.items():
        assert environment_layer({name: value}) == {}, name
        assert secret_layer({**kept, name: value}) == {name: value}
    assert environment_layer(kept) == kept


def test_every_secret_of_the_model_is_known_as_one() -> None:
    assert set(_secret_names(Config)) == set(_SECRETS)


def _secret_names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        for kind in _kinds(field.annotation):
            if kind is SecretStr:
                yield name
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _secret_names(kind)


def _kinds(annotation: Any) -> Iterator[Any]:
    """A type, or what it is made of."""
    parts = get_args(annotation)
    for part in parts:
        yield from _kinds(part)
    if not parts:
        yield annotation
