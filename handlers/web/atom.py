"""Atom feeds (RFC 4287) of the news: one for the town, one for each quartier, which has the town's news too.

A recalled item stays as an entry that says so, under the same id: readers of feeds keep what they once fetched, and
only a newer entry takes its place. An expired one is left out.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from html import escape
from xml.etree import ElementTree

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.news.model import Item
from bot.news.public import changed_at, feed_items
from bot.storage.work import Work
from flows.engine.scene import Stage
from flows.engine.wording import _, current, speaking
from flows.news_cards import topic_name
from flows.news_page import Whole, named, whole
from handlers.web.pages import Pages

Look = Callable[[Callable[[Work], tuple[bytes, datetime]]], Awaitable[tuple[bytes, datetime]]]

ATOM = "http://www.w3.org/2005/Atom"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
KEPT = 300
"""Seconds a copy may be shown without asking again."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""A feed without any entry must still say when it changed."""

NAMED_SINCE = 2026
"""Part of every id: never to be changed."""

_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, in whatever way it is written."""

ElementTree.register_namespace("", ATOM)


def feed_address(quartier: int | None) -> str:
    return "/actualites.atom" if quartier is None else f"/actualites/{quartier}.atom"


def feeds(stage: Stage, pages: Pages, look: Look) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    async def feed(request: Request, quartier: int | None) -> Response:
        asked = request.query_params.get("langue", "")
        language = asked if asked in {one.code for one in pages.languages} else pages.languages[0].code

        def read(work: Work) -> tuple[bytes, datetime]:
            changed = changed_at(work, quartier) or NEVER
            with speaking(language):
                return write(stage, feed_items(work, quartier), quartier, language, changed, work.now), changed

        return answer(request, *await look(read))

    @router.api_route("/actualites.atom", methods=["GET", "HEAD"])
    async def of_the_town(request: Request) -> Response:
        return await feed(request, None)

    @router.api_route("/actualites/{number:int}.atom", methods=["GET", "HEAD"])
    async def of_a_quartier(request: Request, number: int) -> Response:
        if stage.city.quartier(number) is None:
            raise HTTPException(404)
        return await feed(request, number)

    return router


def answer(request: Request, content: bytes, changed: datetime) -> Response:
    """The feed, or 304 when the asker has it. An ETag wins over a date (RFC 9110, 13.2.2)."""
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Last-Modified": format_datetime(changed.replace(microsecond=0), usegmt=True),
        "Cache-Control": f"public, max-age={KEPT}",
    }
    if has := request.headers.get("if-none-match"):
        unchanged = has.strip() == "*" or etag in {one.strip().removeprefix("W/") for one in has.split(",")}
    else:
        unchanged = _not_since(request.headers.get("if-modified-since", ""), changed)
    if unchanged:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def _not_since(date: str, changed: datetime) -> bool:
    try:
        since = parsedate_to_datetime(date)
        return changed.replace(microsecond=0) <= (since if since.tzinfo else since.replace(tzinfo=UTC))
    except (ValueError, OverflowError):  # a zone may be so far away that the instant is in no calendar
        return False


def write(
    stage: Stage, items: Sequence[Item], quartier: int | None, language: str, changed: datetime, now: datetime
) -> bytes:
    """The feed in the language being spoken, `language`. `changed`: when it last did."""
    city = stage.city
    found = city.quartier(quartier) if quartier is not None else None
    address = stage.page(feed_address(quartier))
    page = stage.page("/actualites" if quartier is None else f"/actualites?quartier={quartier}")
    feed = ElementTree.Element(f"{{{ATOM}}}feed", {XML_LANG: language})
    name = f"{city.name} – {found.name}" if found else city.name
    _put(feed, "title", _("Actualités : {where}").format(where=name))
    _put(feed, "id", _tag(stage, "actualites" if quartier is None else f"actualites/{quartier}"))
    _put(feed, "updated", _when(changed))
    _put(feed, "link", rel="self", type="application/atom+xml", href=address)
    _put(feed, "link", rel="alternate", type="text/html", href=page)
    _put(_put(feed, "author"), "name", city.name)
    for item in items:
        _entry(feed, item, whole(item, city, language, now), stage)
    ElementTree.indent(feed)
    return bytes(ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True))


def _tag(stage: Stage, name: str) -> str:
    """An id that stays whatever address the town has on the web (RFC 4151). It needs a domain that nobody else uses;
    those under .invalid belong to nobody (RFC 2606)."""
    return f"tag:{stage.city.slug}.parvis.invalid,{NAMED_SINCE}:{name}"


def _entry(feed: ElementTree.Element, item: Item, shown: Whole, stage: Stage) -> None:
    page = stage.page(f"/actualites/{item.ref}")
    left = item.starts_at or item.created_at
    entry = _put(feed, "entry", **{XML_LANG: shown.language})
    _put(entry, "id", _tag(stage, item.ref))
    _put(entry, "title", shown.title)
    _put(entry, "published", _when(left))
    _put(entry, "updated", _when(max(one for one in (left, item.corrected_at, item.recalled_at) if one)))
    _put(_put(entry, "author"), "name", shown.speaker or stage.city.name)
    _put(entry, "link", rel="alternate", type="text/html", href=page)
    if shown.link:
        _put(entry, "link", rel="related", href=shown.link)
    for topic in item.topics:
        _put(entry, "category", term=topic, label=topic_name(stage.city, topic, current().code))
    _put(entry, "content", _content(shown, stage), type="html")


def _content(shown: Whole, stage: Stage) -> str:
    """What the page says, as the HTML that readers of feeds show."""
    if shown.recalled:
        return f"<p>{escape(_('Cette actualité a été retirée.'))}</p>"
    direction = named(shown.language).direction
    parts = ["<br>".join(map(escape, one.split("\n"))) for one in shown.paragraphs]
    facts = ((_("Quand"), shown.event.words if shown.event else ""), (_("Où"), shown.place))
    parts += [f"<strong>{escape(name)}</strong> {escape(value)}" for name, value in facts if value]
    if shown.corrected:
        parts.append(f"<em>{escape(_('Corrigé le {day}.').format(day=shown.corrected.words))}</em>")
    told = "".join(f'<p dir="{direction}">{part}</p>' if direction else f"<p>{part}</p>" for part in parts)
    alternative = escape(shown.alternative or _("Photo jointe"))
    return told + "".join(
        f'<p><img src="{escape(stage.page(f"/photos/{key}.jpg"))}" alt="{alternative}"></p>' for key in shown.pictures
    )


def _put(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    legible = {key: _UNSPEAKABLE.sub("", value) for key, value in attributes.items()}
    child = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", legible)
    child.text = _UNSPEAKABLE.sub("", text) or None
    return child


def _when(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
