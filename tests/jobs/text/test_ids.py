"""Requirements of ids: one spelling for each, and none for what cannot be one."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.text.ids import (
    ArxivId,
    address,
    arxiv,
    arxiv_of_doi,
    doi,
    of_address,
    orcid,
    pmid,
    work_doi,
)

_YEAR_MONTH = st.dates().map(lambda day: f"{day.month:02d}")
_NEW = st.builds(
    lambda year, month, number: f"{year:02d}{month}.{number:05d}",
    st.integers(15, 40), _YEAR_MONTH, st.integers(1, 99_999),
)  # fmt: skip
_OLD = st.builds(
    lambda archive, year, month, number: f"{archive}/{year % 100:02d}{month}{number:03d}",
    st.sampled_from(["hep-th", "math", "cs", "q-bio"]), st.integers(1992, 2006), _YEAR_MONTH,
    st.integers(1, 999),
)  # fmt: skip
_SPELLINGS = st.sampled_from(
    ["{}", " {} ", "arXiv:{}", "arxiv: {}", "https://arxiv.org/abs/{}", "http://arxiv.org/pdf/{}.pdf",
     "https://www.arxiv.org/html/{}?x=1#S2", "https://doi.org/10.48550/arXiv.{}", "oai:arXiv.org:{}",
     "https://huggingface.co/papers/{}", "10.48550/arxiv.{}"]
)  # fmt: skip


@given(_NEW | _OLD, st.integers(1, 99) | st.none(), _SPELLINGS, st.booleans())
def test_every_spelling_of_an_arxiv_id_is_one_id(
    plain: str, version: int | None, spelling: str, upper: bool
) -> None:
    text = spelling.format(plain if version is None else f"{plain}v{version}")
    assert arxiv(text.upper() if upper else text) == ArxivId(plain, version)


@given(_NEW | _OLD)
def test_wide_signs_are_those_of_ascii(plain: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign != "/" else sign for sign in plain)
    assert arxiv(wide) == ArxivId(plain, None)


@pytest.mark.parametrize(
    ("text", "plain"),
    [("0704.0001", "0704.0001"), ("1412.9999v1", "1412.9999"), ("math.GT/0309136", "math/0309136"),
     ("cmp-lg/9404001", "cmp-lg/9404001")],
)  # fmt: skip
def test_old_ids_are_read(text: str, plain: str) -> None:
    found = arxiv(text)
    assert found is not None and found.id == plain


@pytest.mark.parametrize(
    "text",
    ["", "2413.00001", "2400.00001", "2401.0001", "0704.00001", "1501.0001", "0703.0001",
     "2401.00000", "2401.12345v0", "2401.123456", "704.0001", "tide/0301001", "math/0313001",
     "math/0301000", "math/0801001", "hep-th/9013001", "10.1000/2401.00001", "x2401.00001",
     "2401.00001 and more"],
)  # fmt: skip
def test_what_was_never_an_arxiv_id_is_none(text: str) -> None:
    assert arxiv(text) is None


_SUFFIX = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/;()-]{0,20}[A-Za-z0-9]", fullmatch=True)


@given(
    st.integers(1000, 999_999_999),
    _SUFFIX,
    st.sampled_from(["", "doi:", "DOI: ", "https://doi.org/", "http://dx.doi.org/", "doi.org/"]),
    st.sampled_from(["", ".", ",", ");", '"', "]."]),
)
def test_every_spelling_of_a_doi_is_one_doi(
    registrant: int, suffix: str, before: str, after: str
) -> None:
    plain = f"10.{registrant}/{suffix.replace('(', '').replace(')', '')}"
    assert doi(f" {before}{plain}{after} ") == plain.lower()
    assert doi(f"{before}{plain.upper()}") == plain.lower()


@pytest.mark.parametrize(
    ("text", "plain"),
    [("10.1016/S0140(99)06166-(6)", "10.1016/s0140(99)06166-(6)"),
     ("https://doi.org/10.1002/%28x%29%3C1%3E", "10.1002/(x)<1>"),
     ("(10.5555/tide.1)", "10.5555/tide.1"), ("10.5555/tide.1)", "10.5555/tide.1"),
     ("10.5555/", None), ("10.55/x", None), ("11.5555/x", None), ("10.5555/a b", None), ("", None)],
)  # fmt: skip
def test_brackets_and_escapes_of_dois(text: str, plain: str | None) -> None:
    assert doi(text) == plain


@pytest.mark.parametrize("sign", [")", "."])
def test_endless_punctuation_is_no_doi_and_takes_no_time(sign: str) -> None:
    begun = process_time()
    assert doi("10.5555/x" + sign * 2_000_000) is None
    assert process_time() - begun < 2


@given(_NEW)
def test_a_doi_of_arxiv_holds_its_id_and_others_none(plain: str) -> None:
    assert arxiv_of_doi(f"10.48550/arxiv.{plain}") == ArxivId(plain, None)
    assert arxiv_of_doi(f"10.5555/arxiv.{plain}") is None


@given(
    st.integers(1, 10**9 - 1),
    st.sampled_from(["{}", " PMID: {}", "pmid{}", "https://pubmed.ncbi.nlm.nih.gov/{}/"]),
)
def test_every_spelling_of_a_pubmed_id_is_one_id(number: int, spelling: str) -> None:
    assert pmid(spelling.format(number)) == str(number)


@pytest.mark.parametrize("text", ["", "0", "012", "1234567890", "PMC123", "12a"])
def test_what_is_no_pubmed_id_is_none(text: str) -> None:
    assert pmid(text) is None


def checked(digits: int) -> str:
    """Sixteen signs of an ORCID iD: fifteen digits and their check (ISO 7064, MOD 11-2)."""
    base = f"{digits:015d}"
    rest = sum(int(sign) * 2 ** (15 - place) for place, sign in enumerate(base)) % 11
    return base + "0123456789X"[(12 - rest) % 11]


@given(st.integers(0, 10**15 - 1), st.integers(0, 15), st.integers(1, 9))
def test_an_orcid_is_read_in_every_spelling_and_only_with_its_check(
    digits: int, place: int, shift: int
) -> None:
    signs = checked(digits)
    plain = "-".join(signs[at : at + 4] for at in range(0, 16, 4))
    for text in (signs, plain, f"https://orcid.org/{plain.lower()}"):
        assert orcid(text) == plain
    if signs[place] != "X":
        wrong = f"{signs[:place]}{(int(signs[place]) + shift) % 10}{signs[place + 1 :]}"
        assert orcid(wrong) is None


@pytest.mark.parametrize(
    "text",
    [
        "DOI: https://doi.org/10.1093/SLEEP/ZSY001 [doi]", "10.1093%2Fsleep%2Fzsy001",
        "doi:10.1093/sleep/zsy001.", "https://dx.doi.org/10.1093/sleep/zsy001 [doi]",
        "info:doi/10.1093/sleep/zsy001", "doi: doi:10.1093/sleep/zsy001",
    ],
)  # fmt: skip
def test_a_decorated_doi_is_read(text: str) -> None:
    assert doi(text) == "10.1093/sleep/zsy001"


@pytest.mark.parametrize(
    "text",
    [
        "10.5555/tide-1/full", "10.5555/TIDE-1/abstract", "https://doi.org/10.5555/tide-1/pdf",
        "10.5555/tide-1?utm_source=feed&utm_medium=rss", "<10.5555/tide-1>",
        "10.5555/tide-1 [published Online First: 2019/01/02]", "10.5555/tide-1. Epub 2019 Jan 2",
        "10.5555/tide\u20101", "10.5555/tide\u20131", "10.5555\u2044tide-1",
        "10.5555/tide-1 (registered DOI)", "10.5555/tide-1#supplementary-material",
        "10.5555/tide-1/full/html",
    ],
)  # fmt: skip
def test_a_copied_doi_is_read(text: str) -> None:
    assert doi(text) == "10.5555/tide-1"


@pytest.mark.parametrize("text", ["10.5555/full", "10.1000/456#789", "10.5555/a[x]b"])
def test_what_only_looks_copied_is_left(text: str) -> None:
    assert doi(text) == text


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://aclanthology.org/2020.acl-main.999/", {"acl_id": "2020.acl-main.999"}),
        ("https://www.aclweb.org/anthology/P17-1999.pdf", {"acl_id": "P17-1999"}),
        ("https://openalex.org/W42", {"openalex_id": "W42"}),
        ("https://www.alphaxiv.org/abs/2101.00779v2", {"arxiv_id": "2101.00779v2"}),
        ("https://huggingface.co/papers/2101.00779", {"arxiv_id": "2101.00779"}),
        ("https://ar5iv.labs.arxiv.org/html/2101.00779", {"arxiv_id": "2101.00779"}),
        ("https://doi.org/10.1093/SLEEP/ZSY001", {"doi": "10.1093/sleep/zsy001"}),
        ("https://doi-org.proxy.uni.example/10.1093/x", {"doi": "10.1093/x"}),
        ("https://doi.org/10.1093/x#abstract", {"doi": "10.1093/x"}),
        (
            "https://proxy.uni.example/login?url=https%3A%2F%2Fdoi.org%2F10.1093%2Fx",
            {"doi": "10.1093/x"},
        ),
        ("https://shore.example/doi/pdf/10.1093/x.2001.3", {"doi": "10.1093/x.2001.3"}),
        (
            "https://shore.example/articles/10.3389/ftide.2019.00001/full",
            {"doi": "10.3389/ftide.2019.00001"},
        ),
        ("https://shore.example/content/pdf/10.1007/s1-02-3.pdf", {"doi": "10.1007/s1-02-3"}),
        (
            "https://academic.oup.com/sleep/article/doi/10.1093/sleep/zsy001/4812345",
            {"doi": "10.1093/sleep/zsy001"},
        ),
        (
            "https://shore.example/one/article?id=10.1371/journal.one.0012345",
            {"doi": "10.1371/journal.one.0012345"},
        ),
        ("https://shore.example/content/pdf/10.1007%2Fs1-02-3.pdf", {"doi": "10.1007/s1-02-3"}),
        ("https://shore.example/book/10.1007/978-3-000", {}),
        ("https://shore.example/toc/10.1007/s1", {}),
        ("https://pubmed.ncbi.nlm.nih.gov/20999888/", {"pmid": "20999888"}),
        ("https://europepmc.org/abstract/MED/20999888", {"pmid": "20999888"}),
        (
            "http://www.ncbi.nlm.nih.gov/entrez/query.fcgi?cmd=Retrieve&list_uids=20999888&dopt=x",
            {"pmid": "20999888"},
        ),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC81/", {"pmcid": "PMC81"}),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/81", {"pmcid": "PMC81"}),
        ("https://arxiv.org/pdf/2103.02503v2.pdf", {"arxiv_id": "2103.02503v2"}),
        ("https://shore.example/about/10.%", {}),
        (
            "https://shore.example/article/10.1007/s1-02-3/fulltext.html",
            {"doi": "10.1007/s1-02-3"},
        ),
        ("https://shore.example/article/10.1007/s1-02-3/figures/2", {"doi": "10.1007/s1-02-3"}),
        ("https://shore.example/article/10.1007/s1-02-3/tables/1", {"doi": "10.1007/s1-02-3"}),
        ("https://shore.example/one/article/figure?id=10.1371/journal.one.0012345.g001", {}),
        ("https://shore.example/one/article/file?id=10.1371%2Fjournal.one.0012345.s002&x=y", {}),
        (
            "https://shore.example/content/10.1101/2020.01.02.20012345v2.full.pdf+html",
            {"doi": "10.1101/2020.01.02.20012345v2"},
        ),
        (
            "https://shore.example/doi/10.1021/acs.1234/suppl_file/silt_si_001.pdf",
            {"doi": "10.1021/acs.1234"},
        ),
        (
            "https://shore.example/doi/10.1002/abc.123/abstract;jsessionid=1A2B.f03t04",
            {"doi": "10.1002/abc.123"},
        ),
        ("https://shore.example/doi/full/10.5555/silt/12345", {"doi": "10.5555/silt/12345"}),
        (
            "https://direct.mit.edu/tacl/article/doi/10.1162/tacl_a_00001/12345",
            {"doi": "10.1162/tacl_a_00001"},
        ),
        (
            "https://direct.mit.edu/tacl/article/doi/10.1162/tacl_a_00001/12345/On-Silt-and-Mud",
            {"doi": "10.1162/tacl_a_00001"},
        ),
        ("https://academic.oup.com/tides/article/doi/10.1093/12345", {"doi": "10.1093/12345"}),
    ],
)
def test_an_address_tells_the_ids_of_its_page(link: str, found: dict[str, str]) -> None:
    assert of_address(link) == found


def test_of_an_endless_address_nothing_is_told_and_it_takes_no_time() -> None:
    begun = process_time()
    for form in ("/full", "/figures", ".pdf", "/"):
        assert of_address(f"https://shore.example/doi/10.5555/x{form * 20_000}y") == {}
    assert process_time() - begun < 2
    assert of_address(f"https://shore.example/doi/10.5555/x{'/full' * 300}") == {"doi": "10.5555/x"}


@pytest.mark.parametrize(
    ("version", "work"),
    [
        ("10.1101/2021.02.03.429500v2", "10.1101/2021.02.03.429500"),
        ("10.21203/rs.3.rs-1234567/v1", "10.21203/rs.3.rs-1234567"),
        ("10.12688/f1000research.123.2", "10.12688/f1000research.123"),
        ("10.31234/osf.io/abcde_v2", "10.31234/osf.io/abcde"),
        ("10.1016/j.x.2020.v2", "10.1016/j.x.2020.v2"),
    ],
)
def test_versions_of_a_server_are_one_work(version: str, work: str) -> None:
    assert work_doi(version) == work


def test_an_id_cannot_leave_its_address() -> None:
    assert address("doi", '10.1000/a"><script>') == "https://doi.org/10.1000/a%22%3E%3Cscript%3E"
    assert address("doi", "10.1/a\u202eb") is None
    assert address("s2_id", "1") is None
