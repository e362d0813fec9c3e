"""The layers of the configuration, and what is said of a wrong one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from conf import ConfigError, load


def test_later_layers_win_key_by_key(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("run: {retries: 2, wait_seconds: 7}\n", encoding="utf-8")
    config = load([file], ["run.retries=4"], {"PAPERTIDE__RUN__RETRIES": "3"})
    assert (config.run.retries, config.run.wait_seconds) == (4, 7)


def test_environment_variables_reach_nested_keys() -> None:
    assert load(environ={"PAPERTIDE__GATE__ALLOWED_LOSS": "0.5"}).gate.allowed_loss == 0.5


def test_named_environment_is_read_over_base() -> None:
    assert load(environ={"PAPERTIDE_ENV": "cluster"}).session.master.startswith("spark://")


def test_a_setting_of_spark_or_hive_keeps_its_dots_and_is_text() -> None:
    config = load(
        overrides=[
            "session.spark.spark.speculation=true",
            "session.spark.spark.speculation.quantile=0.9",
            "thrift.hive.hive.server2.use.SSL=false",
        ]
    )
    assert config.session.spark == {
        "spark.speculation": "true",
        "spark.speculation.quantile": "0.9",
    }
    assert config.thrift.hive == {"hive.server2.use.SSL": "false"}


def test_own_feed_has_its_columns_and_one_without_a_format_that_of_its_name(
    tmp_path: Path,
) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text(
        "feeds: {ours: {format: papers, path: /data, columns: {title: name}}}\n", encoding="utf-8"
    )
    feeds = load([file], ["feeds.hf-daily.path=/days"]).feeds
    assert feeds["ours"].columns == {"title": "name"}
    assert feeds["hf-daily"].format == "hf-daily"


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["run.retrys=1"], r"run.retrys: unknown key \(did you mean retries\?\)"),
        (["topic.count=1"], r"topic: unknown key \(did you mean topics\?\)"),
        (["feeds.papers.colums.title=name"], r"colums: unknown key \(did you mean columns\?\)"),
        (["feeds.papers.harvest.sorce=x"], r"sorce: unknown key \(did you mean source\?\)"),
        (["feeds.papers.columns.titel=name"], r"no field 'titel' \(did you mean title\?\)"),
        (["feeds.acl.columns.title=name"], "its files have no columns"),
        (["run.retries=-1"], "run.retries"),
        (["run.retries"], "expected key=value"),
        (["warehouse={a"], "not YAML"),
    ],
)
def test_a_wrong_setting_is_named(overrides: list[str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load(overrides=overrides)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere.yaml cannot be read"):
        load([tmp_path / "nowhere.yaml"])


def test_an_unknown_environment_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="cluster"):
        load(environ={"PAPERTIDE_ENV": "moon"})


def test_the_model_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        load().warehouse = "elsewhere"  # type: ignore[misc]


def test_a_key_is_not_shown_where_settings_are_told() -> None:
    section = "{source: openalex, api_key: low-water}"
    config = load(environ={"PAPERTIDE__FEEDS__WORKS": f"{{format: papers, harvest: {section}}}"})
    told = f"{config.model_dump(mode='json')} {config!r} {config.model_dump_json()}"
    assert "low-water" not in told


@pytest.mark.parametrize(
    "contact", ["me", "me@", "me@here", "me@a.org\r\nX: y", "<me@a.org>@b.c\n"]
)
def test_a_contact_is_an_address_that_fits_into_a_header(contact: str) -> None:
    with pytest.raises(ConfigError, match="harvest.contact"):
        load(overrides=[f"harvest.contact={json.dumps(contact)}"])
