"""Requirements of the laws by which costs of stages are told for other numbers of papers."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from benchmarks.scale import fit, fits, line, power_law, read_profile, short, table

SIZES = (2_000, 6_000, 20_000, 100_000)


def printed(papers: int) -> str:
    """What a run prints that made so many papers."""
    own = {"jvm_seconds": papers / 1e3, "python_seconds": 2.0, "worker_seconds": -0.5}
    rows = [
        {"stage": "papers", "rows_staged": papers, "executions": 9, **own},
        {"stage": "all", "rows_staged": papers, "executions": 9, **own},
    ]
    return f"ingest 1.0 s\n[1] done\n{json.dumps(rows)}\nended\n"


def test_a_power_law_is_found_again() -> None:
    law = power_law(SIZES, [3 * n**1.4 for n in SIZES])
    assert law.power == pytest.approx(1.4)
    assert law.at(1e6) == pytest.approx(3 * 1e6**1.4)


def test_a_line_is_found_again_and_neither_of_its_parts_is_below_zero() -> None:
    assert line(SIZES, [5 + n / 100 for n in SIZES])[:2] == pytest.approx((5, 0.01))
    assert line(SIZES, [n**1.5 for n in SIZES]).fixed == 0
    assert line(SIZES, [9.0, 9.0, 8.0, 8.0]).factor == 0


@pytest.mark.parametrize(
    ("cost", "power"), [(lambda n: 5 + n / 100, 1.0), (lambda n: n**1.5 / 1e3, 1.5)]
)
def test_the_form_that_tells_the_largest_from_the_others_is_taken(
    cost: Callable[[float], float], power: float
) -> None:
    found = fit(SIZES, [cost(n) for n in SIZES])
    assert found.law.power == pytest.approx(power)
    assert found.foretold == pytest.approx(found.largest) == pytest.approx(cost(100_000))


def test_what_grows_otherwise_at_the_end_is_seen_when_that_is_left_out() -> None:
    found = fit(SIZES, [*(n / 100 for n in SIZES[:-1]), 5_000.0])
    assert found.foretold == pytest.approx(1_000)


def test_two_sizes_are_too_few() -> None:
    with pytest.raises(ValueError, match="too few"):
        fit(SIZES[:2], [1.0, 2.0])


def test_a_profile_is_read_from_what_a_run_printed() -> None:
    papers, costs = read_profile(printed(2_000))
    assert papers == 2_000
    assert costs["papers"] == {"cpu": 4.0, "executions": 9.0}
    with pytest.raises(ValueError, match="no profile"):
        read_profile("nothing")


def test_a_row_a_stage_says_what_was_measured_and_what_is_told() -> None:
    profiles = dict(read_profile(printed(n)) for n in SIZES)
    head, _, first = table(profiles, "cpu", [10**6])
    assert head.startswith("| cpu | 2,000 | 6,000 |")
    assert first == "| papers | 4 | 8 | 22 | 102 | 102 (1.00) | 2 + 1 a thousand | 1 k |"
    assert fits(profiles, "heap_bytes") == {}


def test_numbers_have_three_digits() -> None:
    assert [short(v) for v in (0.5, 12.34, 1_234, 5e9)] == ["0.5", "12.3", "1.23 k", "5 G"]
