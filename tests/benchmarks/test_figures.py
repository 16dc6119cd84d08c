"""What is printed must be what was measured."""

import pytest

from benchmarks.figures import Figures, percentile, spread, table


def figures(rate: float) -> Figures:
    return Figures(updates_per_second=rate, p50=1.0, p99=2.0, cpu=500.0, load_cpu=60.0, memory=40.0, conversations=100)


def test_a_percentile_is_a_latency_that_was_measured() -> None:
    hundred = [float(value) for value in range(100, 0, -1)]
    assert percentile(hundred, 0.50) == 50
    assert percentile(hundred, 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    assert percentile([1.0, 2.0], 0.51) == 2


def test_a_run_that_measured_nothing_says_so() -> None:
    with pytest.raises(ValueError, match="more seconds"):
        percentile([], 0.5)


def test_a_spread_gives_the_median_and_both_ends() -> None:
    assert spread([300, 100, 200], ".0f") == "200 [100..300]"


def test_a_ratio_is_taken_inside_a_round_and_not_between_medians() -> None:
    """The machine was twice as slow in the second round, for both: that must not show in the ratio."""
    rounds = [
        {"ours": figures(400), "theirs": figures(100)},
        {"ours": figures(200), "theirs": figures(50)},
        {"ours": figures(900), "theirs": figures(300)},
    ]
    ours = table(rounds, "theirs").splitlines()[2]
    assert ours.startswith("| ours | 4.00 [3.00..4.00] | 400 [200..900] |")


def test_a_table_has_one_line_for_each_side_in_their_order() -> None:
    lines = table([{"b": figures(1), "a": figures(1)}], "b").splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| b", "| a"]
    assert len({line.count("|") for line in lines}) == 1
