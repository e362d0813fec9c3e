"""Requirements of cleaning: one certain reading or none, and nothing left to clean."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.text.text import clean_text, printable, says_withdrawn

# Text that is rich in what the rules look for.
_PIECES = st.sampled_from(
    ["&amp;", "&lt;", "&#38;", "&#x2F;", "&", "amp;", "\\", "{", "}", "\\'", '\\"', "\\c", "\\textbf",
     "textit{", "\\emph{", "\\url{", "\\href{", "$", "\\times", "4times", "sim 1", "\\%", "\\i", "\\o",
     " ", "\n", "\u200b", "\u0301", "\x1c", "a", "e", "times", "sim", "\\\\", "~", "n", "s"]
)  # fmt: skip
_RICH = st.lists(_PIECES | st.text(max_size=3), max_size=12).map("".join)
_ANY = _RICH | st.text()


@given(_ANY)
@example("&amp;amp;lt;b&gt;")
@example("\\textbf{\\emph{\\'e}}")
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(_ANY)
def test_clean_text_is_composed_printable_and_one_line(text: str) -> None:
    clean = clean_text(text)
    assert clean == unicodedata.normalize("NFC", clean)
    assert not {unicodedata.category(sign) for sign in clean} & {"Cc", "Cs", "Zl", "Zp"}
    assert clean == " ".join(clean.split())


@given(st.text(st.characters(codec="utf-8", categories=["L", "N"])))
def test_letters_and_digits_stay(text: str) -> None:
    spared = text.replace("times", "").replace("sim", "")
    assert clean_text(spared) == unicodedata.normalize("NFC", spared)


@given(st.text("abc .,<>/-_:;()[]?!=+*#@|~^`'\"", max_size=40))
def test_plain_words_and_signs_stay(text: str) -> None:
    assert clean_text(text) == " ".join(text.split())


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (r"Gl\'orIA", "GlórIA"),
        (r"Sabi\'a and \c{c}", "Sabiá and ç"),
        (r'{\"o} \"{u} \^\i \v{s} \H{o} \~n', "ö ü î š ő ñ"),
        (r"Erd{\H o}s, {\O}re and {\L}ukasz, stra\ss e", "Erdős, Øre and Łukasz, straße"),
        (r"model\'s and they\'re", "model's and they're"),
        (r'the \"best\" of \"all\"', r'the \"best\" of \"all\"'),
        (r"20\% of R\&D", "20% of R&D"),
        ("the $^{112,120}$Sn$(n,p)$ run", "the $^{112,120}$Sn$(n,p)$ run"),
        (r"$\alpha$-decay, 3 \times 4", "$α$-decay, 3 × 4"),
        ("4times faster, sim 10 GB", "4× faster, ~10 GB"),
        ("sometimes 2 times, similar simulation", "sometimes 2 times, similar simulation"),
        (r"\textbf{Bold \emph{and} italic}", "Bold and italic"),
        ("textbf{stripped} but context{kept}", "stripped but context{kept}"),
        (r"see \url{https://example.org/a_b}", "see https://example.org/a_b"),
        (r"\href{https://example.org}{here}", "here"),
        (r"\href{https://example.org{here}}", "here"),
        ("at https://example.org/x{this https URL}", "at https://example.org/x"),
        ("$only words$ but $x_1$ and $5 to $7", "only words but $x_1$ and $5 to $7"),
        ("Ebb &amp;amp; flow &lt;obj&gt; &nosuch; &copy", "Ebb & flow <obj> &nosuch; &copy"),
        ("<SR> and <1B> stay", "<SR> and <1B> stay"),
        (r"\unknown{macro} \frac12", r"\unknown{macro} \frac12"),
        ("e\u0301\u00a0x\u2003y\r\n\tz ", "é x y z"),
        ("so\u00adft \u202ereversed\u202c \u061cmark \ufeffx\x00", "soft reversed mark x"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("crème brûlée 潮汐 🌊", "crème brûlée 潮汐 🌊"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_has_one_certain_reading_is_read(given_: str, expected: str) -> None:
    assert clean_text(given_) == expected


@given(st.text())
def test_printable_only_leaves_out(text: str) -> None:
    rest = iter(text)
    assert all(sign in rest for sign in printable(text))


@pytest.mark.parametrize(
    "notice",
    [
        "This paper has been withdrawn by the author due to an error.",
        "The manuscript in its first version was retracted.",
        "This submission is being withdrawn",
        "Withdrawn.",
        "Paper withdrawn by the authors",
        "THIS ARTICLE HAS BEEN TEMPORARILY WITHDRAWN",
    ],
)
def test_a_notice_of_withdrawal_is_known(notice: str) -> None:
    assert says_withdrawn(notice)


@pytest.mark.parametrize(
    "text",
    [
        "We study why papers are withdrawn.",
        "This paper studies retracted articles.",
        "Withdrawnness is a trait of hermit crabs.",
        "The tide has withdrawn from the shore",
        "",
    ],
)
def test_a_text_about_withdrawal_is_no_notice(text: str) -> None:
    assert not says_withdrawn(text)
