"""Views of the Data Docs that compile their templates once, and not for every page."""

from __future__ import annotations

from typing import Any, ClassVar

from great_expectations.render.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class _Cache(BytecodeCache):
    """Compiled templates, kept as long as this process."""

    compiled: ClassVar[dict[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.compiled.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[bucket.key] = bucket.code


class PageView(DefaultJinjaPageView):
    """The page of a suite, or of what came of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.env.bytecode_cache = _Cache()


class IndexView(DefaultJinjaIndexPageView):
    """The page that lists the others."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.env.bytecode_cache = _Cache()
