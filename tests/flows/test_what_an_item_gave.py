"""The card of results says what became of every letter, in words; and the card of progress what it waits for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.delivery import tally
from bot.delivery.broadcast import Settled, broadcast
from bot.delivery.broadcast import State as Run
from bot.delivery.broadcasts import of_ref
from bot.delivery.model import Lane
from bot.delivery.outbox import letter
from bot.delivery.tally import Tallies
from bot.storage.tables import new_identity
from bot.storage.work import Work
from tests.kit.newsroom import address_of, runs, sends
from tests.kit.residents import CHANNEL, House, Resident
from tests.kit.staff import a_member, a_reader

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def readers(house: House) -> list[Resident]:
    return [await a_reader(house, ["works"], [1]) for _reader in range(2)]


@pytest.fixture
async def anne(house: House, readers: list[Resident]) -> Resident:
    return await a_member(house, quartiers=[1])


async def on_its_way(house: House, author: Resident) -> str:
    ref = await sends(author)
    house.time.advance(MINUTE)
    await runs(house, ref, [], sent=0)
    return ref


async def ends(house: House, ref: str, *ended: tuple[Settled, str, int]) -> None:
    """So many letters, each kind with its reason."""

    def note(work: Work) -> None:
        one, tallies = of_ref(work, "news", ref)[0], Tallies()
        tallies.add(one.id, CHANNEL, tally.WRITTEN, count=sum(count for _how, _why, count in ended))
        for how, why, count in ended:
            tallies.add(one.id, CHANNEL, how, why, count=count)
        tally.record(work, tallies)

    await house.desk.run(note)


def facts(person: Resident) -> dict[str, str]:
    return {fact.name: fact.value for fact in person.messages[-1].facts}


async def test_every_way_of_ending_has_its_line(house: House, anne: Resident) -> None:
    ref = await on_its_way(house, anne)
    await ends(
        house,
        ref,
        (Settled.SENT, "", 118_000),
        (Settled.GONE, "", 1_200),
        (Settled.FAILED, "Bad Gateway", 20),
        (Settled.FAILED, "Request timeout error", 5),
        (Settled.FAILED, "Bad Request: can't parse entities: byte offset 12", 3),
        (Settled.UNKNOWN, "", 2),
        (Settled.EXPIRED, "", 700),
        (Settled.CANCELLED, "", 8),
        (Settled.UNSUBSCRIBED, "", 9),
        (Settled.CAPPED, "", 53),
    )
    await anne.presses(f"l.nf_{ref}")
    assert facts(anne) == {
        "Reçues": "118\u202f000",
        "Ne sont plus joignables": "1\u202f200",
        "Arrivées ou non, on ne sait pas": "2",
        "Pas envoyées : la date de fin était passée": "700",
        "Annulées": "8",
        "Désabonnés avant l’envoi": "9",
        "Déjà assez d’actualités cette semaine": "53",
        "Échecs : la messagerie ne répondait pas": "25",
        "Échecs : la messagerie a refusé le texte": "3",
        CHANNEL: "118\u202f000",
        "« Moins de ce sujet »": "0",
        "« Ne plus recevoir »": "0",
    }
    assert "Gateway" not in anne.screen
    assert "entities" not in anne.screen


async def test_what_did_not_happen_has_none(house: House, anne: Resident) -> None:
    ref = await on_its_way(house, anne)
    await anne.presses(f"l.nf_{ref}")
    assert list(facts(anne)) == ["Reçues", "« Moins de ce sujet »", "« Ne plus recevoir »"]


async def test_why_it_has_paused_by_itself_is_there_too(house: House, anne: Resident) -> None:
    ref = await on_its_way(house, anne)
    paused = update(broadcast).values(state=Run.PAUSED.value, because="Bad Request: message is too long")
    await house.desk.run(lambda work: work.connection.execute(paused))
    await anne.presses(f"l.nf_{ref}")
    assert facts(anne)["Pourquoi"] == "la messagerie a refusé le texte"


# While it runs


async def wait(house: House, ref: str, readers: list[Resident], until: timedelta, rate: float) -> None:
    """A letter for each, of which the last is due later; sent at this rate lately."""

    def carry(work: Work) -> None:
        one, tallies = of_ref(work, "news", ref)[0], Tallies()
        for at, reader in enumerate(readers):
            due = work.now + (until if at == len(readers) - 1 else timedelta())
            work.connection.execute(
                insert(letter).values(
                    id=new_identity(), address_id=address_of(work, reader), lane=int(Lane.NEWS), state="queued",
                    due=due, attempts=0, broadcast_id=one.id, channel=CHANNEL,
                )
            )  # fmt: skip
        tallies.add(one.id, CHANNEL, tally.WRITTEN, count=len(readers))
        tally.record(work, tallies)
        work.connection.execute(update(broadcast).values(rate=rate, rate_at=work.now))

    await house.desk.run(carry)


async def test_those_in_quiet_hours_are_said_to_be_waited_for(
    house: House, anne: Resident, readers: list[Resident]
) -> None:
    ref = await on_its_way(house, anne)
    await wait(house, ref, readers, timedelta(hours=9), rate=0.5)
    await anne.presses(f"l.ni_{ref}")
    assert facts(anne)["Restent"] == "2"
    assert facts(anne)["Attendent la fin de leurs heures calmes"] == "1"
    assert facts(anne)["Temps restant"] == "1 minute"  # the one who may get it now


async def test_what_only_waits_has_no_pace(house: House, anne: Resident, readers: list[Resident]) -> None:
    ref = await on_its_way(house, anne)
    await wait(house, ref, readers[:1], timedelta(hours=9), rate=0.02)
    await anne.presses(f"l.ni_{ref}")
    assert facts(anne)["Attendent la fin de leurs heures calmes"] == "1"
    assert not {"Rythme", "Temps restant"} & set(facts(anne))


async def test_a_letter_that_is_tried_again_waits_for_nobody(
    house: House, anne: Resident, readers: list[Resident]
) -> None:
    ref = await on_its_way(house, anne)
    await wait(house, ref, readers, timedelta(minutes=10), rate=0.02)
    await anne.presses(f"l.ni_{ref}")
    assert "Attendent la fin de leurs heures calmes" not in facts(anne)
    assert "Rythme" not in facts(anne)
