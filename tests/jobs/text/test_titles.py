"""Requirements of titles: what is no part of a work's name, and whose name a notice bears."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.identity.relations import notice_of
from jobs.text.titles import Title, read

NAME = "Silt transport in tidal estuaries"


@pytest.mark.parametrize(
    "title",
    [
        f"RETRACTED: {NAME}", f"RETRACTED ARTICLE: {NAME}", f"[Retracted] {NAME}",
        f"WITHDRAWN: {NAME}", f"{NAME} (Retracted)", f"Withdrawn paper: {NAME}",
        f"{NAME} (Retracted article. See vol. 3, pg. 4, 2010)", f"Retracted - {NAME}",
        f"TEMPORARY REMOVAL: {NAME}", f"*RETRACTED* {NAME}", f"Artículo retractado: {NAME}",
        f"Retracted and republished: {NAME}", f"[This article has been retracted] {NAME}",
        f"[Retratado] {NAME}", f"RETRATADO: {NAME}", f"Artigo retratado: {NAME}",
        f"Articolo ritirato: {NAME}", f"Retractado: {NAME}",
    ],
)  # fmt: skip
def test_a_mark_is_told_and_no_part_of_the_title(title: str) -> None:
    found = read(title)
    assert (found.name, found.kind, found.is_marked) == (NAME, "", True)


@pytest.mark.parametrize(
    "title",
    [
        "Retratado: o povo do mar",
        "Retratada - a gaivota",
        "(Ritirato) una barca",
        "Ritirata. Diario",
    ],
)
def test_a_word_that_means_something_else_too_is_no_mark(title: str) -> None:
    assert read(title) == Title(title)


@pytest.mark.parametrize(
    "title",
    [
        f"{NAME}. [French]", f"{NAME} [Article in German]", f"{NAME} (in Russian)",
        f"{NAME}.[Erratum appears in J Tides. 2003 Jun;142(6):616]", f"{NAME} [see comments]",
        f"[{NAME}]", f"{NAME} [Transport de vase dans les estuaires]", f"[{NAME}].",
        f"{NAME} [Retraction in: J Tides. 2004;1:2]", f"{NAME} [English, French]",
    ],
)  # fmt: skip
def test_a_note_is_no_part_of_the_title(title: str) -> None:
    found = read(title)
    assert (found.name.rstrip("."), found.kind, found.is_marked) == (NAME, "", False)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        (f"Erratum: {NAME}", "erratum"), (f"Erratum to: {NAME}", "erratum"),
        (f"[Erratum to] {NAME}", "erratum"), (f"Correction of: {NAME}", "erratum"),
        (f"[Retraction of:] {NAME}", "retraction"),
        (f"Corrigendum to “{NAME}”", "erratum"), (f"Correction to: {NAME}", "erratum"),
        (f"Author Correction: {NAME}", "erratum"), (f"{NAME} (vol 109, pg 240, 2007)", "erratum"),
        (f"{NAME} (Erratum)", "erratum"), (f"Publisher's correction: {NAME}", "erratum"),
        (f"Statement of Retraction: {NAME}", "retraction"), (f"Withdrawal: {NAME}", "retraction"),
        (f"Notice of Retraction and Replacement: {NAME}", "retraction"),
        (f"Retraction: {NAME}", "retraction"), (f"Retraction notice to “{NAME}”", "retraction"),
        (f"Expression of concern: {NAME}", "concern"), (f"Comment on “{NAME}”", "comment"),
        (f"Reply to: {NAME}", "reply"), (f"{NAME} - authors' reply", "reply"),
        (f"Review for \"{NAME}\"", "review"), (f"Decision letter: {NAME}", "review"),
        (f"Plain language summary: {NAME}", "summary"),
        (f"Supplementary material for {NAME}", "supplement"),
    ],
)  # fmt: skip
def test_a_notice_is_known_by_its_form(title: str, kind: str) -> None:
    found = read(title)
    assert (found.name, found.kind, found.is_firm) == (NAME, kind, True)
    assert notice_of(title, None) == kind


@pytest.mark.parametrize(
    "title",
    [
        "Immune responses to inactivated vaccines in adults",
        "Success in a data-producing organization: evolution in response to storms",
        "Removal of arsenic from well water by clay", "Corrections to scaling in spin glasses",
        "Imaging of [11C] tracers in clay", "Erratum", "Response of marsh plants to drought",
        "Discussion of results", "Data for everyone",
    ],
)  # fmt: skip
def test_a_word_is_no_notice(title: str) -> None:
    assert notice_of(title, "article") is None


def test_a_feeds_own_word_makes_a_notice_and_data_are_research() -> None:
    assert notice_of("Silt", "Published Erratum") == "erratum"
    assert notice_of(NAME, "dataset") is None
    assert notice_of(None, None) is None


@given(st.text(max_size=80))
def test_any_text_keeps_a_name(text: str) -> None:
    found = read(text)
    assert bool(found.name.strip()) == bool(text.strip())
