"""Who is at the other end; who works for the town, and what each may do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class Person(msgspec.Struct, frozen=True):
    """A resident at one of their addresses. `id` is ours; `external` is what the channel calls them."""

    id: int
    address: int
    channel: str
    external: str
    language: str = ""
    chosen_language: bool = False
    pushes: bool = True
    gone: bool = False
    heard_at: datetime | None = None  # to the day: it is noted once a day at most
    staff: bool = False  # has at least one role now: bot.people.staff says which
    new: bool = False


class Summary(msgspec.Struct, frozen=True):
    """What is kept about a person, in numbers, so that they can be told before it is erased."""

    since: datetime
    addresses: int
    reports: int
    followed: int


class Role(StrEnum):
    CONSEILLER = "conseiller"  # speaks for one or more quartiers
    AGENT = "agent"  # of a service
    MODERATOR = "moderator"  # approves what others write
    ADMIN = "admin"  # invites, changes, revokes


INVITATION_KEPT = timedelta(hours=48)
LONGEST_NAME = 80
"""Characters of the name somebody speaks under, and of a service's."""


class Post(msgspec.Struct, frozen=True):
    """One role of one person."""

    id: int
    role: Role
    name: str
    quartiers: tuple[int, ...] = ()
    unit: str = ""
    since: datetime | None = None
    resident_id: int = 0


class Change(msgspec.Struct, frozen=True):
    """A post before it was changed, and after."""

    before: Post
    after: Post


class Rights(msgspec.Struct, frozen=True):
    """All that somebody may do now; nothing for a resident without a role."""

    posts: tuple[Post, ...] = ()

    def has(self, *roles: Role) -> bool:
        return any(post.role in roles for post in self.posts)

    @property
    def is_admin(self) -> bool:
        return self.has(Role.ADMIN)

    @property
    def quartiers(self) -> frozenset[int]:
        """Those a conseiller speaks for."""
        return frozenset(number for post in self.posts for number in post.quartiers)

    def may_write_to(self, quartiers: Sequence[int]) -> bool:
        """Whether they may address these quartiers; an empty list is the whole town, which a conseiller may not."""
        if self.has(Role.ADMIN, Role.MODERATOR, Role.AGENT):
            return True
        return bool(quartiers) and set(quartiers) <= self.quartiers

    def may_approve(self, quartiers: Sequence[int]) -> bool:
        """Whether they may let go what somebody else wrote to these quartiers."""
        if self.has(Role.ADMIN, Role.MODERATOR):
            return True
        return bool(quartiers) and set(quartiers) <= self.quartiers

    def post_for(self, quartiers: Sequence[int]) -> Post | None:
        """In which capacity they speak to these quartiers: the nearest to the people first."""
        speaking = [
            post for post in self.posts if post.role is not Role.CONSEILLER or set(quartiers) <= {*post.quartiers}
        ]
        order = (Role.CONSEILLER, Role.AGENT, Role.MODERATOR, Role.ADMIN)
        if not quartiers:
            speaking = [post for post in speaking if post.role is not Role.CONSEILLER]
        return min(speaking, key=lambda post: order.index(post.role), default=None)


class Invitation(msgspec.Struct, frozen=True):
    """A way into the team. The code is known to whoever made it, at that moment, and to nobody afterwards."""

    code: str  # "7K3F-9QXM-2BTR-HWNP"
    role: Role
    name: str
    quartiers: tuple[int, ...]
    unit: str
    expires_at: datetime


class OpenInvitation(msgspec.Struct, frozen=True):
    """One that nobody has taken yet, as the team sees it: nobody knows its code any more."""

    id: int
    role: Role
    name: str
    quartiers: tuple[int, ...]
    unit: str
    expires_at: datetime


class Hitch(StrEnum):
    """Why an invitation was not taken."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"  # or cancelled
    TOO_MANY = "too_many"  # wrong codes in the last hour: the right one would not be taken either
    UNNAMED = "unnamed"  # it is good, but says no name, and none was given: it can still be taken with one


class Taken(msgspec.Struct, frozen=True):
    """What became of a code: a role, or why not."""

    post: Post | None = None
    why: Hitch | None = None


class BadInvitation(Exception):
    """A role that cannot be given as asked; the message says what to change."""


def check_role(role: Role, name: str, quartiers: Sequence[int], unit: str) -> None:
    """Whether a role goes with this. Raises BadInvitation."""
    if role is Role.CONSEILLER and not quartiers:
        raise BadInvitation("A conseiller speaks for at least one quartier: say which.")
    if role is not Role.CONSEILLER and quartiers:
        raise BadInvitation(f"Only a conseiller has quartiers; the role asked for is {role}.")
    if role is Role.AGENT and not unit:
        raise BadInvitation("An agent speaks for a service: say which, for example Voirie.")
    if role is not Role.AGENT and unit:
        raise BadInvitation(f"Only an agent has a service; the role asked for is {role}.")
    if max(len(name), len(unit)) > LONGEST_NAME:
        raise BadInvitation(f"A name and a service have {LONGEST_NAME} characters at most.")


class NotAdmin(Exception):
    """Only an admin may change the team."""


class LastAdmin(Exception):
    """Nobody could invite any more: another admin must come first."""


class NoSuchPost(Exception):
    """There is no such role, or it was taken away."""


class NothingChanges(Exception):
    """It is so already."""


class ChangedMeanwhile(Exception):
    """Somebody else has changed this role since it was shown."""


class AlreadyTheirs(Exception):
    """They have this role already, beside the one that was to become it."""


class NoSuchInvitation(Exception):
    """There is no such invitation, or it was taken, or is good no more."""
