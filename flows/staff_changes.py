"""What becomes of a role, with all that goes along: news that had not left, and who is told. For the chat and for the
command line alike."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bot.city.model import City
from bot.news.model import Item
from bot.news.signing import sign_anew
from bot.people.audit import note_refusal
from bot.people.model import (
    AlreadyTheirs,
    BadInvitation,
    ChangedMeanwhile,
    LastAdmin,
    NoSuchPost,
    NotAdmin,
    NothingChanges,
    Post,
    Role,
)
from bot.people.team import change, revoke
from bot.storage.work import Work
from flows import staff_cards
from flows.engine.wording import _, mark, plural, speaking
from flows.news_acts import withdraw_of_author
from flows.news_words import capacity

REFUSALS: dict[type[Exception], str] = {
    NotAdmin: staff_cards.ADMIN_ONLY,
    NoSuchPost: staff_cards.GONE,
    ChangedMeanwhile: mark("Entre-temps, quelqu’un a changé ce rôle. Regardez-le de nouveau : /equipe"),
    NothingChanges: mark("C’est déjà ainsi : rien n’est changé."),
    AlreadyTheirs: mark("Cette personne a déjà ce rôle. Retirez plutôt celui que vous vouliez changer."),
    LastAdmin: staff_cards.LAST_ADMIN,
    BadInvitation: mark("Il manque un nom, un service ou un quartier : rien n’est changé."),
}
"""Why a role is not changed, in the words of the chat."""


class Wanted(msgspec.Struct, frozen=True):
    """What is to be changed in a post; None stays as it is. See `bot.people.team.change`."""

    role: Role | None = None
    quartiers: tuple[int, ...] | None = None
    unit: str | None = None
    name: str | None = None


class Ended(msgspec.Struct, frozen=True):
    """A role that ended or changed, and how many news of theirs, which they may not send any more, were taken back."""

    before: Post
    post: Post  # as it is now; of one that was taken away, as it was
    withdrawn: int


class Outcome(msgspec.Struct, frozen=True):
    """What became of it, or why not: `refused` is the name of one of REFUSALS."""

    ended: Ended | None = None
    refused: str = ""


def refusal(name: str) -> str:
    return _(next(words for why, words in REFUSALS.items() if why.__name__ == name))


def try_change(work: Work, city: City, seen: Post, wanted: Wanted, by: int) -> Outcome:
    """From the chat, where somebody may have been faster. Nothing is written when it is refused."""
    return _tried(work, by, lambda: change_and_tell(work, city, seen.id, wanted, by, seen=seen))


def try_revoke(work: Work, city: City, number: int, by: int) -> Outcome:
    return _tried(work, by, lambda: revoke_and_tell(work, city, number, by))


def _tried(work: Work, by: int, deed: Callable[[], Ended]) -> Outcome:
    try:
        return Outcome(deed())
    except tuple(REFUSALS) as why:
        if isinstance(why, NotAdmin):
            note_refusal(work, by, "team-member")
        return Outcome(refused=type(why).__name__)


def change_and_tell(
    work: Work, city: City, number: int, wanted: Wanted, by: int | None = None, *, seen: Post | None = None
) -> Ended:
    """Change a post, as a role that ends and another that begins: news that the new one does not reach are taken back,
    those it reaches leave under it. Whoever it is about is told. Raises what `bot.people.team.change` raises."""
    done = change(work, number, by=by, seen=seen, **msgspec.structs.asdict(wanted))
    holder = done.after.resident_id
    withdrawn = _settle_news(work, city, holder, by)
    if holder != by:
        staff_cards.tell(work, city, holder, lambda: _change_in_words(city, done.before, done.after, withdrawn))
    return Ended(done.before, done.after, withdrawn)


def _settle_news(work: Work, city: City, author: int, by: int | None) -> int:
    withdrawn = withdraw_of_author(work, author, by)

    def as_whom(post: Post, item: Item) -> str:
        with speaking(item.language):
            return capacity(post, item.quartiers, city)

    sign_anew(work, author, as_whom, by)
    return withdrawn


def revoke_and_tell(work: Work, city: City, number: int, by: int | None = None) -> Ended:
    """Take a post away, the same way. Raises what `bot.people.team.revoke` raises."""
    gone = revoke(work, number, by=by)
    withdrawn = _settle_news(work, city, gone.resident_id, by)
    if gone.resident_id != by:
        staff_cards.tell(work, city, gone.resident_id, lambda: _end_in_words(city, gone, withdrawn))
    return Ended(gone, gone, withdrawn)


def _change_in_words(city: City, before: Post, after: Post, withdrawn: int) -> str:
    """For whoever had the role."""
    was, now = staff_cards.post_words(city, before), staff_cards.post_words(city, after)
    parts = []
    if was != now:
        changed = _("Avant : {role}").format(role=was) + "\n" + _("Maintenant : {role}").format(role=now)
        parts.append(_("Votre rôle dans l’équipe a changé.") + "\n" + changed)
    if before.role is not after.role:
        parts.append(_(staff_cards.CAN[after.role]))
    if before.name != after.name:
        parts.append(_("Les habitants vous verront désormais sous ce nom : {name}.").format(name=after.name))
    return "\n\n".join(part for part in (*parts, _your_news_in_words(withdrawn)) if part)


def _end_in_words(city: City, gone: Post, withdrawn: int) -> str:
    ended = _("Vous n’avez plus ce rôle dans l’équipe de la ville :") + "\n" + staff_cards.post_words(city, gone)
    thanks = _("Merci pour ce que vous avez fait.")
    return "\n\n".join(part for part in (ended, _your_news_in_words(withdrawn), thanks) if part)


def _your_news_in_words(count: int) -> str:
    words = plural(
        "{count} de vos actualités n’était pas partie : elle est annulée.",
        "{count} de vos actualités n’étaient pas parties : elles sont annulées.",
        count,
    )
    return words.format(count=count) if count else ""
