"""A piece of news before it leaves, exactly as its readers will see it, in the chat."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bot.city.model import City
from bot.delivery.model import Fact, Message
from bot.news.model import Item, State
from bot.news.write import Draft
from flows.engine.moments import in_words
from flows.engine.showing import inert
from flows.engine.talk import Talk
from flows.engine.wording import _, current, languages, speaking
from flows.news_cards import card, topic_names
from flows.news_compose import Written, estimated
from flows.news_everywhere import everywhere
from flows.news_sending import how_long
from flows.news_words import (
    audience_in_words,
    counts_in_words,
    duration_in_words,
    estimate_in_words,
)


def preview(item: Item, city: City, page: Callable[[str], str], language: str = "") -> Message:
    """The card itself, with the buttons that its readers will have. They do nothing, and neither does the link to its
    page, which is not there yet. It takes no slot, so that the real one never changes it."""
    shown = card(item, city, page, language=language)
    own = page(f"/actualites/{item.ref}")
    rows = tuple(
        tuple(inert(button) if button.data or button.link == own else button for button in row) for row in shown.buttons
    )
    return msgspec.structs.replace(shown, buttons=rows, slot="")


def preview_slot(ref: str, language: str) -> str:
    return f"news:{ref}:preview:{language}"


def previews(item: Item, city: City, page: Callable[[str], str]) -> list[Message]:
    """Every text of an item as its readers see it, the one in the language being spoken first. Around a text in a
    language that the bot does not speak, the bot speaks the present one. They take slots of their own, by which those
    that wait are found when nobody needs to read them any more."""
    here = current().code
    shown = []
    for code in sorted(item.texts, key=lambda code: (code != here, code != item.language, code)):
        with speaking(code if code in languages() else here):
            seen = preview(item, city, page, code)
        shown.append(msgspec.structs.replace(seen, slot=preview_slot(item.ref, code), anew=True))
    return shown


def item_of(talk: Talk, draft: Draft) -> Item:
    """The draft as the item that it will be."""
    return Item(
        id=0,
        ref="",
        state=State.DRAFT,
        topic=draft.topic,
        also=draft.also,
        quartiers=draft.quartiers,
        author_id=talk.me.id,
        author_name=draft.author_name,
        author_role=draft.author_role,
        language=draft.language,
        texts=draft.texts,
        pictures=draft.pictures,
        alternative=draft.alternative,
        link=draft.link,
        event_at=draft.event_at,
        event_place=draft.event_place,
        expires_at=draft.expires_at,
        created_at=talk.now,
        starts_at=draft.starts_at,
    )


def show(talk: Talk, written: Written) -> None:
    """The card, then for how many it is and how long it takes; the author changes an answer, or goes on."""
    draft = written.draft
    item = item_of(talk, draft)
    talk.say(card=preview(item, talk.city, talk.page))
    talk.present(everywhere, talk.city, talk.page, item)
    found = talk.see(estimated, talk.city, (draft.topic, *draft.also), draft.quartiers)
    facts = [
        Fact(_("Public"), audience_in_words(talk.city, draft.quartiers)),
        Fact(_("Sujet"), topic_names(talk.city, (draft.topic, *draft.also), talk.language)),
        Fact(_("Lecteurs"), estimate_in_words(found)),
    ]
    if found.people:
        facts += [
            Fact(_("Par messagerie"), counts_in_words(found.by_channel)),
            Fact(_("Par langue"), counts_in_words(found.by_language, are_languages=True)),
            Fact(_("Durée de l’envoi"), duration_in_words(how_long(talk, item, found))),
        ]
    facts.append(Fact(_("Fin"), _end(talk, written)))
    note = ""
    if talk.city.news.needs_review(found.people):
        note = _("Pour autant de lecteurs, une deuxième personne relit avant l’envoi.")
    question = _("Voilà ce que verront vos lecteurs. Tout est bon ?")
    talk.review(question, _("Oui, choisir quand"), Message(facts=tuple(facts), note=note), tells=False)


def _end(talk: Talk, written: Written) -> str:
    if written.life is not None:
        return _("{duration} après l’envoi").format(duration=duration_in_words(written.life))
    assert written.draft.expires_at is not None
    return in_words(written.draft.expires_at, talk.city.zone)


def send_to_me(talk: Talk, draft: Draft) -> None:
    """The real messages, as readers of each language get them; one of the town's languages that has no text of its own
    shows what its readers get instead."""
    spoken = [code for code in talk.city.languages if code in languages()]
    without = [code for code in spoken if code not in draft.texts]
    for code in (*(code for code in spoken if code in draft.texts), *without[:1]):
        with speaking(code):
            shown = preview(item_of(talk, draft), talk.city, talk.page)
        talk.say(card=shown)
