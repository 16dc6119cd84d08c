"""Asking a second member of staff, and telling those concerned what was decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from bot.city.model import City
from bot.delivery.model import Button, Fact, Lane, Message
from bot.delivery.store import Draft, addresses_showing, drop_waiting, write
from bot.news.approve import approvers_of
from bot.news.audience import estimate
from bot.news.model import Item
from bot.news.recur import next_occurrence
from bot.people.model import Person
from bot.people.store import person_at
from bot.storage.work import Work
from flows.engine.moments import in_words
from flows.engine.wording import _, current, speaking
from flows.news_cards import speaker, topic_name
from flows.news_preview import preview, preview_slot, previews
from flows.news_progress import departure_in_words, reached
from flows.news_words import audience_in_words, duration_in_words, estimate_in_words


def slot(ref: str) -> str:
    return f"news:{ref}:review"


def ask_review(work: Work, city: City, page: Callable[[str], str], item: Item) -> int:
    """Show an item to all who may approve it, at a decent hour unless it is urgent; gives how many were asked."""
    topic = city.news.topic(item.topic)
    due = None if topic and topic.urgent else city.quiet_until(work.now)
    drafts: list[Draft] = []
    people = [person for who in approvers_of(work, item) if (person := reached(work, who)) and person.pushes]
    for person in people:
        with speaking(person.language):
            shown = (*previews(item, city, page), _dressed(request(work, city, item)))
        drafts.extend(Draft(person.address, message, Lane.STATUS, due) for message in shown)
    write(work, drafts)
    return len(people)


def request(work: Work, city: City, item: Item) -> Message:
    """What is asked of whoever reviews, under the texts themselves. It is about these words and no others: the button
    holds their number."""
    found = estimate(work, item.topic, item.quartiers, city=city)
    facts = [
        Fact(_("Écrite par"), speaker(item)),
        Fact(_("Public"), audience_in_words(city, item.quartiers)),
        Fact(_("Sujet"), topic_name(city, item.topic, current().code)),
        Fact(_("Lecteurs"), estimate_in_words(found)),
    ]
    facts.append(Fact(_("Départ"), departure_in_words(item, city)))
    if item.expires_at is not None:
        facts.append(Fact(_("Fin"), _end(item, item.expires_at, city)))
    return Message(
        text=_("Une actualité attend votre relecture : la voici comme ses lecteurs la verront. Peut-elle partir ?"),
        facts=tuple(facts),
        buttons=(
            (
                Button(_("Approuver"), f"l.na_{item.ref}_{item.rev}", style="main"),
                Button(_("Renvoyer avec une remarque"), f"l.nr_{item.ref}"),
            ),
        ),
        slot=slot(item.ref),
        anew=True,
    )


def _end(item: Item, expires_at: datetime, city: City) -> str:
    """When it ends; of what comes back, how long after each departure."""
    if item.recurrence is None:
        return in_words(expires_at, city.zone)
    life = expires_at - next_occurrence(item.recurrence, item.created_at, city.zone)
    return _("{duration} après l’envoi").format(duration=duration_in_words(life))


def tell_it_is_done(work: Work, item: Item) -> int:
    """Whoever was asked and did not answer sees that it is done, in place of the buttons; whoever would have been asked
    later is not. Gives how many were told."""
    asked = slot(item.ref)
    on_their_way = drop_waiting(work, [asked, *(preview_slot(item.ref, code) for code in item.texts)], of=asked)
    drafts = []
    for number in sorted({*addresses_showing(work, asked), *on_their_way}):
        person = person_at(work, number)
        if person is None:
            continue
        with speaking(person.language):
            drafts.append(Draft(number, _dressed(_done(item)), Lane.EDIT))
    write(work, drafts)
    return len(drafts)


def _done(item: Item) -> Message:
    words = _("La relecture de l’actualité {ref} est faite.").format(ref=item.ref)
    if item.approver_name:
        words = _("La relecture de l’actualité {ref} est faite, par {name}.").format(
            ref=item.ref, name=item.approver_name
        )
    return Message(text=words, slot=slot(item.ref))


def tell_approver_of_correction(
    work: Work, city: City, page: Callable[[str], str], item: Item, approver: int | None, doer: int
) -> int:
    """Whoever let an item go learns that its words are others now."""
    person: Person | None = reached(work, approver) if approver != doer else None
    if person is None or not person.pushes:
        return 0
    with speaking(person.language):
        words = _("L’actualité {ref}, que vous avez relue, vient d’être corrigée :").format(ref=item.ref)
        shown = preview(item, city, page)
        told = msgspec.structs.replace(shown, text="\n\n".join((words, shown.text)))
        row = (Button(_("Voir où elle en est"), f"l.ni_{item.ref}"),)
        told = msgspec.structs.replace(_dressed(told), buttons=(*told.buttons, row))
    write(work, [Draft(person.address, told, Lane.STATUS, city.quiet_until(work.now))])
    return 1


def _dressed(message: Message) -> Message:
    return msgspec.structs.replace(message, direction=current().direction, language=current().code)
