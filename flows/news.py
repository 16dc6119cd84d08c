"""News of the quartiers: reading the latest, and asking to be told of the next ones."""

from collections.abc import Sequence

from bot.delivery.model import Button, Message
from bot.news.choose import choices_of, subscribe
from bot.news.latest import latest
from bot.news.model import Choices, Item
from flows.engine.flow import flow
from flows.engine.prompts import Choice, One
from flows.engine.talk import Talk
from flows.engine.wording import _, current, mark
from flows.news_cards import topic_name
from flows.news_questions import ask_by_place, ask_in_list, ask_rhythm, ask_topics, summary

MOST_LISTED = 8

LONGEST_LINE = 48
"""Characters of a button: what a telephone shows of it in one line."""


@flow(
    "news",
    words=(mark("actus"), "actualites", "actualite", "nouvelles", "news", "noticias", "الأخبار", "أخبار"),
    menu=mark("Actualités de mon quartier"),
    icon="📰",
    about=mark("Les actualités de mon quartier"),
    links=("actus",),
)
def news(talk: Talk) -> None:
    """The latest for those who chose; for others the latest too, or choosing: five touches at most."""
    mine = talk.see_once("mine", choices_of, talk.me.id)
    if not talk.city.news.topics:
        return talk.end(_("{town} ne publie pas encore d’actualités ici.").format(town=talk.city.name), menu=True)
    if mine:
        return show_latest(talk, mine)
    wish = talk.ask("wish", Choice(_("Les actualités : les recevoir, ou lire les dernières ?"), _wishes()))
    if wish == "read":
        return show_latest(talk, None)
    muted = talk.see_once("muted", lambda _work: not talk.me.pushes)
    quartiers = ask_by_place(talk) if wish == "place" else ask_in_list(talk)
    topics = ask_topics(talk)
    usual = Choices(talk.me.id)
    rhythm, hour = ask_rhythm(talk, usual)
    chosen = Choices(talk.me.id, rhythm=rhythm, hour=hour or usual.hour, quartiers=quartiers, topics=topics)
    talk.do(subscribe, talk.city, chosen)
    words = [_("C’est noté. Voici ce que vous recevrez.")]
    if muted:
        words.append(_("Je vous écrirai aussi, de nouveau, quand un de vos signalements avance."))
    return talk.end(" ".join(words), card=summary(chosen, talk.city, talk.now))


def _wishes() -> list[One[str]]:
    return [
        One("place", _("Recevoir : je dis où j’habite"), "place"),
        One("list", _("Recevoir : je choisis dans la liste"), "list"),
        One("read", _("Lire les dernières"), "read"),
    ]


def show_latest(talk: Talk, mine: Choices | None) -> None:
    """The latest of what was chosen; of the whole town and every quartier for those who chose nothing."""
    quartiers, topics = (mine.quartiers, mine.topics) if mine else (None, None)
    found = talk.see(latest, quartiers, topics, talk.now, MOST_LISTED)
    further = (
        (Button(_("Changer mes choix"), "f.news-choices", style="quiet"),)
        if mine
        else (Button(_("Recevoir les prochaines"), "f.news"),)
    )
    words = _("Voici les dernières actualités. Touchez-en une pour la lire.")
    if not found:
        words = _("Aucune actualité pour le moment.")
    page = (Button(_("Toutes les actualités"), link=talk.page("/actualites")),)
    talk.end(words, card=Message(buttons=(*_lines(talk, found), page, further), asks="choice"))


def _lines(talk: Talk, found: Sequence[Item]) -> list[tuple[Button, ...]]:
    return [(Button(line(one, talk), f"l.nz_{one.ref}"),) for one in found]


def line(item: Item, talk: Talk) -> str:
    """« 🚧 Rue de la Forge fermée », cut where a telephone would."""
    icon = topic_name(talk.city, item.topic, talk.language).partition(" ")[0]
    _language, text = item.text_for(current().code)
    title = text.title if len(text.title) <= LONGEST_LINE else text.title[: LONGEST_LINE - 1].rstrip() + "…"
    return f"{icon} {title}"
