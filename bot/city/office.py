"""What a town says of itself: its hours, contacts, emergency numbers, privacy, map background."""

from __future__ import annotations

from datetime import time

import msgspec

from bot.city.matter import Words


class QuietHours(msgspec.Struct, frozen=True):
    """Local hours in which nothing unasked is sent; they may pass midnight. Equal hours: never quiet."""

    start: time
    end: time
    days_off: bool = False
    """True: Sundays and public holidays are quiet all day."""

    def cover(self, moment: time) -> bool:
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


class Contacts(msgspec.Struct, frozen=True):
    town_hall: str
    address: str
    phone: str
    link: str | None = None


class Emergency(msgspec.Struct, frozen=True):
    number: str
    name: Words


AUDIT_KEPT = 1825


class Retention(msgspec.Struct, frozen=True):
    """How long things about a person are kept, in days."""

    drafts: int
    closed_reports: int
    """After a report is closed, its link to the person who made it is erased."""
    messages: int
    inactive_residents: int
    audit: int = AUDIT_KEPT
    """What staff did: five years unless the town says otherwise, and never less than 366 days."""


class Privacy(msgspec.Struct, frozen=True):
    controller: str
    postal: str
    retention: Retention
    email: str | None = None


class Tiles(msgspec.Struct, frozen=True):
    """A map background; a town has none until its operator chooses one, since each choice sends readers to a third."""

    url: str
    attribution: str
