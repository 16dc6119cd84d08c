"""Methods that put a message into a chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .chats import Chat
from .files import MOST_UPLOAD, StoredFile, check_photo
from .formatting import caption_of, text_of
from .markup import check_markup, remember_keyboard
from .refusal import Json, RefusedError, bad, strict
from .world import BOT_AS_SENDER, Call, World

FOREVER = 0x7FFFFFFF
LONGEST_LIVE = 86_400


def send_message(world: World, call: Call) -> Json:
    content = text_of(call.parameters)
    if "link_preview_options" in call.parameters:
        content["link_preview_options"] = call.parameters["link_preview_options"]
    return send(world, call, content)


def send_photo(world: World, call: Call) -> Json:
    caption = caption_of(call.parameters)
    world.chat(call.parameters["chat_id"]).check_reachable()
    photo = photo_of(world, call, call.parameters["photo"])
    return send(world, call, {"photo": photo, **caption, **spoiler(call.parameters)})


def send_document(world: World, call: Call) -> Json:
    caption = caption_of(call.parameters)
    world.chat(call.parameters["chat_id"]).check_reachable()
    return send(world, call, {"document": document_of(world, call, call.parameters["document"]), **caption})


def send_media_group(world: World, call: Call) -> list[Json]:
    chat = world.chat(call.parameters["chat_id"])
    chat.check_reachable()
    kinds = {item["type"] for item in call.parameters["media"]}
    if len(kinds) > 1 and kinds & {"audio", "document"}:
        raise bad("documents and audio can't be mixed with other media types")
    contents = [media_of(world, call, item) for item in call.parameters["media"]]
    group = str(13_000_000_000_000_000 + world.number())
    return [send(world, call, {"media_group_id": group, **content}) for content in contents]


def send_location(world: World, call: Call) -> Json:
    period = call.parameters.get("live_period")
    if period is not None and period > LONGEST_LIVE and period != FOREVER:
        raise strict(f"live_period must be between 60 and {LONGEST_LIVE} seconds, or {FOREVER}")
    return send(world, call, {"location": place_of(call.parameters)})


def send_venue(world: World, call: Call) -> Json:
    if not call.parameters["title"].strip() or not call.parameters["address"].strip():
        raise bad("venue title and address must be non-empty")
    venue = {key: value for key, value in call.parameters.items() if key in VENUE_FIELDS}
    place = place_of(call.parameters)
    return send(world, call, {"location": place, "venue": {"location": place, **venue}})


def copy_message(world: World, call: Call) -> Json:
    source = world.chat(call.parameters["from_chat_id"]).message(call.parameters["message_id"], "copy")
    content = {key: source[key] for key in COPIED if key in source}
    if "caption" in call.parameters:
        content = {key: value for key, value in content.items() if key not in {"caption", "caption_entities"}}
        content |= caption_of(call.parameters)
    return {"message_id": send(world, call, content)["message_id"]}


def send_chat_action(world: World, call: Call) -> bool:
    world.chat(call.parameters["chat_id"]).check_reachable()
    return True


def send(world: World, call: Call, content: Json) -> Json:
    """Write the message once everything about it was found right."""
    parameters = call.parameters
    chat = world.chat(parameters["chat_id"])
    chat.check_reachable()
    markup = parameters.get("reply_markup")
    check_markup(markup, chat)
    content = content | _answered(chat, parameters.get("reply_parameters"))
    if parameters.get("protect_content"):
        content["has_protected_content"] = True
    if parameters.get("message_effect_id"):
        content["effect_id"] = _effect(chat, parameters["message_effect_id"])
    if markup is not None and markup.get("inline_keyboard"):
        content["reply_markup"] = markup
    message = world.write(chat, BOT_AS_SENDER, content)
    remember_keyboard(chat, markup)
    return message


def _answered(chat: Chat, reply: Json | None) -> Json:
    if reply is None:
        return {}
    if set(reply) - SIMULATED_IN_REPLY or reply.get("chat_id", chat.id) != chat.id:
        raise strict("of reply_parameters only message_id and allow_sending_without_reply are simulated")
    answered = chat.messages.get(reply.get("message_id", 0))
    if answered is not None:
        return {"reply_to_message": {key: value for key, value in answered.items() if key != "reply_to_message"}}
    if reply.get("allow_sending_without_reply"):
        return {}
    raise bad("message to be replied not found")


def _effect(chat: Chat, effect: str) -> str:
    if not chat.private:
        raise strict("message effects are for private chats only")
    return effect


def place_of(parameters: Json) -> Json:
    return {key: parameters[key] for key in PLACE_FIELDS if key in parameters}


def spoiler(parameters: Json) -> Json:
    return {"has_media_spoiler": True} if parameters.get("has_spoiler") else {}


def _known(world: World, kind: str, file_id: str) -> StoredFile:
    if file_id.startswith(("http://", "https://")):
        raise strict("sending a file by its address is not simulated: upload it")
    stored = world.files.by_id.get(file_id)
    if stored is None:
        raise bad("wrong file identifier/HTTP URL specified")
    if stored.kind != kind:
        raise bad(f"type of file mismatch: can't use file of type {stored.kind} as {kind}")
    return stored


def photo_of(world: World, call: Call, value: str) -> list[Json]:
    """The sizes of a photo uploaded with this call or known from before, smallest first."""
    if not value.startswith("attach://"):
        return [size.wire() for size in world.files.albums[_known(world, "photo", value).file_id]]
    upload = call.files[value.removeprefix("attach://")]
    check_photo(upload)
    return [size.wire() for size in world.files.store_photo(upload.content)]


def document_of(world: World, call: Call, value: str) -> Json:
    if not value.startswith("attach://"):
        return _known(world, "document", value).wire()
    upload = call.files[value.removeprefix("attach://")]
    if not upload.content:
        raise bad("file must be non-empty")
    if upload.size > MOST_UPLOAD:
        raise RefusedError("Request Entity Too Large", 413)
    return world.files.store("document", upload.content, "", file_name=upload.name, mime_type=upload.mime).wire()


def media_of(world: World, call: Call, item: Json) -> Json:
    """The content of a message from one InputMedia; photos and documents are simulated."""
    if item["type"] == "photo":
        return {"photo": photo_of(world, call, item["media"]), **caption_of(item), **spoiler(item)}
    if item["type"] == "document":
        return {"document": document_of(world, call, item["media"]), **caption_of(item)}
    raise strict(f"media of type {item['type']} is not simulated")


SIMULATED_IN_REPLY = {"message_id", "chat_id", "allow_sending_without_reply"}
PLACE_FIELDS = (
    "latitude", "longitude", "horizontal_accuracy", "live_period", "heading", "proximity_alert_radius",
)  # fmt: skip
VENUE_FIELDS = {"title", "address", "foursquare_id", "foursquare_type", "google_place_id", "google_place_type"}
COPIED = (
    "text", "entities", "caption", "caption_entities", "photo", "document", "location", "venue", "contact", "voice",
    "video", "video_note", "sticker", "has_media_spoiler", "show_caption_above_media", "link_preview_options",
)  # fmt: skip
SENDING: dict[str, Callable[[World, Call], Any]] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendMediaGroup": send_media_group,
    "sendLocation": send_location,
    "sendVenue": send_venue,
    "copyMessage": copy_message,
}
