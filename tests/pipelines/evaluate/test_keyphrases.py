"""How keyphrases are counted against those that people gave."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.evaluate.keyphrases import Labelled, f1, read_labelled, tf_idf


def test_keys_count_by_their_stems_and_once() -> None:
    papers = [Labelled("a", "", "", ("tidal models", "estuary", "mud"))]
    told = {"a": ["tidal model", "tidal modelling", "salt", "mud"]}
    # "tidal model" twice: of the first two that differ one is right, 2 * 1 / (2 + 3).
    assert f1(papers, told, 2) == pytest.approx(0.4)
    assert f1(papers, told, 10) == pytest.approx(round(4 / 6, 4))


def test_a_paper_without_phrases_counts_as_nothing() -> None:
    papers = [Labelled("a", "", "", ("mud",)), Labelled("b", "", "", ("mud",))]
    assert f1(papers, {"a": ["mud"]}, 5) == pytest.approx(0.5)


def test_a_split_is_read_with_its_title_and_keys(tmp_path: Path) -> None:
    (tmp_path / "1.abstr").write_text("Tidal\r\n\tflats\r\nMud is\r\n\tmud.\r\n")
    (tmp_path / "1.uncontr").write_text("tidal\r\n\tflats; mud")
    assert read_labelled(tmp_path) == [
        Labelled("1", "Tidal flats", "Mud is mud.", ("tidal flats", "mud"))
    ]


def test_tf_idf_prefers_what_other_papers_do_not_say() -> None:
    papers = [Labelled("a", "the mud of tides", "", ()), Labelled("b", "the tides", "", ())]
    assert tf_idf(papers)["a"][:2] == ["mud", "mud of tides"]
