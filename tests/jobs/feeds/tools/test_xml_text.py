"""Requirements of cutting XML: the wanted elements in their own words, whatever stands around."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from jobs.feeds.core import Broken, Payload
from jobs.feeds.tools.reading import Unreadable
from jobs.feeds.tools.xml_text import element, elements, is_closed, text_of


def cut(text: str, wanted: tuple[str, ...] = ("paper",)) -> list[Payload | Broken]:
    return list(elements(text.encode(), wanted, ("volume",)))


def words(text: str) -> list[str]:
    """What was cut out, all of it whole."""
    found = cut(text)
    assert all(isinstance(piece, Payload) for piece in found)
    return [piece.text for piece in found]


@pytest.mark.parametrize(
    "paper",
    [
        "<paper/>",
        '<paper id="a>b"/>',
        "<paper id='\"'>x</paper>",
        '<paper\n id="1"\n>x</paper\n>',
        "<paper><paper>inner</paper></paper>",
        "<paper><paper/>x</paper>",
        "<paper><!-- </paper> --></paper>",
        "<paper><![CDATA[</paper>]]></paper>",
        "<paper><?x </paper> ?></paper>",
        "<paper><papers>x</papers><paper-x/></paper>",
        "<paper>潮 é 𝔸</paper>",
    ],
)
def test_an_element_is_cut_out_as_it_stands(paper: str) -> None:
    assert words(f"<volume>\n<papers/>{paper} <other/>{paper}</volume>") == [paper, paper]


@pytest.mark.parametrize(
    "hidden", ["<!-- <paper>x</paper> -->", "<![CDATA[<paper>x</paper>]]>", "<?x <paper/> ?>"]
)
def test_what_is_commented_out_is_no_element(hidden: str) -> None:
    assert words(f"<volume>{hidden}<paper>y</paper></volume>") == ["<paper>y</paper>"]


@pytest.mark.parametrize("opened", ["<!--", "<![CDATA[", "<?"])
def test_a_comment_that_is_not_closed_costs_no_element_behind_it(opened: str) -> None:
    assert words(f"<volume>{opened} <paper>x</paper><paper>y</paper></volume>") == [
        "<paper>x</paper>",
        "<paper>y</paper>",
    ]


def test_an_element_whose_first_tag_is_damaged_is_told_and_costs_no_other() -> None:
    [before, lost, behind] = cut(
        "<volume><paper>a</paper> <pa>er>b</paper><paper>c</paper></volume>"
    )
    assert (before, behind) == (Payload("<paper>a</paper>"), Payload("<paper>c</paper>"))
    assert isinstance(lost, Broken) and lost.text == " <pa>er>b</paper>"
    assert lost.reason == "</paper> closes an element that has no beginning"


def test_what_stands_behind_the_last_element_of_a_cut_file_is_told() -> None:
    [_, rest] = cut("<volume><paper>a</paper><pa>er>b</pa")
    assert isinstance(rest, Broken) and rest.text == "<pa>er>b</pa"


def test_what_is_cut_off_is_broken_with_its_line() -> None:
    [whole, broken, unclosed] = cut("<volume>\n<paper>a</paper>\n<paper>b")
    assert whole == Payload("<paper>a</paper>")
    assert isinstance(broken, Broken) and broken.text == "<paper>b"
    assert "line 3" in broken.reason
    assert isinstance(unclosed, Broken) and "<volume> is not closed" in unclosed.reason


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<html><paper/></html>", "first element is <html>"),
        ('<!DOCTYPE v [<!ENTITY a "b">]><volume/>', "entities"),
        ("no markup", "not XML"),
        ('<?xml version="1.0" encoding="EUC-JP"?><volume/>', "EUC-JP"),
        ('<?xml version="1.0" encoding="none-such"?><volume/>', "none-such"),
    ],
)
def test_what_is_no_document_of_the_format_is_unreadable(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        cut(text)


def test_a_declared_latin_encoding_is_read() -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><volume><paper>Müller</paper></volume>'
    [found] = elements(text.encode("latin-1"), ("paper",), ("volume",))
    assert found.text == "<paper>Müller</paper>"


NODES = st.recursive(
    st.text("ab <>&é", max_size=5),
    lambda inner: st.tuples(st.sampled_from(["paper", "i"]), st.lists(inner, max_size=3)),
    max_leaves=12,
)


def built(node: object) -> etree._Element:
    """An element of a (name, contents) pair; a text gets an element around it."""
    name, contents = node if isinstance(node, tuple) else ("t", [node])
    made = etree.Element(name)
    for part in contents:
        if isinstance(part, str):
            made.append(built(part)) if len(made) else setattr(made, "text", part)
        else:
            made.append(built(part))
    return made


@given(st.lists(NODES, max_size=4))
def test_any_document_gives_its_outermost_wanted_elements(nodes: list[object]) -> None:
    """The same that a parser of whole documents finds."""
    root = etree.Element("volume")
    root.extend(built(node) for node in nodes)
    wanted = [part for part in root.iter("paper") if not list(part.iterancestors("paper"))]
    expected = [etree.tostring(part, encoding="unicode", with_tail=False) for part in wanted]
    assert words(etree.tostring(root, encoding="unicode")) == expected


@pytest.mark.parametrize(
    "sign",
    [
        "<paper ",
        '<paper "',
        "<paper '",
        "<paper>",
        "</paper>",
        "<!--",
        "<![CDATA[",
        "<paper a='\">",
    ],
)
def test_damage_costs_time_in_proportion(sign: str) -> None:
    def seconds(times: int) -> float:
        content = ("<volume>" + sign * times).encode()
        begun = time.process_time()
        list(elements(content, ("paper",), ("volume",)))
        return time.process_time() - begun

    seconds(100)
    assert seconds(200_000) < 3  # a square of it would be minutes


def test_prefixes_and_namespaces_go_and_letters_come() -> None:
    found = element('<a:p xmlns:a="urn:a" a:id="1"><a:t>caf&eacute; &lt;x&gt;</a:t></a:p>')
    assert (found.tag, found.get("id"), text_of(found.find("t"))) == ("p", "1", "café <x>")


def test_a_prefix_that_an_outer_element_declared_is_no_error() -> None:
    found = element('<dc:p dc:id="1"><x:t>Ebb</x:t></dc:p>')
    assert (found.tag, found.get("id"), found.findtext("t")) == ("p", "1", "Ebb")


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ("<p><b></p>", "not well-formed"),
        ('<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]><p>&e;</p>', "entities"),
        ("<p>" * 300 + "</p>" * 300, "depth"),
        ("<p>\0</p>", "not well-formed"),
    ],
)
def test_what_cannot_be_read_says_why(payload: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        element(payload)


def test_comments_behind_the_root_are_read_once() -> None:
    """Divided in every way they would take longer than there is time."""
    comments = "<!-- -->\n" * 10_000
    assert is_closed(f"<feed></feed>{comments}", "feed")
    assert not is_closed(f"<feed></feed>{comments}x", "feed")
