"""Figures of one run, and what several rounds of them say together."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figures:
    """One side in one round. CPU and memory are of the side's own process, not of a database server."""

    updates_per_second: float
    p50: float
    """Milliseconds from the last byte sent to the last byte of the answer."""
    p99: float
    cpu: float
    """Microseconds of processor time, user and system, for one update."""
    load_cpu: float
    """The same for the load generator, which shares the cores."""
    memory: float
    """Most resident memory since the process started, in MiB."""
    conversations: int
    """Reports filed, warm-up included; the side has counted as many."""
    calls: float = 0.0
    """Calls of the Bot API for one report, where letters cross HTTP."""
    call_cpu: float = 0.0
    """Microseconds of processor time that the Bot API server spent on one of them."""


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest rank: a latency that was really measured. `share` is between 0 and 1."""
    if not values:
        raise ValueError("Nothing was measured: give the run more seconds.")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def spread(values: Iterable[float], form: str) -> str:
    """The median, and the least and the most around it."""
    known = sorted(values)
    return f"{median(known):{form}} [{known[0]:{form}}..{known[-1]:{form}}]"


def table(rounds: Sequence[dict[str, Figures]], reference: str) -> str:
    """Markdown. A ratio is that of two rates of the same round; the median is taken over those ratios."""
    columns: list[tuple[str, Callable[[Figures], float], str]] = [
        ("updates/s", lambda figures: figures.updates_per_second, ".0f"),
        ("p50 ms", lambda figures: figures.p50, ".1f"),
        ("p99 ms", lambda figures: figures.p99, ".1f"),
        ("CPU µs/update", lambda figures: figures.cpu, ".0f"),
        ("peak MiB", lambda figures: figures.memory, ".0f"),
        ("reports a round", lambda figures: figures.conversations, ".0f"),
        ("load generator µs/update", lambda figures: figures.load_cpu, ".0f"),
    ]
    if any(figures.calls for one in rounds for figures in one.values()):
        columns.append(("calls a report", lambda figures: figures.calls, ".1f"))
        columns.append(("stand-in µs/call", lambda figures: figures.call_cpu, ".0f"))
    lines = [
        f"| side | ratio to {reference} | " + " | ".join(name for name, _, _ in columns) + " |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for side in rounds[0]:
        ratios = [one[side].updates_per_second / one[reference].updates_per_second for one in rounds]
        cells = [spread(ratios, ".2f")]
        cells += [spread((value(one[side]) for one in rounds), form) for _, value, form in columns]
        lines.append(f"| {side} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
