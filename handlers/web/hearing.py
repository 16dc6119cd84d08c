"""What a visitor sends: words, a tap, a place, photos. Each becomes a line of the dialogue, then a turn."""

import asyncio
import hashlib
import math
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from bot.city.model import City, Place
from bot.delivery.model import Message
from bot.people.invite import without_codes
from bot.people.store import choose_language
from bot.pictures.model import NotAPicture
from bot.storage.work import Work
from flows.engine.incoming import Heard, Incoming, Kind
from flows.engine.reading import why_refused
from flows.engine.wording import _, speaking
from flows.signs import web as words
from handlers.web import store
from handlers.web.errors import Misunderstood
from handlers.web.hall import Guest, Hall
from handlers.web.shield import PHOTOS_AT_ONCE
from handlers.web.store import Line

LONGEST_TEXT = 4000
"""Characters; the same as Telegram's, so that a flow meets one limit."""

OPENING = "ouverture-"
"""How the mark of what the page itself says begins: the words that make the bot greet are not the person's."""

MOST_FILES = 40
"""Files read from one form at all; how many photos are taken is said in words."""

_MARK = re.compile(r"[0-9A-Za-z-]{8,40}")


class Outcome(msgspec.Struct, frozen=True):
    """What came of it: the line to show, if any, and a word in passing. `erased`: nothing is left of the person."""

    line: Line | None
    toast: str = ""
    erased: bool = False


async def fields(request: Request) -> FormData:
    """What was sent, whether as a form or as JSON with texts and numbers."""
    if request.headers.get("content-type", "").partition(";")[0] == "application/json":
        try:
            sent = msgspec.json.decode(await request.body(), type=dict[str, str | float])
        except msgspec.DecodeError as wrong:
            raise Misunderstood from wrong
        return FormData({name: str(value) for name, value in sent.items()})
    return await request.form(max_files=MOST_FILES, max_fields=20)


def text_of(form: FormData, name: str) -> str:
    """Without what PostgreSQL cannot hold; the turn leaves it out as well."""
    value = form.get(name, "")
    return value.replace("\0", "") if isinstance(value, str) else ""


def key_of(guest: Guest, form: FormData) -> str:
    """The identity of this sending. Marks are the page's own: they are told apart by session."""
    mark = text_of(form, "key") or uuid.uuid4().hex
    if not _MARK.fullmatch(mark):
        raise Misunderstood
    return f"{guest.session}.{mark}"


def unlinkable(key: str) -> str:
    """The same identity for what outlives an erasure by two days: it leads to no session, since that is random."""
    return hashlib.blake2s(key.encode(), digest_size=20).hexdigest()


async def say(hall: Hall, guest: Guest, form: FormData) -> Outcome:
    text = text_of(form, "text").replace("\r\n", "\n").strip()[:LONGEST_TEXT]
    if not text:
        raise Misunderstood(words.nothing_said)
    key = key_of(guest, form)
    opening = key.partition(".")[2].startswith(OPENING)
    line = Line(key=key, kind="quiet" if opening else "text", text=text)
    return await _take(hall, guest, line, "text", text=text)


async def tap(hall: Hall, guest: Guest, form: FormData) -> Outcome:
    """A button of a letter, which must be this session's: nobody taps what they were not shown."""
    number, data = text_of(form, "letter"), text_of(form, "data")
    visitor = await hall.look(lambda work: store.visitor(work, guest.session))
    if visitor is None:  # the last words to someone just erased are kept nowhere, and offer a new beginning
        line = Line(key=key_of(guest, form), kind="quiet", text=_begun_by(hall, guest, data))
        return await _take(hall, guest, line, "tap", payload=data, origin="")
    message = await hall.look(lambda work: _letter(work, visitor, number))
    button = next((one for row in message.buttons for one in row if one.data == data), None) if message else None
    if message is None or button is None or not data:
        raise Misunderstood(words.old_button)
    line = Line(key=key_of(guest, form), kind="quiet", text=button.label)
    return await _take(hall, guest, line, "tap", slot=message.slot, payload=data, origin=number)


def _letter(work: Work, visitor: store.Visitor, number: str) -> Message | None:
    if not (number.isascii() and number.isdecimal() and len(number) <= 19):
        return None
    return store.letter_of(work, visitor.address, int(number))


def _begun_by(hall: Hall, guest: Guest, data: str) -> str:
    """What a button of the menu says; raises Misunderstood for any other."""
    kind, _dot, name = data.partition(".")
    flow = hall.stage.flows.named(name) if kind == "f" else None
    if flow is None or not flow.menu or flow.staff:
        raise Misunderstood(words.old_button)
    with speaking(guest.language):
        return f"{flow.icon} {_(flow.menu)}".strip()


async def place(hall: Hall, guest: Guest, form: FormData) -> Outcome:
    where = place_in({name: text_of(form, name) for name in ("latitude", "longitude", "accuracy")})
    named = _named(hall.stage.city, where)
    line = Line(key=key_of(guest, form), kind="place", text=named, place=where)
    return await _take(hall, guest, line, "place", place=where)


def _named(city: City, where: Place) -> str:
    """What can be said for sure of a point: the known place that it is near, the quartier that it is in."""
    quartier = city.locate(where).quartier
    return ", ".join(part for part in (city.describe(where), quartier.name if quartier else "") if part)


def place_in(sent: Mapping[str, str]) -> Place:
    """A point from texts; raises Misunderstood unless it is one."""
    latitude, longitude = _number(sent.get("latitude", ""), 90), _number(sent.get("longitude", ""), 180)
    accuracy = sent.get("accuracy", "")
    return Place(latitude, longitude, _number(accuracy, 1e7) if accuracy else None)


def _number(text: str, most: float) -> float:
    try:
        value = float(text)
    except ValueError as wrong:
        raise Misunderstood from wrong
    if not math.isfinite(value) or abs(value) > most:
        raise Misunderstood
    return value


async def language(hall: Hall, guest: Guest, _form: FormData) -> Outcome:
    """The language of the page from which the form comes is the one chosen. Nothing is said: what was asked stays."""
    hall.limits.take("message", session=guest.session, network=guest.network)

    def choose(work: Work) -> None:
        visitor = store.visitor(work, guest.session)
        if visitor:
            choose_language(work, visitor.resident, guest.language)

    await hall.desk.run(choose)
    return Outcome(None)


async def photos(hall: Hall, guest: Guest, form: FormData) -> Outcome:
    """Photos sent together are one answer; words sent with them are their caption."""
    uploads = [one for one in form.getlist("photos") if isinstance(one, UploadFile) and (one.filename or one.size)]
    caption = text_of(form, "text").strip()[:LONGEST_TEXT]
    if not uploads:
        return await say(hall, guest, form)
    if len(uploads) > PHOTOS_AT_ONCE:
        raise Misunderstood(words.too_many_photos)
    hall.limits.take("photo", session=guest.session, network=guest.network, count=len(uploads))
    kept, refused = await _keep(hall, uploads)
    line = Line(key=key_of(guest, form), kind="pictures", text=caption, pictures=kept, refused=refused)
    outcome = await _take(hall, guest, line, "pictures", text=caption, pictures=kept, refused=refused)
    if kept and refused:
        with speaking(guest.language):
            return Outcome(outcome.line, words.some_refused(why_refused(refused)))
    return outcome


async def _keep(hall: Hall, uploads: Sequence[UploadFile]) -> tuple[tuple[str, ...], str]:
    """The keys of the photos that could be kept, and why the last other one could not."""
    kept: list[str] = []
    refused = ""
    for upload in uploads:
        async with hall.preparing:
            raw = await upload.read()
            try:
                picture = await asyncio.to_thread(hall.pictures.keep, raw)
            except NotAPicture as wrong:
                refused = wrong.reason
            else:
                kept.append(picture.key)
    return tuple(dict.fromkeys(kept)), refused


async def _take(hall: Hall, guest: Guest, line: Line, kind: Kind, slot: str = "", **values: Any) -> Outcome:
    """Keep the line first: if the turn cannot be taken, the page sends it again and finds the same line. The code of an
    invitation is in no line."""
    hall.limits.take("message", session=guest.session, network=guest.network)
    line = msgspec.structs.replace(line, text=without_codes(line.text))
    kept = await hall.desk.run(
        lambda work: store.keep_line(work, store.settle(work, guest.session, guest.language), line)
    )
    assert kept.at is not None  # a line that was kept has its instant
    values.setdefault("origin", str(kept.id))
    heard = await hall.reception.take(
        Incoming(
            channel=store.CHANNEL,
            key=unlinkable(kept.key),
            sender=guest.session,
            kind=kind,
            at=kept.at,
            language=guest.language,
            **values,
        )
    )
    if heard.new and await hall.look(lambda work: store.visitor(work, guest.session)) is None:
        hall.channel.ring(guest.session)
        return Outcome(None, heard.toast, erased=True)
    shown: Line | None = kept
    if heard.new and kind == "tap":
        shown = await hall.desk.run(lambda work: _tapped(work, kept, heard, slot))
    hall.channel.ring(guest.session)
    return Outcome(None if shown is None or shown.kind == "quiet" else shown, heard.toast)


def _tapped(work: Work, line: Line, heard: Heard, slot: str) -> Line | None:
    """A tap shows as what it stood for; one that came too late, or that only ticked a box, does not show at all."""
    if heard.toast or (slot and store.shown_again(work, line, slot)):
        return line
    return store.reword(work, line.id, "tap", heard.chosen or line.text)
