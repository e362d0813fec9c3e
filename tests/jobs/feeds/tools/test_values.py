"""Text that was decoded wrongly: put right where that is certain, and never passed over."""

from __future__ import annotations

import pytest
from ftfy import fix_encoding
from ftfy.badness import is_bad
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.feeds.core import Parsed
from jobs.feeds.tools.values import put_text

CODECS = ("latin-1", "cp1252", "cp1250", "cp1251", "iso8859-2", "mac_roman", "cp437")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("caf\u00c3\u00a9", "caf\u00e9"),
        ("the \x93tide\x94 table", "the \u201ctide\u201d table"),
        ("Gr\u00f6\u00dfe und Flut", "Gr\u00f6\u00dfe und Flut"),
        ("na\u00efve ebb \u2013 again", "na\u00efve ebb \u2013 again"),
    ],
)
def test_what_was_decoded_wrongly_is_put_right_with_a_warning(text: str, wanted: str) -> None:
    parsed = Parsed()
    put_text(parsed, "title", text)
    assert parsed.fields["title"] == wanted
    assert bool(parsed.warnings) == (text != wanted)


@given(
    st.lists(st.sampled_from(["ebb", "fé", "Åland", "Š", "“q”", "–", "日", "ß", "à"]), min_size=1),
    st.sampled_from(CODECS),
    st.sampled_from([" ", "", " a b ", " tides, ebbs and floods "]),
)  # fmt: skip
@example(["voil\u00e0"], "latin-1", " ")
@example(["voil\u00e0", "\u00e0"], "latin-1", " tides, ebbs and floods ")
def test_no_wrongly_decoded_text_is_passed_over(words: list[str], codec: str, amid: str) -> None:
    text = amid.join(words).encode().decode(codec, "ignore")
    parsed = Parsed()
    put_text(parsed, "title", text)
    assert bool(parsed.warnings) == (is_bad(text) and fix_encoding(text) != text)
