"""What records are compared by: folded titles, surnames, sets of word pairs, MinHash bands.

Likeness after Broder (1997): a text is the set of its word pairs, a title the set of its pieces of
three letters; two are alike by the Jaccard of their sets, and sets that are alike share a band of
minima under random permutations (locality-sensitive hashing, Indyk and Motwani 1998).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from itertools import chain, islice
from operator import add, or_
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.identity import scoring as evidence
from jobs.identity.scoring import SCHEMES, Side
from jobs.identity.venues import is_year
from jobs.params import IdentitySettings
from jobs.text import ids, titles
from jobs.text.folding import fold_words
from jobs.text.names import surname
from jobs.text.stop_words import FUNCTION_WORDS

# What a record is compared by (evidence.Side, as JSON) and what of it Spark looks at, and its word
# pairs.
DESCRIBED = (
    "record_id string, native string, ids array<string>, related array<string>, "
    "words array<string>, place string, told binary, pairs array<int>"
)
# And the blocks in which it meets others, each with its place in KINDS; `content` is one for
# records that no evidence tells apart; `likeness` holds bits of title and surnames (may_be_one).
SKETCH = (
    f"{DESCRIBED}, content bigint, blocks array<bigint>, kinds array<tinyint>, "
    "likeness array<bigint>"
)
CONTENT, SURNAME, YEAR, BAND, TEXT, PLACE = (
    "content", "title and surname", "title and year", "band of the title", "band of the text",
    "place in print",
)  # fmt: skip
KINDS = (CONTENT, *SCHEMES, evidence.NATIVE, evidence.TITLE, SURNAME, YEAR, BAND, TEXT, PLACE)
_TEXTS = pa.list_(pa.string())
_OF_SIDE = {
    "record_id": pa.string(),
    "native": pa.string(),
    "ids": _TEXTS,
    "related": _TEXTS,
    "words": _TEXTS,
    "place": pa.string(),
}
# (bands, minima a band). Texts with a Jaccard of .6 meet in at least one band with .99, of .3 with
# .23; titles with .7 meet with .99, of .3 with .28.
TEXT_BANDS, TITLE_BANDS = (32, 4), (12, 3)
# Bands that find titles with .5 find many more with .1: longs of bits tell those apart at once.
LIKENESS_LONGS, _BITS = 4, 64
_SEED = 1997
_HALF = np.uint64(33)  # of a hash the upper 31 bits tell a text's few hundred pairs apart
_CHUNK = 1 << 18  # elements that are permuted at once: 2 MB a permutation
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio (Knuth 1973, multiplicative hashing)
_OTHERS = re.compile(r"(?i)\W*(?:et\.?\s*al|and\s+others|others)\W*")
_SUBTITLE = re.compile(r"[:(\[?!]|\.\s|\s[-\u2013\u2014]+\s")
_PART_OF_CITATION = re.compile(r"[.,;:(\u2014]\s")
_MOST_PARTS = 12  # marks of a citation; a text has more
_LOST = re.compile(r"[?\ufffd]")  # letters that a wrong encoding has lost
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_YEAR_BEFORE = re.compile(r"\s*[(\[]((?:19|20)\d\d)[)\]]")
# Pages, and a year with them, that a citation has behind its title.
_PAGES_BEHIND = re.compile(
    r"[\s,.;:(\[]+(?:pp?|pages?)\b\.?\s*\d+\s*[-\u2013\u2014]+\s*\d+"
    r"(?:[\s,.;(]*(?:19|20)\d\d)?[\s.)\]]*$"
)
_DIGITS = re.compile(r"\d+")
# Isotopes by mass and element, in either order: 18F is F-18.
_ISOTOPES = [
    "3h",
    "11c",
    "13c",
    "14c",
    "13n",
    "15n",
    "15o",
    "17o",
    "18o",
    "18f",
    "19f",
    "31p",
    "32p",
    "33p",
    "35s",
    "51cr",
    "57co",
    "60co",
    "59fe",
    "64cu",
    "67ga",
    "68ga",
    "82rb",
    "89zr",
    "90y",
    "99tc",
    "99mtc",
    "111in",
    "123i",
    "124i",
    "125i",
    "131i",
    "133xe",
    "137cs",
    "177lu",
    "186re",
    "188re",
    "192ir",
    "201tl",
    "211at",
    "213bi",
    "223ra",
    "225ac",
    "238u",
    "235u",
]
_ELEMENTS = {"carbon": "c", "fluorine": "f", "iodine": "i", "technetium": "tc", "nitrogen": "n",
             "oxygen": "o", "gallium": "ga", "indium": "in", "lutetium": "lu"}  # fmt: skip
_SYMBOLS = {isotope.lstrip("0123456789m") for isotope in _ISOTOPES}
_ISOTOPE = re.compile(
    rf"(?<![^\W_])(?P<name>{'|'.join(sorted({*_ELEMENTS, *_SYMBOLS}, key=lambda s: (-len(s), s)))})"
    r"[ -]?\(?(?P<mass>\d{1,3}m?)\)?(?![^\W_])"
)
# What stands low or high is one word with what it stands at, and so is a number in brackets.
_SCRIPT_TAG = re.compile(r"<\s*/?\s*(?:sub|sup|inf|scp)\b[^<>]*>", re.IGNORECASE)
_SCRIPTS = re.compile(r"(?<=[^\W_])(?:[_^]\{?(?=[^\W_])|\}(?=[^\W_]))")
_COUNT = re.compile(r"(?<=[A-Za-z])\((\d{1,2})\s*[+-]?\)")
_ABSTRACTS = re.compile(r"(?i)suppl|meeting\s?abstracts?|\babstracts\b")
_ABSTRACT_PAGE = re.compile(
    r"(?i)\s*(?:p\.?\s*)?(?P<page>(?:s|a|p|i{1,3}|iv|abs\.?|abstract)\s*\d+)"
)
# The number of a talk's abstract before its title: "P-101: …", "27. …".
_ABSTRACT_NUMBER = re.compile(
    r"(?i)^\s*(?:(?:abstract|poster|paper|no\.?|[a-z]{1,3})[- .]?)?\d{1,4}\s*[:.)\u2013\u2014-]\s+"
)
_OF_GROUPS = FUNCTION_WORDS | {"corporate"}  # ACM's word before one
_MAY_BE_SCRIPT = re.compile(r"[\d<_^]")
_SPAN = re.compile(r"\s*[^\W_]*?(\d+)\s*[-–—]+\s*[^\W_]*?(\d+)")
_DEPOSITS = ("10.5281/", "10.5061/", "10.6084/", "10.7910/", "10.17632/", "10.1594/", "10.3886/",
             "10.21227/", "10.17605/", "10.15468/", "10.18710/", "10.25384/", "10.24433/",
             "10.17863/", "10.5255/", "10.4121/", "10.25919/")  # fmt: skip
_DEPOSITORY = re.compile(
    r"(?i)\b(?:zenodo|dryad|figshare|pangaea|datacite|github)\b|dataverse|mendeley data"
)
# What repositories call texts, which may be the preprint of a paper.
_TEXT_TYPE = re.compile(r"(?i)article|preprint|text|thesis|report|paper|posted|publication|book")
# Venues that only say that a paper is a preprint or a report, and words that say what a venue is.
_PREPRINT = re.compile(
    r"(?i)rxiv|egusphere|preprint|^\s*corr\s*$|\bssrn\b|research square|authorea|zenodo|unpublished"
    r"|manuscript|working paper|\btech(nical|\.)?\s+(rep(ort|\.)|memo)"
)
_JOURNAL = re.compile(r"(?i)\bj(ournal|\.)|\btrans(\b|actions)|\bletters\b|\bannals\b|quarterly")
_MEETING = re.compile(r"(?i)\bconf(\b|erence)|\bproc(\b|eedings)|workshop|\bsymp(\b|osium)|meeting")
# Relations that name the same work in another form.
_SAME_WORK = frozenset({"version of", "preprint of", "published from", "published as"})

Hashes = NDArray[np.uint64]


def sketch_records(records: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Rows of SKETCH of records of silver.records."""
    return _compared_columns(records).mapInArrow(_each(_sketch, settings), SKETCH)


def describe_records(records: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Rows of DESCRIBED of records whose blocks are known: a fraction of the work."""
    return _compared_columns(records).mapInArrow(_each(_describe_rows, settings), DESCRIBED)


def _compared_columns(records: DataFrame) -> DataFrame:
    return records.select(
        "record_id", "feed", "native_id", *SCHEMES, "relations", "title", "abstract",
        F.col("authors.name").alias("authors"), "venue", "volume", "number", "pages", "year",
        "work_type",
    )  # fmt: skip


def may_be_one(a: Column, b: Column, settings: IdentitySettings) -> Column:
    """Whether two records that meet by their titles deserve a look, told by their `likeness`.

    Each bit of a title is the lowest of a minimum, so that those of two titles agree with the
    chance (1 + Jaccard) / 2 (b-bit minwise hashing, Li and König 2010): the estimate errs by .06.
    True where one has no likeness.
    """
    longs = [(F.get(a, F.lit(n)), F.get(b, F.lit(n))) for n in range(LIKENESS_LONGS + 1)]
    *bits, (names, others) = longs
    apart = reduce(add, (F.bit_count(one.bitwiseXOR(other)) for one, other in bits))
    agree = F.lit(1.0) - apart * 2 / (LIKENESS_LONGS * _BITS)
    shared_name = names.bitwiseAND(others) != 0
    like = (agree >= settings.like_titles) & (shared_name | (agree >= settings.like_titles_alone))
    return F.coalesce(like, F.lit(True))


def _each(
    of: Callable[[list[dict[str, Any]], IdentitySettings], pa.RecordBatch],
    settings: IdentitySettings,
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def each(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield of(batch.to_pylist(), settings)

    return each


def _describe_rows(rows: list[dict[str, Any]], settings: IdentitySettings) -> pa.RecordBatch:
    return _batch(DESCRIBED, _description(*_sides(rows, settings)))


def _sketch(rows: list[dict[str, Any]], settings: IdentitySettings) -> pa.RecordBatch:
    sides, pairs = _sides(rows, settings)
    pieces = [title_pieces(list(of.words)) for of in sides]
    title_bands = band_hashes(pieces, *TITLE_BANDS)
    names = (_surname_bits(of.families) for of in sides)
    likeness = [
        np.append(bits, bit) for bits, bit in zip(_in_chunks(pieces, _bits), names, strict=True)
    ]
    text_bands = band_hashes(pairs, *TEXT_BANDS)
    contents, blocks, kinds = [], [], []
    every = zip(rows, sides, pairs, title_bands, text_bands, strict=True)
    for row, one, of, by_title, by_text in every:
        contents.append(_content(one, of, settings))
        keys = list(dict.fromkeys(chain(_keys(one), keys_of_citation(row["title"] or "", one))))
        hashes = np.fromiter((_hash(f"{k}\n{key}") for k, key in keys), np.uint64, len(keys))
        blocks.append(np.concatenate([hashes.view(np.int64), by_title, by_text]))
        kind_places = [KINDS.index(kind) for kind, _ in keys]
        kind_places += [KINDS.index(BAND)] * len(by_title) + [KINDS.index(TEXT)] * len(by_text)
        kinds.append(np.array(kind_places, np.int8))
    block_columns = [
        pa.array(contents, pa.int64()),
        pa.array(blocks, pa.list_(pa.int64())),
        pa.array(kinds, pa.list_(pa.int8())),
        pa.array(likeness, pa.list_(pa.int64())),
    ]
    return _batch(SKETCH, [*_description(sides, pairs), *block_columns])


def _sides(
    rows: list[dict[str, Any]], settings: IdentitySettings
) -> tuple[list[Side], list[Hashes]]:
    """What each record is compared by, and its abstract's word pairs: none of a short one."""
    texts = [fold_words(row["abstract"] or "") for row in rows]
    pairs = [word_pairs(text) if len(text) >= settings.text_words else _NONE for text in texts]
    join = settings.meeting_abstracts == "join"
    return [side(row, len(of), join) for row, of in zip(rows, pairs, strict=True)], pairs


def _description(sides: list[Side], pairs: list[Hashes]) -> list[pa.Array]:
    return [
        *(pa.array([getattr(s, name) for s in sides], kind) for name, kind in _OF_SIDE.items()),
        pa.array([orjson.dumps(tuple(of)) for of in sides], pa.binary()),
        pa.array([(of >> _HALF).astype(np.int32) for of in pairs], pa.list_(pa.int32())),
    ]


def _batch(columns: str, arrays: list[pa.Array]) -> pa.RecordBatch:
    return pa.record_batch(arrays, names=[name.split()[0] for name in columns.split(", ")])


def side(row: Mapping[str, Any], pairs: int, join_abstracts: bool = False) -> Side:
    """What a record is compared by; `pairs` is the number of its abstract's word pairs.

    Args:
        join_abstracts: whether an article and the abstract of a talk on it are one work.
    """
    venue, doi = row["venue"] or "", row["doi"] or ""
    where = _where(venue)
    is_deposit = where.is_depository or doi.startswith(_DEPOSITS)
    title = titles.read(row["title"] or "", is_deposit=is_deposit)
    name = normalize_scripts(_PAGES_BEHIND.sub("", title.name))
    words = fold_words(name)
    names = [_LOST.sub(evidence.LOST, name) for name in row["authors"] or () if name]
    authors = [_author(name) for name in names if not _OTHERS.fullmatch(name)]
    families = dict.fromkeys(family for family, _ in authors if family.strip(evidence.LOST))
    first = _DIGITS.search(row["pages"] or "")
    year = row["year"] or _year_of_citation(title.name, venue)
    work_kind = titles.of_type(row["work_type"]) or ("data" if is_deposit else "")
    is_talk = _is_meeting_abstract(row)
    unnumbered = _ABSTRACT_NUMBER.sub("", name) if is_talk else name
    other = title.other or (unnumbered if unnumbered != name else "")
    is_text = work_kind == "data" and _TEXT_TYPE.search(row["work_type"] or "")
    return Side(
        row["record_id"],
        f"{row['feed']}\n{row['native_id']}" if row["native_id"] and words else "",
        [ids.work_doi(row[s]) if s == "doi" and row[s] else row[s] for s in SCHEMES],
        [
            f"{relation['scheme']}:{relation['id']}"
            for relation in row["relations"] or ()
            if relation["kind"] in _SAME_WORK
        ],
        words,
        _head(name, len(words)),
        list(families),
        sorted({word for _, each in authors for word in each}),
        year,
        where.in_print,
        where.kind,
        where.words,
        first[0] if first else None,
        pairs,
        _place(families, year, first),
        fold_words(normalize_scripts(other)),
        title.kind,
        "" if is_text else work_kind,
        title.is_marked,
        [" ".join([family, *(w for w in each if w != family)]) for family, each in authors],
        _number(row["volume"]),
        _number(row["number"]),
        not join_abstracts and is_talk,
    )


class _Where(NamedTuple):
    is_depository: bool
    in_print: bool
    kind: str | None
    words: list[str]


@lru_cache(maxsize=1 << 12)  # venues and authors come again
def _where(venue: str) -> _Where:
    """What the name of a venue tells."""
    is_meeting = _MEETING.search(venue) is not None
    return _Where(
        _DEPOSITORY.search(venue) is not None,
        bool(venue) and not _PREPRINT.search(venue),
        "journal" if _JOURNAL.search(venue) else "conference" if is_meeting else None,
        fold_words(venue),
    )


@lru_cache(maxsize=1 << 15)
def _author(name: str) -> tuple[str, list[str]]:
    """The surname of an author, and all words of the name; of a group what it calls itself."""
    words = fold_words(name)
    if evidence.GROUPS.isdisjoint(words):
        return surname(name), words
    own = [word for word in words if word not in evidence.GROUPS | _OF_GROUPS]
    return "".join(own) or surname(name), words


def _place(families: Iterable[str], year: int | None, page: re.Match[str] | None) -> str:
    """Who printed when on which page: what is left of a work whose title is translated."""
    first = next(iter(families), None)
    return f"{first} {year} {page[0]}" if first and year and page else ""


def _number(text: str | None) -> str | None:
    """The number of a volume or issue; a year is none."""
    match = _DIGITS.search(text or "")
    return match[0].lstrip("0") or None if match and not is_year(match[0]) else None


def _is_meeting_abstract(row: Mapping[str, Any]) -> bool:
    """Whether it is the abstract of a talk: a page of a supplement, or so called."""
    if (row["work_type"] or "").casefold() in ("meeting abstract", "conference abstract"):
        return True
    pages = row["pages"] or ""
    place = " ".join(filter(None, (row["volume"], row["number"], row["venue"])))
    in_supplement = _ABSTRACTS.search(place) is not None
    is_lettered = _ABSTRACT_PAGE.match(pages) is not None
    span = _SPAN.match(pages)
    one_page = bool(pages.strip()) and (not span or span[1] == span[2])
    if "abstract" in place.casefold():
        return True
    return one_page and (in_supplement or is_lettered)


def _year_of_citation(title: str, venue: str) -> int | None:
    """The year that a citation without one tells: before its title, "(1998)", or in its venue."""
    before = _YEAR_BEFORE.match(title)
    years = {before[1]} if before else set(_YEAR.findall(venue))
    return int(years.pop()) if len(years) == 1 else None


def _head(title: str, words: int) -> int:
    """How many words stand before the subtitle or remark; all of them where there is none."""
    for mark in _SUBTITLE.finditer(title):
        before = len(fold_words(title[: mark.start()]))
        if before > 1:
            return before
    return words


def _keys(of: Side) -> Iterator[tuple[str, str]]:
    """The blocks of a record but for its bands, as kind and key."""
    for scheme, value in zip(SCHEMES, of.ids, strict=True):
        if value is not None:
            yield scheme, value
    for other in of.related:
        scheme, _, value = other.partition(":")
        if scheme in SCHEMES:
            yield scheme, value
    if of.native:
        yield evidence.NATIVE, of.native
    if of.place:
        yield PLACE, of.place
    title = "".join(of.words)
    if not title:
        return
    if evidence.title_class(of.words) == evidence.LONG:
        yield evidence.TITLE, title
    if of.other:
        yield evidence.TITLE, "".join(of.other)
    for name in of.families:
        yield SURNAME, f"{title}\n{name}"
        yield SURNAME, f"{''.join(of.words[: of.head])}\n{name}"
    if of.year is not None:
        yield YEAR, f"{title}\n{of.year}"
        yield YEAR, f"{title}\n{of.year + 1}"


def keys_of_citation(title: str, of: Side) -> Iterator[tuple[str, str]]:
    """Blocks of titles and surnames that a citation without authors may hold in its title.

    Names stand behind the title or before it, parted from it by a mark, initials on either side.
    Behind names the title may end at a full stop, with the venue behind it.
    """
    if of.families or not of.words:
        return
    stop: int | None = None  # the first full stop behind a mark
    for mark in reversed(list(islice(_PART_OF_CITATION.finditer(title), _MOST_PARTS))):
        at = len(fold_words(title[: mark.start()]))
        before, behind = of.words[:at], of.words[at:]
        middle, stop = of.words[at:stop] if stop else (), at if mark[0][0] == "." else stop
        for words, names in (
            (before, behind[:2]), (behind, before[-2:]), (middle, before[-2:])
        ):  # fmt: skip
            if len(words) > 1:
                for name in names:
                    yield SURNAME, f"{''.join(words)}\n{name}"
        if evidence.title_class(before) == evidence.LONG:  # and a venue behind it
            yield evidence.TITLE, "".join(before)


def _content(of: Side, pairs: Hashes, settings: IdentitySettings) -> int:
    """Equal for records that are equal in all that is compared, and that this is enough to join."""
    # Its feed's own id, or its abstract, joins a record to one that is equal, whatever else it has.
    sure = of.native or len(pairs) or evidence.weigh_pair(of, of, 0, settings.jaccard).weight > 0
    key = repr(of[1:]) + pairs.tobytes().hex() if sure else of.record_id
    return int(np.uint64(_hash(f"{CONTENT}\n{key}")).view(np.int64))


def normalize_scripts(title: str) -> str:
    """`title` with formulas and isotopes in one spelling: CO<sub>2</sub> is CO2, F-18 is 18F."""
    if not _MAY_BE_SCRIPT.search(title):
        return title
    title = _SCRIPTS.sub("", _SCRIPT_TAG.sub("", title))
    title = _COUNT.sub(r"\1", title)
    return _ISOTOPE.sub(_isotope, title.casefold())


def _isotope(match: re.Match[str]) -> str:
    isotope = f"{match['mass']}{_ELEMENTS.get(match['name'], match['name'])}"
    return isotope if isotope in _ISOTOPES else match[0]


@lru_cache(maxsize=1 << 16)
def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


_NONE: Hashes = np.empty(0, np.uint64)


def _hash_texts(texts: Sequence[str]) -> Hashes:
    return np.fromiter(map(_hash, texts), np.uint64, len(texts))


def word_pairs(words: list[str]) -> Hashes:
    """The set of pairs of neighbouring words, as sorted 64-bit hashes."""
    hashes = _hash_texts(words)
    with np.errstate(over="ignore"):
        return np.unique(hashes[:-1] * _MIX + hashes[1:])


def title_pieces(words: list[str]) -> Hashes:
    """The set of three-letter pieces of the words, spaces with them, as sorted 64-bit hashes."""
    line = f"  {' '.join(words)} " if words else ""
    return np.unique(_hash_texts([line[at : at + 3] for at in range(len(line) - 2)]))


@lru_cache(maxsize=4)
def _permutations(number: int) -> tuple[Hashes, Hashes]:
    """Factors (odd) and terms of the random permutations, the same on every machine."""
    draw = np.random.Generator(np.random.PCG64(_SEED))
    factors = draw.integers(0, 2**63, number, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return factors, draw.integers(0, 2**63, number, dtype=np.uint64)


def band_hashes(sets: list[Hashes], bands: int, rows: int) -> Iterator[NDArray[np.int64]]:
    """For each set its band hashes, int64 (bands,); of an empty set none."""
    return _in_chunks(sets, lambda some: _bands(some, bands, rows))


def _in_chunks(
    sets: list[Hashes], of: Callable[[list[Hashes]], NDArray[np.int64]]
) -> Iterator[NDArray[np.int64]]:
    """The rows that `of` makes of the sets, some at a time; of an empty set an empty one."""
    begin = 0
    while begin < len(sets):
        end, size = begin, 0
        while end < len(sets) and (size == 0 or size + len(sets[end]) <= _CHUNK):
            size += len(sets[end])
            end += 1
        nonempty = [s for s in sets[begin:end] if len(s)]
        rows = iter(of(nonempty) if nonempty else ())
        for one in sets[begin:end]:
            yield next(rows) if len(one) else np.empty(0, np.int64)
        begin = end


def _minima(sets: list[Hashes], number: int) -> Iterator[Hashes]:
    """Under each of `number` permutations the minimum of every set, which none is empty."""
    values = np.concatenate(sets)
    starts = np.cumsum([0, *(len(s) for s in sets[:-1])])
    for factor, term in zip(*_permutations(number), strict=True):
        with np.errstate(over="ignore"):
            # The high half of a product with an odd factor is well mixed (Dietzfelbinger 1997).
            yield np.minimum.reduceat((values * factor + term) >> np.uint64(32), starts)


def _bands(sets: list[Hashes], bands: int, rows: int) -> NDArray[np.int64]:
    """Band hashes of sets that are not empty: int64 (sets, bands)."""
    hashes = np.zeros((len(sets), bands), np.uint64)
    with np.errstate(over="ignore"):
        for place, least in enumerate(_minima(sets, bands * rows)):
            band = place // rows
            hashes[:, band] = (hashes[:, band] ^ least) * _MIX
        # Equal minima in two bands are told apart.
        hashes += np.arange(bands, dtype=np.uint64) * _permutations(bands * rows)[0][0]
    return hashes.view(np.int64)


def _bits(sets: list[Hashes]) -> NDArray[np.int64]:
    """The lowest bits of minima of sets that are not empty: int64 (sets, LIKENESS_LONGS)."""
    bits = np.zeros((len(sets), LIKENESS_LONGS), np.uint64)
    for place, least in enumerate(_minima(sets, LIKENESS_LONGS * _BITS)):
        bits[:, place // _BITS] |= (least & np.uint64(1)) << np.uint64(place % _BITS)
    return bits.view(np.int64)


def _surname_bits(families: Sequence[str]) -> np.int64:
    """A bit a surname; all bits where no surname tells: there is none, or a letter is lost."""
    if not families or any(evidence.LOST in name for name in families):
        return np.int64(-1)
    bits = reduce(or_, (1 << _hash(name) % _BITS for name in families))
    return np.uint64(bits).view(np.int64)
