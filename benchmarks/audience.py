"""How long it takes to know who gets an item: 120,000 subscribed residents, letters written.

    python -m benchmarks.audience [--people 120000] [--postgres] [--explain] [--analyze] [--several]

First with nothing else that week; then with as many items of the topic as its weekly cap, so that what each person got
is counted. Then what `judge` costs for 1,000 letters, and an estimate.
"""

import argparse
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Engine, Select, func, insert, select, text, update

import bot.tables
from bot.city.folder import shipped
from bot.city.load import load
from bot.city.model import City
from bot.delivery import broadcasts, spreading
from bot.delivery.broadcast import Broadcast, Nobody
from bot.delivery.model import Lane
from bot.delivery.outbox import letter
from bot.news.audience import audience, estimate, judge
from bot.news.model import Item, State
from bot.news.store import news_choice, news_item, news_quartier, news_topic
from bot.people.store import address, resident
from bot.storage.database import open_database
from bot.storage.tables import metadata, new_identity
from bot.storage.work import Work
from tests.kit.broadcasts import KIND, Everybody
from tests.kit.postgres import a_database, a_server

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CHUNK = spreading.CHUNK
TOPIC, QUARTIERS = "travaux", (1, 2, 3)
ALSO = ("quartier", "environnement")
assert bot.tables.ROOMS


def people(work: Work, city: City, count: int) -> None:
    """One in twenty has two addresses; each wishes two quartiers and every topic."""
    numbers = [new_identity() for _ in range(count)]
    run = work.connection.execute
    quartiers = [one.number for one in city.quartiers]
    run(insert(resident), [{"id": n, "language": "fr", "since": NOW} for n in numbers])
    addresses = [(n, at) for at, n in enumerate(numbers)] + [(n, at + count) for at, n in enumerate(numbers[::20])]
    run(
        insert(address),
        [
            {"id": new_identity(), "resident_id": n, "channel": "telegram", "external": str(at), "heard_at": NOW}
            for n, at in addresses
        ],
    )
    run(insert(news_choice), [{"resident_id": n, "rhythm": "at_once", "hour": 1080, "weekday": 4} for n in numbers])
    run(
        insert(news_quartier),
        [
            {"resident_id": n, "quartier": q}
            for at, n in enumerate(numbers)
            for q in {quartiers[at % len(quartiers)], quartiers[(at + 1) % len(quartiers)]}
        ],
    )
    run(insert(news_topic), [{"resident_id": n, "topic": t.key} for n in numbers for t in city.news.topics])


def an_item(work: Work, starts_at: datetime, quartiers: tuple[int, ...]) -> Item:
    number = new_identity()
    broadcast = new_identity()
    values: dict[str, Any] = {column.name: "" for column in news_item.c if not column.nullable}
    values |= {
        "id": number,
        "ref": f"AC-{number}"[-16:],
        "state": "planned",
        "topic": TOPIC,
        "quartiers": "[]",
        "rev": 1,
    }
    values |= {"created_at": starts_at, "starts_at": starts_at, "broadcast_id": broadcast}
    work.connection.execute(insert(news_item).values(values))
    return Item(
        id=number, ref=values["ref"], state=State.PLANNED, topic=TOPIC, quartiers=quartiers, author_id=None,
        author_name="", author_role="", language="fr", texts={}, pictures=(), alternative="", link="", event_at=None,
        event_place="", expires_at=None, created_at=starts_at, starts_at=starts_at, broadcast_id=broadcast,
    )  # fmt: skip


class OneItem(Everybody):
    """For those who get `item`, as the news have it."""

    def __init__(self, item: Item, city: City) -> None:
        super().__init__()
        self._item, self._city = item, city

    def audience(self, work: Work, one: Broadcast, after: int, most: int) -> Select[tuple[int, int, str]] | Nobody:
        return audience(work, self._item, after, most, city=self._city)


def spread(engine: Engine, item: Item, city: City, *, sent: bool = False) -> tuple[int, float]:
    """Write the letters of an item as the bot does; gives how many and the seconds it took, all transactions included.
    `sent`: they count as sent afterwards."""
    assert item.starts_at is not None
    with engine.begin() as connection:
        work = Work(connection, NOW)
        number = broadcasts.plan(work, kind=KIND, ref=item.ref, lane=Lane.NEWS, starts_at=item.starts_at).id
        connection.execute(update(news_item).where(news_item.c.id == item.id).values(broadcast_id=number))
    kind, written, began = OneItem(item, city), 0, time.perf_counter()
    while True:
        with engine.begin() as connection:
            work = Work(connection, NOW)
            one = broadcasts.by_id(work, number)
            assert one is not None
            if one.spread_at is not None:
                break
            written += spreading.spread(work, one, kind)
    took = time.perf_counter() - began
    if sent:
        with engine.begin() as connection:
            as_sent = update(letter).where(letter.c.broadcast_id == number).values(state="sent", sent_at=NOW)
            connection.execute(as_sent)
    return written, took


def only_read(engine: Engine, item: Item, city: City) -> tuple[int, float]:
    """The same chunks without writing: what the audience itself costs."""
    began, after, found = time.perf_counter(), 0, 0
    with engine.connect() as connection:
        while True:
            query = audience(Work(connection, NOW), item, after, CHUNK, city=city)
            if isinstance(query, Nobody):
                after = query.up_to
                continue
            chosen = query.subquery()
            count, last = connection.execute(select(func.count(), func.max(chosen.c[0]))).one()
            if not count:
                return found, time.perf_counter() - began
            found, after = found + count, last


def explain(engine: Engine, item: Item, city: City, after: int) -> None:
    with engine.connect() as connection:
        query = audience(Work(connection, NOW), item, after, CHUNK, city=city)
        assert not isinstance(query, Nobody)
        words = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
        prefix = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN (ANALYZE, COSTS OFF) "
        for row in connection.execute(text(prefix + words.replace(":", r"\:"))):
            print("   ", row[-1])


def measure(engine: Engine, count: int, explained: bool, analyzed: bool, several: bool) -> None:
    city = load(shipped())
    metadata.create_all(engine)
    with engine.begin() as connection:
        work = Work(connection, NOW)
        people(work, city, count)
        plain = an_item(work, NOW, ())
    if analyzed:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    say("whole town, nothing before, read only", *only_read(engine, plain, city))
    if several:
        plain = msgspec.structs.replace(plain, also=ALSO)
        say("the same about three topics", *only_read(engine, plain, city))
    say("whole town, nothing before", *spread(engine, plain, city))
    if explained:
        explain(engine, plain, city, 0)
    with engine.begin() as connection:
        half = an_item(Work(connection, NOW - timedelta(days=20)), NOW, QUARTIERS)
    if several:
        half = msgspec.structs.replace(half, also=ALSO)
    topic = city.news.topic(TOPIC)
    cap = topic.weekly_cap or 0 if topic else 0
    for day in range(cap):
        with engine.begin() as connection:
            before = an_item(Work(connection, NOW), NOW - timedelta(days=1 + day % 6), QUARTIERS)
        spread(engine, before, city, sent=True)
    say(f"half the town, {cap + 1} items before, read only", *only_read(engine, half, city))
    say(f"half the town, {cap + 1} items before", *spread(engine, half, city))
    with engine.begin() as connection:
        again = an_item(Work(connection, NOW), NOW, ())
    if several:
        again = msgspec.structs.replace(again, also=ALSO)
    say(f"whole town, {cap + 2} items before", *spread(engine, again, city))
    if explained:
        explain(engine, again, city, 0)
    with engine.connect() as connection:
        work = Work(connection, NOW)
        some = list(connection.scalars(select(address.c.id).limit(1000)))
        judge(work, again, some, city=city)
        began = time.perf_counter()
        verdicts = judge(work, again, some, city=city)
        say("judge 1,000 letters", len(verdicts), time.perf_counter() - began)
        began = time.perf_counter()
        say("estimate", estimate(work, again.topics, QUARTIERS, city=city).people, time.perf_counter() - began)


def say(what: str, count: int, seconds: float) -> None:
    print(f"  {what}: {count:,} in {seconds:.3f} s", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--people", type=int, default=120_000)
    asked.add_argument("--postgres", action="store_true")
    asked.add_argument("--explain", action="store_true")
    asked.add_argument("--analyze", action="store_true", help="let the database look at its tables first")
    asked.add_argument("--several", action="store_true", help="items about three topics")
    given = asked.parse_args()
    with ExitStack() as stack:
        if given.postgres:
            url = stack.enter_context(a_database(stack.enter_context(a_server(durable=True))))
        else:
            url = f"sqlite:///{stack.enter_context(tempfile.TemporaryDirectory())}/parvis.sqlite"
        engine = open_database(url)
        measure(engine, given.people, given.explain, given.analyze, given.several)
        engine.dispose()


if __name__ == "__main__":
    main()
