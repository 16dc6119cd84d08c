"""What the author of a series is told, the day before and when nothing left."""

from __future__ import annotations

from bot.city.model import City
from bot.delivery.model import Button, Lane, Message
from bot.delivery.store import Draft, write
from bot.news.model import Item
from bot.news.series import Tell, What
from bot.storage.work import Work
from flows.engine.moments import in_words
from flows.engine.wording import _, current, speaking
from flows.news_progress import reached


def series_teller(city: City) -> Tell:
    """How bot.news.series tells the author."""

    def tell(work: Work, item: Item, what: What) -> None:
        person = reached(work, item.author_id)
        if person is None or not person.pushes:
            return
        with speaking(person.language):
            told = _awaited(item, city) if what == "write" else _skipped(item, what)
        write(work, [Draft(person.address, told, Lane.STATUS, city.quiet_until(work.now))])

    return tell


def _awaited(item: Item, city: City) -> Message:
    assert item.starts_at is not None
    words = _("« {title} » part {moment}. Il manque son texte : sans lui, rien ne partira cette fois.")
    return Message(
        text=words.format(title=_title(item), moment=in_words(item.starts_at, city.zone)),
        buttons=((Button(_("Écrire le texte"), f"l.nw_{item.ref}", style="main"),),),
        direction=current().direction,
        language=current().code,
    )


def _skipped(item: Item, what: What) -> Message:
    words = {
        "skipped": _(
            "« {title} » n’est pas partie : son texte n’a pas été écrit à temps. La prochaine fois est prévue."
        ),
        "expired": _("« {title} » n’est pas partie : c’était déjà après sa date de fin. La prochaine fois est prévue."),
    }[what]
    return Message(
        text=words.format(title=_title(item)),
        buttons=((Button(_("L’écrire quand même"), f"l.nw_{item.ref}"),),),
        direction=current().direction,
        language=current().code,
    )


def _title(item: Item) -> str:
    return item.text_for(current().code)[1].title
