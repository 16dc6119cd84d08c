"""What staff do to news, with what others are told of it; what may not be done is an outcome, not a fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Concatenate, ParamSpec

import msgspec

from bot.city.model import City
from bot.news.approve import approve, send_back
from bot.news.control import correct, withdraw
from bot.news.leaving import withdraw_of
from bot.news.model import Details, Item, State, Text
from bot.news.moves import Refused
from bot.news.store import item_by_ref
from bot.news.write import Draft, file_item, rewrite, submit
from bot.people.audit import note_refusal
from bot.storage.work import Work
from flows.engine.wording import mark
from flows.news_progress import tell_author
from flows.news_review import ask_review, tell_it_is_done, tell_of_correction

P = ParamSpec("P")
Page = Callable[[str], str]


class Outcome(msgspec.Struct, frozen=True):
    """What became of an act. `refused`: why not, as bot.news.moves says it. `asked`: how many are to review it."""

    ref: str = ""
    refused: str = ""
    asked: int = 0


def attempt(
    work: Work,
    who: int,
    ref: str,
    verb: Callable[Concatenate[Work, int, P], Item],
    *args: P.args,
    **options: P.kwargs,
) -> Outcome:
    """Do something to an item, or say why it may not be done, which is noted too. Verbs refuse before they write."""
    try:
        return Outcome(verb(work, who, *args, **options).ref)
    except Refused as why:
        note_refusal(work, who, ref, why.why, verb.__name__)
        return Outcome(ref, refused=why.why)


def file_and_submit(work: Work, who: int, city: City, page: Page, draft: Draft, ref: str = "") -> Outcome:
    """File an item, or write the one called `ref` anew, and let it go. What may not go stays a draft: no word lost."""
    filed = attempt(work, who, ref, rewrite, ref, draft) if ref else attempt(work, who, "", file_item, draft)
    if filed.refused:
        return filed
    outcome = attempt(work, who, filed.ref, submit, city, filed.ref)
    item = _known(work, filed.ref)
    asked = ask_review(work, city, page, item) if item.state is State.REVIEW else 0
    return msgspec.structs.replace(outcome, asked=asked)


def approve_and_tell(work: Work, who: int, city: City, page: Page, ref: str, rev: int) -> Outcome:
    outcome = attempt(work, who, ref, approve, city, ref, rev)
    if not outcome.refused:
        item = _known(work, ref)
        tell_author(work, city, page, item, mark("Votre actualité a été relue et approuvée."))
        tell_it_is_done(work, item)
    elif outcome.refused == "expired":  # only its author can change that
        late = mark("Votre actualité a été relue après sa date de fin : elle n’est pas partie. Changez sa fin.")
        tell_author(work, city, page, _known(work, ref), late, key=f"late:{ref}:{rev}")
    return outcome


def send_back_and_tell(work: Work, who: int, city: City, page: Page, ref: str, remark: str) -> Outcome:
    outcome = attempt(work, who, ref, send_back, ref, remark)
    if not outcome.refused:
        item = _known(work, ref)
        tell_author(work, city, page, item, mark("Votre actualité vous revient avec une remarque."))
        tell_it_is_done(work, item)
    return outcome


def withdraw_and_tell(work: Work, who: int, city: City, page: Page, ref: str) -> Outcome:
    """Whoever was to review it need not any more; its author learns it when somebody else did it."""
    outcome = attempt(work, who, ref, withdraw, ref)
    if not outcome.refused:
        item = _known(work, ref)
        tell_it_is_done(work, item)
        if item.author_id != who:
            tell_author(work, city, page, item, mark("Votre actualité a été annulée par un collègue."))
    return outcome


def withdraw_of_author(work: Work, author: int, by: int | None = None, *, erased: bool = False) -> int:
    """When a role has ended, or just before somebody is erased: nothing more leaves in their name, and nobody needs to
    review it. Gives how many items or series were taken back, for whoever ended the role."""
    gone = withdraw_of(work, author, by, erased=erased)
    for item in gone:
        tell_it_is_done(work, item)
    return len(gone)


def correct_and_tell(
    work: Work, who: int, city: City, page: Page, ref: str, texts: Mapping[str, Text], details: Details
) -> Outcome:
    before = _known(work, ref)
    outcome = attempt(work, who, ref, correct, ref, texts, details)
    if not outcome.refused:
        tell_of_correction(work, city, page, before, _known(work, ref), who)
    return outcome


def _known(work: Work, ref: str) -> Item:
    found = item_by_ref(work, ref)
    assert found is not None
    return found
