"""Correcting what has left: new words for each text given, seen as readers will see them before they change."""

from __future__ import annotations

import msgspec

from bot.news.control import has_left
from bot.news.model import MOST_WORDS, State, Text
from bot.news.within_reach import reach_of
from bot.news.write import MOST_TITLE
from flows.engine.flow import flow
from flows.engine.prompts import Text as Words
from flows.engine.prompts import Yes
from flows.engine.talk import Talk
from flows.engine.wording import _
from flows.news_acts import correct_and_tell
from flows.news_ends import acted_on, end
from flows.news_everywhere import everywhere
from flows.news_preview import previews
from flows.news_words import language_name, refusal, with_what_stays


@flow("staff-news-correct", words=(), buttons=("nc",), staff=True)
def correct(talk: Talk) -> None:
    item = acted_on(talk)
    if item is None:
        return None
    if not has_left(item, talk.now):
        return talk.end(refusal("not_left" if item.state is State.PLANNED else "already"))
    first_its_own = sorted(item.texts, key=lambda code: (code != item.language, code))
    texts = {code: new_text(talk, item.texts[code], code) for code in first_its_own}
    if texts == dict(item.texts):
        return talk.end(refusal("nothing"))
    corrected = msgspec.structs.replace(item, texts=texts, corrected_at=talk.now)
    changed = {code: text for code, text in texts.items() if text != item.texts[code]}
    for shown in previews(msgspec.structs.replace(corrected, texts=changed), talk.city, talk.page):
        talk.say(card=shown)
    talk.present(everywhere, talk.city, talk.page, corrected)
    within = talk.see(reach_of, item)
    if within.changes:
        question = _("Envoyer la correction ? Les messages déjà reçus changent aussi.")
        done = _("C’est corrigé. Les messages déjà reçus changent.")
    else:
        question = _("Corriger la page publique ?")
        done = _("C’est corrigé sur la page publique.")
    if not talk.ask("sure", Yes(with_what_stays(question, within))):
        return talk.end(_("Rien n’est changé."))
    outcome = talk.do(correct_and_tell, talk.me.id, talk.city, talk.page, item.ref, texts)
    return end(talk, outcome, with_what_stays(done, within))


def new_text(talk: Talk, text: Text, code: str) -> Text:
    """The words as they are, and others in their place; skipped, they stay."""
    of = f" ({language_name(code)})"
    title = talk.ask(
        f"title.{code}",
        Words(
            _("« {text} »").format(text=text.title) + "\n\n" + _("Un autre titre ?") + of,
            least=3,
            most=MOST_TITLE,
            optional=True,
        ),
    )
    words = talk.ask(
        f"words.{code}",
        Words(
            _("« {text} »").format(text=text.words) + "\n\n" + _("Un autre texte ?") + of,
            least=3,
            most=MOST_WORDS,
            optional=True,
        ),
    )
    return Text(title or text.title, words or text.words)
