"""Settings as they may be shown: what is secret in free settings is masked."""

from __future__ import annotations

import re
from typing import Any

from conf.model import Config

MASK = "**********"
# Names of settings of Spark, Hadoop and Hive that hold secrets, as Spark itself redacts them.
_SECRET = re.compile(
    r"secret|passw(?:or)?d|token|credential|(?:^|[._-])(?:[a-z]*key)(?:$|[._-])|account\.key", re.I
)
# In an address: scheme://user:password@host
_PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):[^/\s]+@")


def is_secret(name: str) -> bool:
    """Whether a setting of this name holds what nobody may see."""
    return bool(_SECRET.search(name))


def mask_passwords(text: str) -> str:
    """A text whose addresses show no passwords."""
    return _PASSWORD.sub(rf"\1:{MASK}@", text)


def mask_secrets(config: Config) -> dict[str, Any]:
    """Every setting, as plain data; secrets among those of Spark and Hive are not in it."""
    plain: dict[str, Any] = _addresses(config.model_dump(mode="json"))
    for place in (plain["session"]["spark"], plain["thrift"]["hive"]):
        for name, value in place.items():
            if is_secret(name) and value:
                place[name] = MASK
    return plain


def _addresses(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _addresses(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_addresses(each) for each in value]
    return mask_passwords(value) if isinstance(value, str) else value
