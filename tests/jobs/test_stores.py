"""Object storage: one spelling of places, and from the settings what each library is told."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest
from pyarrow import fs

from jobs.params import StorageSettings
from jobs.stores import one_spelling, open_location, settle, spark_settings
from storage.warehouse import Warehouse

KEYS = {"access_key": "tide", "secret_key": "low-water"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment of the test's own, without a word of object storage."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    monkeypatch.setattr(os, "environ", kept)


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ("s3a://tide/wh", "s3://tide/wh"),
        ("S3N://tide/s3a://", "s3://tide/s3a://"),
        ("s3://tide/wh", "s3://tide/wh"),
        ("hdfs://node/wh", "hdfs://node/wh"),
        ("./s3a", "./s3a"),
    ],
)
def test_a_place_has_one_spelling(given: str, same: str) -> None:
    assert one_spelling(given) == same


def test_a_warehouse_is_the_same_however_its_place_is_written() -> None:
    assert Warehouse.at("s3a://tide/wh/") == Warehouse.at("s3://tide/wh")


def test_all_libraries_are_told_the_same_of_a_store() -> None:
    settle(StorageSettings(endpoint="http://store:9000", region="eu-north-1", **KEYS))
    told = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    assert told == {
        "AWS_ENDPOINT_URL": "http://store:9000",
        "AWS_REGION": "eu-north-1",
        "AWS_ACCESS_KEY_ID": "tide",
        "AWS_SECRET_ACCESS_KEY": "low-water",
        "AWS_ALLOW_HTTP": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
    }
    spark = spark_settings(is_local=True)
    assert spark["spark.hadoop.fs.s3a.endpoint"] == "http://store:9000"
    assert spark["spark.hadoop.fs.s3a.endpoint.region"] == "eu-north-1"
    assert spark["spark.hadoop.fs.s3a.path.style.access"] == "true"
    system, path = open_location("s3a://tide/wh")
    assert isinstance(system, fs.S3FileSystem)
    assert (system.region, path) == ("eu-north-1", "tide/wh")


def test_sparks_settings_hold_no_secret_and_executors_elsewhere_get_the_keys() -> None:
    settle(StorageSettings(**KEYS))
    assert "low-water" not in str(spark_settings(is_local=True))
    away = spark_settings(is_local=False)
    assert away["spark.executorEnv.AWS_SECRET_ACCESS_KEY"] == "low-water"


def test_what_the_settings_leave_open_stays_as_the_environment_has_it() -> None:
    os.environ |= {"AWS_ENDPOINT_URL": "https://store", "AWS_ACCESS_KEY_ID": "ebb"}
    settle(StorageSettings(path_style=False))
    assert os.environ["AWS_ACCESS_KEY_ID"] == "ebb"
    assert os.environ["AWS_ALLOW_HTTP"] == "false"
    assert spark_settings(is_local=True)["spark.hadoop.fs.s3a.path.style.access"] == "false"


def test_a_key_of_the_settings_goes_without_the_session_of_another() -> None:
    os.environ["AWS_SESSION_TOKEN"] = "of another key"
    settle(StorageSettings(**KEYS))
    assert "AWS_SESSION_TOKEN" not in os.environ


@pytest.mark.parametrize("place", ["wh", "/data/wh"])
def test_a_folder_of_this_machine_is_read_as_one(place: str) -> None:
    system, path = open_location(place)
    assert isinstance(system, fs.LocalFileSystem)
    assert path == place


@pytest.mark.parametrize(
    "given",
    [{"access_key": "tide"}, {"endpoint": "store:9000"}, {"endpoint": "http://tide:ebb@store"}],
)
def test_half_a_key_and_no_address_are_errors(given: Mapping[str, str]) -> None:
    with pytest.raises(ValueError, match="storage|endpoint|together"):
        StorageSettings.model_validate(given)
