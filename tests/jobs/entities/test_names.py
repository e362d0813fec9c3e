"""What is read as a name, of what kind, and what a paper does with it."""

from __future__ import annotations

import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.entities.names import Named, names_in, names_of_paper
from jobs.entities.spelling import Shape, key_of, parts_of, read_words, shape_of
from jobs.entities.words import KINDS, OTHER

NAMES = st.from_regex(r"\A[A-Z][a-z]{1,8}(?:-?[A-Z][a-z]{1,8}|[A-Z]{2,5})\Z").filter(
    lambda name: shape_of(name) is Shape.MARKED
)


def read(abstract: str, title: str = "") -> dict[str, Named]:
    return {named.name: named for named in names_of_paper(title, abstract)}


def said(abstract: str, title: str = "") -> dict[str, tuple[str, str]]:
    return {name: (named.role, named.kind) for name, named in read(abstract, title).items()}


@pytest.mark.parametrize(
    ("text", "name", "role", "kind"),
    [
        ("We introduce TideNet, a neural network for ebb currents.", "TideNet", "introduces", "model"),
        ("In this paper, we propose a novel framework, TideFlow, that helps.", "TideFlow", "introduces", "method"),
        ("We present EbbBench: a large-scale benchmark of gauges.", "EbbBench", "introduces", "dataset"),
        ("We propose a method for gauges of mud called MudPO.", "MudPO", "introduces", "method"),
        ("We build a benchmark of 10k long charts, EbbQA, and test on it.", "EbbQA", "introduces", "dataset"),
        ("We introduce tidal rank optimization (TRO), a simple yet effective approach.", "TRO", "introduces", "method"),
        ("We release the TideKit library for gauges.", "TideKit", "introduces", "tool"),
        ("We propose TideNet a model of mud.", "TideNet", "introduces", "model"),
        ("A corpus called EbbText is old.", "EbbText", "mentions", "dataset"),
        ("TideNet is proposed, which is a model.", "TideNet", "introduces", ""),
        ("Our results, by TideNet, a novel encoder, are good.", "TideNet", "introduces", "model"),
        ("Experiments on the EbbQA and MudQA benchmarks show gains.", "EbbQA", "on", "dataset"),
        ("Experiments on the EbbQA and MudQA benchmarks show gains.", "MudQA", "on", "dataset"),
        ("Evaluated on benchmarks such as EbbQA, MudQA and SiltQA.", "SiltQA", "on", "dataset"),
        ("Large models such as MudBERT-7B and Silt-2 fail.", "Silt-2", "mentions", "model"),
        ("We fine-tune MudBERT on reports.", "MudBERT", "uses", ""),
        ("Using the language model MudBERT we read charts.", "MudBERT", "uses", "model"),
        ("It outperforms MudBERT by far.", "MudBERT", "uses", ""),
        ("A MudBERT-based reader is built.", "MudBERT", "uses", ""),
        ("It is compared to MudBERT in depth.", "MudBERT", "uses", ""),
        ("The gain is measured by the MUD score alone.", "MUD", "mentions", OTHER),
        ("We introduce EbbX, a benchmark targeting hard tasks.", "EbbX", "introduces", "dataset"),
        ("We introduce EbbX, an evaluation framework for gauges.", "EbbX", "introduces", "dataset"),
        ("We introduce EbbX, a suite of small, fast models.", "EbbX", "introduces", "model"),
        ("We propose Deep Tidal Embeddings (DTE), a novel approach.", "DTE", "introduces", "method"),
        ("We propose Deep Tidal Networks (DTN) for mud.", "DTN", "introduces", "model"),
        ("We present EbbX, a data collection tool for gauges.", "EbbX", "introduces", "tool"),
        ("We propose EbbX, a model- and data-free technique.", "EbbX", "introduces", "method"),
        ("We at the Tidal Research Laboratory (TRL) describe it.", "TRL", "mentions", OTHER),
        ("The TideX language model is old.", "TideX", "mentions", "model"),
        ("It follows a TideX distribution.", "TideX", "mentions", OTHER),
        ("Our system won the EbbEval 2019 shared task.", "EbbEval", "mentions", "task"),
        ("We construct a TideNet-style hierarchy.", "TideNet", "uses", ""),
    ],
)  # fmt: skip
def test_words_around_a_name_say_its_kind_and_role(
    text: str, name: str, role: str, kind: str
) -> None:
    assert said(text)[name] == (role, kind)


@pytest.mark.parametrize(
    "text",
    [
        "Large Language Models (LLMs) learn from the USA in 3D and 2019.",
        "Multi-step reasoning of State-of-the-Art models. Recent work is good.",
        "We use GPUs, CNNs, and AI for NLP.",
        "Translation from En-De and EN-FR to forTides.",
        "See https://example.org/abc and top-1 accuracy at 10k steps of 7B models.",
    ],
)
def test_classes_machines_and_plain_capitals_are_no_marked_names(text: str) -> None:
    assert [named.name for named in read(text).values() if named.is_marked] == []


def test_addresses_name_nothing() -> None:
    assert read("Code: https://example.org/TideLab/TideNet and www.example.org/EbbQA here.") == {}


def test_a_long_form_is_no_name_beside_its_abbreviation() -> None:
    named = read("We introduce Northern Multi-gauge EXpo (NMEX), a data set.").values()
    assert [one.name for one in named if one.is_marked] == ["NMEX"]


def test_people_who_are_cited_are_no_names() -> None:
    assert read("We follow the model of Ebb et al. (2019) and use it.") == {}


def test_a_title_introduces_what_stands_before_its_colon() -> None:
    assert said("", "TideNet: A Model of Mud")["TideNet"] == ("introduces", "model")
    assert said("", "TideNet: Benchmarking Gauges")["TideNet"] == ("introduces", "dataset")
    # A sentence behind the colon is about other things.
    assert said("", "TideNet: Improving Models of Mud")["TideNet"] == ("introduces", "")


def test_other_names_of_a_title_are_used() -> None:
    assert said("", "Reading Charts with MudBERT 2")["MudBERT 2"] == ("uses", "")


def test_a_title_in_capitals_names_nothing() -> None:
    assert said("", "THE TIDES OF THE NORTH SEA: A STUDY") == {}


def test_capitals_alone_are_introduced_by_title_and_abstract_together() -> None:
    title = "Driftwood: Gulls at Sea"
    assert said("We propose Driftwood, a model.", title)["Driftwood"] == ("introduces", "model")
    assert said("We propose Driftwood, a model.")["Driftwood"] == ("mentions", "model")
    common = "We propose Driftwood, a model. Most driftwood is old."
    assert said(common, title)["Driftwood"][0] == "mentions"


def test_what_the_abstract_introduces_counts_before_the_title() -> None:
    title = "TideNet: A Corpus of Charts"
    assert said("We introduce TideNet, a model.", title)["TideNet"] == ("introduces", "model")


def test_an_abbreviation_is_spelled_out_in_lower_case_or_as_a_name() -> None:
    lower = read("We use tidal rank optimization (TRO) in all.")["TRO"]
    assert lower.spelled == "lower"
    assert read("We use Tidal Rank Optimization (TRO) in all.")["TRO"].spelled == "title"
    assert read("We use gauges (TRO) in all.")["TRO"].spelled == ""


def test_plurals_are_counted_under_their_singular() -> None:
    named = read("TROs are trained. One TRO is not.")
    assert {one.key: one.plurals for one in named.values()} == {"tro": 1}


def test_evidence_is_the_words_where_a_name_is_introduced() -> None:
    text = "EbbQA is hard, said many. " * 3 + "We now introduce EbbQA, a data set of gauges."
    assert "introduce EbbQA, a" in read(text)["EbbQA"].evidence


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("GPT-4", "gpt 4"), ("Llama 2", "LLaMA-2-7B"), ("CIFAR-10", "CIFAR10"),
        ("COCO 2017", "COCO"), ("MudBERT-base", "MudBERT"), ("Tide·E 3", "Tide-E-3"),
        ("Réef-Net", "ReefNet"), ("Silt-3-70B-Instruct", "Silt 3"),
    ],
)  # fmt: skip
def test_spellings_share_a_key(first: str, second: str) -> None:
    assert key_of(first) == key_of(second)


@pytest.mark.parametrize(
    ("first", "second"), [("GPT-4", "GPT-4o"), ("Silt-2", "Silt-2.5"), ("TideNet", "TideNet++")]
)
def test_versions_have_keys_of_their_own(first: str, second: str) -> None:
    assert key_of(first) != key_of(second)


@given(st.text(max_size=300))
def test_any_text_is_read_the_same_twice_and_its_words_stand_in_it(text: str) -> None:
    of = read_words(text)
    for word, place in zip(of.words, of.places, strict=True):
        assert text[place : place + len(word)] == word or "www." in text or "://" in text
    assert list(names_in(text)) == list(names_in(text))


@given(st.text(alphabet="AbC-/·'’1. (),:s", max_size=120))
def test_names_have_a_key_a_known_role_and_kind(text: str) -> None:
    for named in names_of_paper(text, text):
        assert len(named.key) > 1 and named.name and named.evidence
        assert named.role in ("introduces", "uses", "on", "mentions")
        assert named.kind in ("", OTHER, *KINDS)
        assert key_of(named.name) == named.key or named.plurals or named.name.endswith("s")


@given(NAMES)
def test_any_marked_name_is_found_where_it_is_introduced(name: str) -> None:
    named = read(f"In this work, we introduce {name}, a large-scale benchmark.")
    assert (named[name].role, named[name].kind) == ("introduces", "dataset")


@given(st.from_regex(r"\A[A-Za-z0-9'’/-]{1,60}\Z"))
def test_the_parts_of_a_word_are_the_word(word: str) -> None:
    assert "".join(parts_of(word)) == word


@pytest.mark.parametrize(
    "text",
    [
        "A" * 200_000,
        "A-" * 100_000,
        "A/B" * 60_000,
        "(A" * 60_000,
        "We introduce " * 20_000,
        "TideNet, " * 30_000,
        "TideNet " * 30_000,
        "such as GPT-4, " * 20_000,
        "Ａ𝔅-١٢ \u202eTideNet\u0000 \ud800 e\u0301" * 5_000,
        "a-b" * 60_000 + "-Based",
    ],
)
def test_a_hostile_text_is_read_in_the_time_of_its_length(text: str) -> None:
    began = time.process_time()
    names_of_paper(text[:10_000], text)
    assert time.process_time() - began < 20


_LETTERS = "abcdefghijklmnopqrst"
_CAPITALS = [f"{a.upper()}{b}{c}{d}" for a, b, c, d in product(_LETTERS, repeat=4)]


@pytest.mark.parametrize(
    "text",
    ["x Vision " * 60_000, " x ".join(_CAPITALS[:60_000])],
    ids=["one name again and again", "many names once"],
)
def test_common_nouns_are_told_in_the_time_of_the_length(text: str) -> None:
    began = time.process_time()
    names_of_paper("", text)
    assert time.process_time() - began < 8


@pytest.mark.parametrize(
    ("abstract", "is_common"),
    [
        ("The Vision helps; its vision is good.", True),
        ("The Vision helps; vision-based it is.", True),
        ("The Vision helps; its visions are good.", False),
        ("The Tide Gauge helps; each tide gauge is good.", True),
        ("The Tide Gauge helps; each tide has a gauge.", False),
        ("The Tide Gauge helps; the ebb-tide gauge is good.", True),
        ("The Tide Gauge helps; each riptide gauges.", False),
        ("The Tide-Gauge helps; each tide-gauge is good.", True),
        ("The Tide-Gauge helps; each tide gauge is good.", False),
    ],
)
def test_a_name_in_lower_case_too_is_a_common_noun(abstract: str, is_common: bool) -> None:
    [named] = names_of_paper("", abstract)
    assert named.is_common is is_common
