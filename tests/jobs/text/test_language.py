"""Requirements of the language: named where the text is long enough to say, else none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.text.language import detect_language

TEXTS = {
    "en": "The tide rises twice a day on most shores, and the height depends on moon and wind.",
    "de": "Die Flut steigt an den meisten Küsten zweimal am Tag, und der Wind bestimmt die Höhe.",
    "fr": "La marée monte deux fois par jour sur la plupart des côtes, et le vent change la hauteur.",
    "es": "La marea sube dos veces al día en la mayoría de las costas y el viento la cambia mucho.",
    "ru": "Прилив поднимается дважды в день у большинства берегов, и высота зависит от ветра.",
    "zh": "大多数海岸的潮水每天涨两次,水位的高低取决于月亮、风向和海岸的形状。",
    "ja": "多くの海岸では潮は一日に二回満ち、その高さは月と風によって変わります。",
}


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_a_sentence_says_its_language(code: str) -> None:
    assert detect_language(TEXTS[code]) == code


def test_both_scripts_of_chinese_are_one_language() -> None:
    assert (
        detect_language("大多數海岸的潮水每天漲兩次,水位的高低取決於月亮、風向和海岸的形狀。")
        == "zh"
    )


@pytest.mark.parametrize("text", ["", "42", "$x^2$", "xq zv"])
def test_what_says_none_has_none(text: str) -> None:
    assert detect_language(text) is None


@given(st.text())
def test_any_text_has_a_code_or_none(text: str) -> None:
    found = detect_language(text)
    assert found is None or 2 <= len(found) <= 8
