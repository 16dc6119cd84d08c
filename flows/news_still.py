"""« Continuer à recevoir ? »: what readers who never say a word are asked before they would be erased."""

from __future__ import annotations

from datetime import timedelta

from bot.city.model import City
from bot.delivery.model import Button, Lane, Message
from bot.delivery.store import Draft, write
from bot.news.choose import choices_of
from bot.news.still import due_to_be_asked, notice
from bot.people.model import Person
from bot.people.store import addresses_of
from bot.storage.work import Work
from flows.engine.flow import flow
from flows.engine.talk import Talk
from flows.engine.wording import _, current, plural, speaking


def ask_silent_readers(work: Work, city: City, inactive_after: timedelta) -> int:
    """Ask those whose time is nearly up, where they were heard of last; gives how many. Who cannot be reached any more
    is not asked, and erased as others are."""
    found = due_to_be_asked(work, inactive_after)
    latest = {person.id: person for person in sorted(addresses_of(work, found), key=_heard) if person.pushes}
    days = notice(inactive_after).days
    drafts = []
    for person in latest.values():
        with speaking(person.language):
            drafts.append(Draft(person.address, _asked(city, days), Lane.STATUS, city.quiet_until(work.now)))
    write(work, drafts)
    return len(found)


def _asked(city: City, days: int) -> Message:
    words = plural(
        "Vous recevez les actualités de {town}. Voulez-vous continuer ? Répondez-moi d’ici {count} jour. "
        "Sinon je vous oublie : les actualités s’arrêtent. Vos signalements restent, sans lien avec vous.",
        "Vous recevez les actualités de {town}. Voulez-vous continuer ? Répondez-moi d’ici {count} jours. "
        "Sinon je vous oublie : les actualités s’arrêtent. Vos signalements restent, sans lien avec vous.",
        days,
    )
    return Message(
        text=words.format(town=city.name, count=days),
        buttons=((Button(_("Continuer"), "l.ny_", style="main"), Button(_("Ne plus rien recevoir"), "l.ns_")),),
        direction=current().direction,
        language=current().code,
    )


def _heard(person: Person) -> float:
    return person.heard_at.timestamp() if person.heard_at else 0.0


@flow("news-still", words=(), links=("ny",))
def still_reading(talk: Talk) -> None:
    """That they said something is all it takes, whatever it was."""
    if talk.see(choices_of, talk.me.id) is None:
        return talk.end(_("Vous ne recevez pas d’actualités. Touchez /actus pour en choisir."), menu=True)
    return talk.end(_("C’est noté : vous continuez à recevoir les actualités."))
