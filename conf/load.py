"""Read the layers of the configuration, later ones over earlier ones, and check the result.

The layers: `base.yaml`, `feeds.yaml`, the environment's file (`PAPERTIDE_ENV=cluster` reads
`cluster.yaml`), each `--conf FILE`, `PAPERTIDE__KEY=value` from the environment, `--set key=value`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import yaml
from pydantic import ValidationError

from conf.masked import MASK, is_secret
from conf.model import UNKNOWN_NAME, Config
from conf.near import near

PREFIX = "PAPERTIDE__"
ENVIRONMENT = "PAPERTIDE_ENV"
_SECRETS = ("access_key", "secret_key", "api_key")  # the settings that are secret by their type
_FREE = ("session.spark.", "thrift.hive.")
"""What follows is one key, with dots of its own."""


class ConfigError(ValueError):
    """The configuration cannot be used; the message says which key of which layer, and why."""


def load(
    files: Sequence[Path] = (),
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Config:
    """The checked configuration.

    Args:
        files: YAML files over the built-in ones, in order.
        overrides: `key=value` pairs, keys dotted (`topics.count=12`), values in YAML.
        environ: the environment; `PAPERTIDE__TOPICS__COUNT=12` sets `topics.count`.

    Raises:
        ConfigError: a file cannot be read, a key is unknown or a value does not fit.
    """
    environ = environ or {}
    merged: dict[str, Any] = {}
    for source, layer in _layers(files, overrides, environ):
        if not isinstance(layer, dict):
            raise ConfigError(f"configuration: {source}: expected keys and values")
        merged = _over(merged, layer)
    try:
        return Config.model_validate(merged)
    except ValidationError as error:
        problems = "\n  ".join(_problem_text(problem) for problem in error.errors())
        raise ConfigError(
            f"configuration:\n  {problems}\n  to see every key: papertide config"
        ) from error


def environment_layer(environ: Mapping[str, str]) -> dict[str, str]:
    """What of an environment is configuration: no secrets, which Prefect would keep with a run."""
    secrets = secret_layer(environ)
    return {
        name: value
        for name, value in environ.items()
        if (name == ENVIRONMENT or name.startswith(PREFIX)) and name not in secrets
    }


def secret_layer(environ: Mapping[str, str]) -> dict[str, str]:
    """The secrets among what of an environment is configuration."""
    return {
        name: value
        for name, value in environ.items()
        if name.startswith(PREFIX) and _has_secret(_of(name, value))
    }


def _of(variable: str, value: str) -> dict[str, Any]:
    """What a variable of the environment sets."""
    keys = variable.removeprefix(PREFIX).lower().split("__")
    return _nest(keys, value if keys[-1] in _SECRETS else _parse(variable, value))


def _has_secret(layer: Any, at: str = "") -> bool:
    """Whether settings hold a secret, at whatever depth."""
    if isinstance(layer, dict):
        return any(
            _has_secret(value, f"{at}.{name}" if at else str(name)) for name, value in layer.items()
        )
    return bool(layer) and (at.rpartition(".")[2] in _SECRETS or is_secret(_free(at)))


def _free(key: str) -> str:
    """The key of Spark's or Hive's that is set; nothing where it is one of ours."""
    return next((key.removeprefix(place) for place in _FREE if key.startswith(place)), "")


def _parts(key: str) -> list[str]:
    """The sections of a dotted key, and the key in the last one."""
    free = _free(key)
    return [*key.removesuffix(f".{free}").split("."), free] if free else key.split(".")


def _layers(
    files: Sequence[Path], overrides: Sequence[str], environ: Mapping[str, str]
) -> Iterable[tuple[str, Any]]:
    built_in = ["base.yaml", "feeds.yaml"]
    if environment := environ.get(ENVIRONMENT):
        built_in.append(f"{environment}.yaml")
    for name in built_in:
        yield name, _parse(name, _read_built_in(name))
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"configuration: {file} cannot be read: {error}") from error
        yield str(file), _parse(str(file), text)
    for name, value in sorted(environ.items()):
        if name.startswith(PREFIX):
            yield name, _of(name, value)
    for pair in overrides:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise ConfigError(f"configuration: --set {pair}: expected key=value")
        layer = _nest(_parts(key), _parse(key, value))
        if _has_secret(layer):
            raise ConfigError(
                f"configuration: --set {key}: everybody on the machine can read a command line\n"
                "  give what is secret in a file for --conf; keys of object storage also as "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        yield f"--set {key}", layer


def _read_built_in(name: str) -> str:
    file = resources.files("conf") / name
    if not file.is_file():
        known = sorted(
            item.name.removesuffix(".yaml")
            for item in resources.files("conf").iterdir()
            if item.name.endswith(".yaml") and item.name not in ("base.yaml", "feeds.yaml")
        )
        raise ConfigError(f"configuration: no conf/{name}; PAPERTIDE_ENV can be {', '.join(known)}")
    return file.read_text(encoding="utf-8")


def _parse(source: str, text: str) -> Any:
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        # Without the line itself, in which a secret may stand, and so without the cause.
        mark = getattr(error, "problem_mark", None)
        at = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise ConfigError(f"configuration: {source} is not YAML{at}: {problem}") from None
    return {} if value is None and source.endswith((".yaml", ".yml")) else value


def _nest(keys: Sequence[str], value: Any) -> dict[str, Any]:
    for key in reversed(keys):
        value = {key: value}
    return dict(value)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`, key by key, as deep as both are mappings."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(under, dict) and isinstance(value, dict)
        merged[key] = _over(under, value) if both else value  # type: ignore[arg-type]
    return merged


def _problem_text(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{where}: unknown key{near(str(problem['loc'][-1]), _keys(problem['loc'][:-1]))}"
    if problem["type"] == UNKNOWN_NAME:
        return f"{where}: {problem['msg']}"
    value = problem["input"]
    if isinstance(value, dict):  # a section, of which the message says enough
        return f"{where}: {problem['msg'].lower()}"
    text = MASK if is_secret(where) else repr(value)
    return f"{where}: {problem['msg'].lower()} (is {text})"


def _keys(place: Sequence[str | int]) -> Iterable[str]:
    """The keys that the model knows at a place, such as ("feeds", "acl")."""
    kind: Any = Config
    for part in place:
        if get_origin(kind) is dict:  # under names of a person's own
            kind = get_args(kind)[1]
            continue
        kind = kind.model_fields[part].annotation
        if get_origin(kind) is UnionType:  # a section that may be absent
            kind = get_args(kind)[0]
    return kind.model_fields  # type: ignore[no-any-return]
