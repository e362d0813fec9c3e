"""What may be shown of the settings."""

from __future__ import annotations

import pytest

from conf import load
from conf.masked import MASK, masked


@pytest.mark.parametrize(
    "name",
    ["spark.hadoop.fs.s3a.secret.key", "spark.hadoop.fs.s3a.access.key", "spark.ssl.keyPassword",
     "spark.authenticate.secret", "fs.azure.account.key.x.net", "my.session-token", "db_passwd"],
)  # fmt: skip
def test_a_secret_of_spark_or_hive_is_masked(name: str) -> None:
    config = load([], [], {}).model_copy()
    session = config.session.model_copy(update={"spark": {name: "low-water"}})
    thrift = config.thrift.model_copy(update={"hive": {name: "low-water"}})
    told = masked(config.model_copy(update={"session": session, "thrift": thrift}))
    assert told["session"]["spark"][name] == told["thrift"]["hive"][name] == MASK
    assert "low-water" not in str(told).replace("papertide", "")


@pytest.mark.parametrize("name", ["spark.sql.mapKeyDedupPolicy", "spark.sql.ansi.enabled"])
def test_what_is_no_secret_is_shown(name: str) -> None:
    config = load([], [], {})
    session = config.session.model_copy(update={"spark": {name: "LAST_WIN"}})
    assert masked(config.model_copy(update={"session": session}))["session"]["spark"] == {
        name: "LAST_WIN"
    }


def test_a_password_in_an_address_is_masked() -> None:
    told = masked(load([], ["warehouse=s3://ada:tide@store/w"], {}))
    assert told["warehouse"] == f"s3://ada:{MASK}@store/w"
