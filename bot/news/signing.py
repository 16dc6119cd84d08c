"""In whose name news leave, once a role of their author has changed."""

from __future__ import annotations

from collections.abc import Callable

from bot.delivery import broadcasts
from bot.news.leaving import not_left_of
from bot.news.model import Item
from bot.news.moves import change
from bot.people.staff import Post, rights_of
from bot.storage.work import Work

ACT = "news.sign"

Capacity = Callable[[Post, Item], str]
"""How residents read in which capacity somebody speaks, in the language of the item."""


def sign_anew(work: Work, author: int, capacity: Capacity, by: int | None = None) -> int:
    """Have what an author wrote, and what has not left, leave under the name and the role they have now; gives how many
    items that changed. To be called after `withdraw_of`.

    What has not left says who speaks when it leaves: nobody announces works as the conseiller they no longer are. What
    has left keeps the name it was received with, also in corrections, so that a message and its page agree. The words
    are the same, so that an approval stands, and whoever is reading it need not read again.
    """
    rights = rights_of(work, author)
    signed = 0
    for item in not_left_of(work, author):
        post = rights.post_for(item.quartiers)
        if post is None or (item.broadcast_id and broadcasts.has_begun(work, item.broadcast_id)):
            continue
        name, role = post.name[:80], capacity(post, item)[:120]
        if (name, role) != (item.author_name, item.author_role):
            change(work, by, item, ACT, author_name=name, author_role=role)
            signed += 1
    return signed
