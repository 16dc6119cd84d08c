"""Buckets that fill again with time."""

import pytest

from handlers.web.limits import Limits, Pace, TooFast, network_of

PACES = {("message", "session"): Pace(3, 10.0), ("message", "network"): Pace(4, 1.0)}


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_granted_then_one_at_a_time() -> None:
    seconds = Seconds()
    limits = Limits(seconds, PACES)  # type: ignore[arg-type]
    for _ in range(3):
        limits.take("message", session="a")
    with pytest.raises(TooFast) as refused:
        limits.take("message", session="a")
    assert refused.value.wait == 10.0
    seconds.now = 10.0
    limits.take("message", session="a")
    with pytest.raises(TooFast):
        limits.take("message", session="a")


def test_one_session_does_not_slow_another() -> None:
    limits = Limits(Seconds(), PACES)  # type: ignore[arg-type]
    limits.take("message", session="a", count=3)
    limits.take("message", session="b")


def test_what_one_side_refuses_is_not_taken_from_the_other() -> None:
    seconds = Seconds()
    limits = Limits(seconds, PACES)  # type: ignore[arg-type]
    limits.take("message", session="a", network="n", count=3)
    for _ in range(5):
        with pytest.raises(TooFast):
            limits.take("message", session="a", network="n")
    limits.take("message", session="b", network="n")  # the fourth of the network


def test_more_than_a_full_bucket_waits_for_a_full_one() -> None:
    limits = Limits(Seconds(), PACES)  # type: ignore[arg-type]
    with pytest.raises(TooFast) as refused:
        limits.take("message", session="a", count=50)
    assert refused.value.wait == 0.0


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.web.limits.MOST_BUCKETS", 100)
    limits = Limits(Seconds(), PACES)  # type: ignore[arg-type]
    for number in range(1000):
        limits.take("message", session=str(number))
    assert limits.size <= 101


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_a_home_is_one_network(host: str, network: str) -> None:
    assert network_of(host) == network
