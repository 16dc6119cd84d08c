"""Carrying letters: what a phone shows of them, and what is told to the postman when Telegram will not have them."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from itertools import count
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from bot.delivery.model import (
    Button,
    Fact,
    Gone,
    Impossible,
    Lane,
    Letter,
    Message,
    Moved,
    NothingToEdit,
    Throttled,
    Unreachable,
    Withdrawn,
)
from bot.delivery.outbox import letter as letters
from bot.delivery.store import Draft, write
from bot.people.store import meet
from handlers.telegram.outgoing import TelegramChannel
from tests.handlers.telegram.rig import House
from tests.kit.pictures import make_photo
from tests.kit.telegram import BotApiServer, TelegramUser

NUMBERS = count(1)
YES = Button("Oui", "t.n.1.0", style="main")


def letter(to: TelegramUser | int | str, message: Message, lane: Lane = Lane.REPLY, replaces: str = "") -> Letter:
    external = str(to.id) if isinstance(to, TelegramUser) else str(to)
    return Letter(next(NUMBERS), 1, "telegram", external, lane, message, replaces=replaces)


@pytest.fixture
def channel(house: House) -> TelegramChannel:
    return house.door.channel


def marks(person: TelegramUser) -> list[tuple[str, str]]:
    """(kind, text) of what is marked in the last message."""
    shown = person.last_message
    text = shown.text.encode("utf-16-le")
    return [
        (each["type"], text[2 * each["offset"] : 2 * (each["offset"] + each["length"])].decode("utf-16-le"))
        for each in shown.entities
        if each["type"] in ("bold", "italic")
    ]


# What is shown


@pytest.mark.parametrize("photos", [0, 1, 2, 11])
@pytest.mark.parametrize("words", ["Court & <b>simple</b>.", "Une ligne & <une autre>.\n\n" * 200])
async def test_a_look_is_what_a_phone_will_show(
    house: House, channel: TelegramChannel, camille: TelegramUser, photos: int, words: str
) -> None:
    keys = tuple(house.pictures.keep(make_photo(f"{at}", size=(80, 60))).key for at in range(photos))
    buttons = ((Button("Voir", link="https://valombre.example"),), (Button("Moins", "l.x"), Button("Plus", "l.y")))
    message = Message(title="Rue fermée", text=words, note="Anne", pictures=keys, buttons=buttons)
    look = await channel.look(message, "/photos")
    await channel.deliver(letter(camille, message, Lane.NEWS))
    told = [unescape(re.sub("</?[bi]>", "", bubble.html)) for bubble in look.bubbles if bubble.html]
    assert [shown.text for shown in camille.bot_messages if shown.text] == told
    assert sum(len(bubble.pictures) for bubble in look.bubbles) == photos
    assert len([shown for shown in camille.bot_messages if shown.photo]) == photos
    rows = tuple(tuple(button.label for button in row) for row in camille.last_message.buttons)
    assert [bubble.rows for bubble in look.bubbles if bubble.rows] == [rows]
    assert rows == (("Voir",), ("Moins", "Plus"))


async def test_title_text_facts_and_note_stand_in_this_order(channel: TelegramChannel, camille: TelegramUser) -> None:
    facts = (Fact("Lieu", "rue <du> Lac & Cie"), Fact("Quand", "hier"))
    await channel.deliver(letter(camille, Message("Bonjour 🙂", "Un <titre>", facts, note="Une note")))
    shown = camille.last_message.text
    assert shown == "Un <titre>\n\nBonjour 🙂\n\nLieu : rue <du> Lac & Cie\nQuand : hier\n\nUne note"
    assert marks(camille) == [("bold", "Un <titre>"), ("bold", "Lieu"), ("bold", "Quand"), ("italic", "Une note")]


async def test_buttons_bring_back_their_data_and_links_open(channel: TelegramChannel, camille: TelegramUser) -> None:
    rows = ((YES, Button("Non", "t.n.1.1", style="danger")), (Button("Page", link="https://ville.example/x"),))
    await channel.deliver(letter(camille, Message("Alors ?", buttons=rows)))
    (yes, no), (page,) = camille.last_message.buttons
    assert (yes.data, yes.style, no.style) == ("t.n.1.0", "primary", "danger")
    assert page.url == "https://ville.example/x"


@pytest.mark.parametrize("link", ["http://127.0.0.1:8080/carte", "https://localhost/carte", "https://[x"])
async def test_a_link_that_telegram_would_refuse_is_written_out(
    channel: TelegramChannel, camille: TelegramUser, link: str
) -> None:
    await channel.deliver(letter(camille, Message("Voilà.", buttons=((Button("Carte", link=link),),))))
    assert camille.last_message.text == f"Voilà.\n\nCarte : {link}"
    assert camille.last_message.buttons == []


async def test_a_button_that_brings_back_too_much_is_impossible(
    channel: TelegramChannel, camille: TelegramUser
) -> None:
    await channel.deliver(letter(camille, Message("x", buttons=((Button("Juste", "é" * 32),),))))
    with pytest.raises(Impossible, match="64 bytes"):
        await channel.deliver(letter(camille, Message("x", buttons=((Button("Trop", "é" * 32 + "a"),),))))


async def test_a_letter_with_nothing_in_it_is_impossible(channel: TelegramChannel, camille: TelegramUser) -> None:
    with pytest.raises(Impossible):
        await channel.deliver(letter(camille, Message("  \n ")))


async def test_lines_written_from_the_right_start_at_the_right(channel: TelegramChannel, camille: TelegramUser) -> None:
    await channel.deliver(letter(camille, Message("مرحبا\n12 rue", direction="rtl", language="ar")))
    assert camille.last_message.text == "مرحبا\n\u200f12 rue"


# Keys


async def test_a_question_about_a_place_shows_keys_and_the_next_plain_reply_takes_them_away(
    channel: TelegramChannel, camille: TelegramUser
) -> None:
    await channel.deliver(letter(camille, Message("Où ?", asks="place", keys=("Retour", "Annuler"))))
    assert camille.keyboard == [["📍 Ma position"], ["Retour", "Annuler"]]
    assert (camille.chat.keyboard or {})["input_field_placeholder"] == "Ou tapez une adresse"
    await channel.deliver(letter(camille, Message("Merci.")))
    assert camille.keyboard == []


async def test_news_in_the_middle_of_a_question_leave_its_keys_alone(
    channel: TelegramChannel, camille: TelegramUser
) -> None:
    await channel.deliver(letter(camille, Message("Où ?", asks="place")))
    await channel.deliver(letter(camille, Message("Travaux demain."), Lane.NEWS))
    assert camille.keyboard == [["📍 Ma position"]]


async def test_places_to_choose_from_are_buttons(channel: TelegramChannel, camille: TelegramUser) -> None:
    await channel.deliver(letter(camille, Message("Lequel ?", asks="place", buttons=((YES,),))))
    assert (camille.last_message.labels, camille.keyboard) == (["Oui"], [])


# Long texts


async def test_a_long_text_is_cut_between_paragraphs_and_the_buttons_stand_under_the_end(
    channel: TelegramChannel, camille: TelegramUser
) -> None:
    paragraphs = [(f"{number} " + "mot <&> 🙂 " * 130).strip() for number in range(8)]
    await channel.deliver(letter(camille, Message("\n\n".join(paragraphs), buttons=((YES,),))))
    shown = camille.bot_messages
    assert len(shown) > 1
    assert all(len(one.text.encode("utf-16-le")) // 2 <= 4096 for one in shown)
    assert all(one.text[0].isdigit() for one in shown)
    assert "\n\n".join(one.text for one in shown) == "\n\n".join(paragraphs)
    assert [one.labels for one in shown] == [[]] * (len(shown) - 1) + [["Oui"]]


async def test_a_text_without_any_space_is_cut_all_the_same(channel: TelegramChannel, camille: TelegramUser) -> None:
    await channel.deliver(letter(camille, Message("🙂" * 5000)))
    assert "".join(one.text for one in camille.bot_messages) == "🙂" * 5000


async def test_a_mark_that_is_cut_goes_on_in_the_next_message(channel: TelegramChannel, camille: TelegramUser) -> None:
    await channel.deliver(letter(camille, Message(note="note " * 1000)))
    assert len(camille.bot_messages) == 2
    for shown in camille.bot_messages:
        assert [each["type"] for each in shown.entities] == ["italic"]


async def test_a_long_letter_interrupted_goes_on_from_the_message_that_failed(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser
) -> None:
    long = letter(camille, Message("début " + "a " * 3000 + "fin"))
    telegram.fault("sendMessage", 502, contains="fin")
    with pytest.raises(Unreachable):
        await channel.deliver(long)
    await channel.deliver(long)
    assert [one.text.split()[0] for one in camille.bot_messages] == ["début", "a"]


async def test_the_rest_of_a_letter_does_not_follow_once_it_may_not_go_any_more(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser
) -> None:
    long = letter(camille, Message("début " + "a " * 3000 + "fin"))
    telegram.fault("sendMessage", 502, contains="fin")
    with pytest.raises(Unreachable) as interrupted:
        await channel.deliver(long)
    assert interrupted.value.partly == f"t{camille.last_message.id}"
    with pytest.raises(Withdrawn):
        await channel.deliver(msgspec.structs.replace(long, may_go=lambda: False))
    assert len(camille.bot_messages) == 1


# Photos


@pytest.fixture
def keys(house: House) -> list[str]:
    return [house.pictures.keep(make_photo(str(number), size=(60, 40 + number))).key for number in range(12)]


async def test_a_photo_carries_its_words_and_buttons(
    channel: TelegramChannel, camille: TelegramUser, keys: list[str]
) -> None:
    external = await channel.deliver(letter(camille, Message("Là.", pictures=(keys[0],), buttons=((YES,),))))
    shown = camille.last_message
    assert (bool(shown.photo), shown.text, shown.labels) == (True, "Là.", ["Oui"])
    assert external == f"p{shown.id}.{keys[0][:16]}"


async def test_words_too_long_for_a_caption_follow_their_photo(
    channel: TelegramChannel, camille: TelegramUser, keys: list[str]
) -> None:
    external = await channel.deliver(letter(camille, Message("a " * 600, pictures=(keys[0],), buttons=((YES,),))))
    photo, text = camille.bot_messages
    assert (bool(photo.photo), photo.text, photo.labels) == (True, "", [])
    assert (text.photo, text.labels, external) == (None, ["Oui"], f"t{text.id}+{photo.id}")


@pytest.mark.parametrize("many", [2, 10, 11, 12])
async def test_several_photos_are_albums_followed_by_the_words(
    channel: TelegramChannel, camille: TelegramUser, keys: list[str], many: int
) -> None:
    await channel.deliver(letter(camille, Message("Voilà.", pictures=tuple(keys[:many]), buttons=((YES,),))))
    *photos, words = camille.bot_messages
    assert [bool(one.photo) for one in photos] == [True] * many
    assert (words.text, words.labels) == ("Voilà.", ["Oui"])


async def test_a_photo_is_uploaded_once(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, samir: TelegramUser, keys: list[str]
) -> None:
    for person in (camille, samir):
        await channel.deliver(letter(person, Message("x", pictures=(keys[0],))))
    first, second = telegram.calls_of("sendPhoto")
    assert (len(first.files), len(second.files)) == (1, 0)
    assert camille.last_message.photo == samir.last_message.photo


async def test_a_photo_that_telegram_forgot_is_uploaded_again(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, keys: list[str]
) -> None:
    await channel.deliver(letter(camille, Message("x", pictures=(keys[0],))))
    telegram.world.files.by_id.clear()
    await channel.deliver(letter(camille, Message("y", pictures=(keys[0],))))
    assert len(telegram.calls_of("sendPhoto")[-1].files) == 1


async def test_a_photo_that_was_erased_is_not_shown_again_even_if_telegram_has_it(
    house: House, channel: TelegramChannel, camille: TelegramUser, keys: list[str]
) -> None:
    message = Message("Là.", pictures=(keys[0],), alternative="Un lampadaire penché")
    await channel.deliver(letter(camille, message))
    house.pictures.remove(keys[0])
    await channel.deliver(letter(camille, message))
    assert (camille.last_message.photo, camille.last_message.text) == (None, "Là.\n\nUn lampadaire penché")


# Changing in place


async def test_a_text_changes_in_place_and_the_same_text_again_is_no_error(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser
) -> None:
    shown = await channel.deliver(letter(camille, Message("un", buttons=((YES,),))))
    for _time in range(2):
        assert await channel.deliver(letter(camille, Message("deux", buttons=((YES,),)), replaces=shown)) == shown
    assert [one.text for one in camille.bot_messages] == ["deux"]
    assert "message is not modified" in telegram.calls_of("editMessageText")[-1].description


async def test_the_words_of_a_photo_change_in_place(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, keys: list[str]
) -> None:
    shown = await channel.deliver(letter(camille, Message("un", pictures=(keys[0],))))
    assert await channel.deliver(letter(camille, Message("deux", pictures=(keys[0],)), replaces=shown)) == shown
    assert [one.text for one in camille.bot_messages] == ["deux"]
    assert len(telegram.calls_of("editMessageCaption")) == 1


async def test_a_photo_becomes_another_photo_in_place(
    channel: TelegramChannel, camille: TelegramUser, keys: list[str]
) -> None:
    shown = await channel.deliver(letter(camille, Message("avant", pictures=(keys[0],))))
    before = camille.last_message
    external = await channel.deliver(letter(camille, Message("après", pictures=(keys[1],)), replaces=shown))
    after = camille.last_message
    assert (after.id, after.text) == (before.id, "après")
    assert after.photo != before.photo
    assert external == f"p{after.id}.{keys[1][:16]}"


@pytest.mark.parametrize("photo_first", [True, False])
async def test_between_text_and_photo_the_old_message_gives_way_to_a_new_one(
    channel: TelegramChannel, camille: TelegramUser, keys: list[str], photo_first: bool
) -> None:
    forms = [Message("photo", pictures=(keys[0],)), Message("texte")]
    first, second = forms if photo_first else reversed(forms)
    shown = await channel.deliver(letter(camille, first))
    external = await channel.deliver(letter(camille, second, replaces=shown))
    assert [one.text for one in camille.bot_messages] == [second.text]
    assert external != shown


@pytest.mark.parametrize("external", ["t987654", "p987654.00ff", "not ours", ""])
async def test_a_message_that_is_not_there_any_more_is_nothing_to_edit(
    channel: TelegramChannel, camille: TelegramUser, keys: list[str], external: str
) -> None:
    pictures = (keys[0],) if external.startswith("p") else ()
    with pytest.raises(NothingToEdit):
        await channel.deliver(letter(camille, Message("x", pictures=pictures), replaces=external or "t1.zz"))


# Refusals


async def test_too_fast_is_throttled_for_as_long_as_telegram_says(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser
) -> None:
    telegram.fault("sendMessage", 429, retry_after=17)
    with pytest.raises(Throttled) as refusal:
        await channel.deliver(letter(camille, Message("x")))
    assert refusal.value.wait == timedelta(seconds=17)


@pytest.mark.parametrize(("code", "drop"), [(500, ""), (502, ""), (504, ""), (500, "before"), (500, "after")])
async def test_a_fault_of_the_network_or_of_telegram_is_unreachable(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, code: int, drop: str
) -> None:
    telegram.fault("sendMessage", code, drop=drop)  # type: ignore[arg-type]
    with pytest.raises(Unreachable):
        await channel.deliver(letter(camille, Message("x")))


async def test_a_fault_while_a_photo_is_uploaded_is_unreachable(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, keys: list[str]
) -> None:
    telegram.fault("sendPhoto", 502)
    telegram.fault("sendPhoto", drop="before")
    for _time in range(2):
        with pytest.raises(Unreachable):
            await channel.deliver(letter(camille, Message("x", pictures=(keys[0],))))


@pytest.mark.parametrize("how", ["blocked", "deactivated", "never wrote", "unknown"])
async def test_an_address_that_is_no_longer_good_is_gone(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, how: str
) -> None:
    to: TelegramUser | int = camille
    if how == "blocked":
        camille.chat.blocked = True
    elif how == "deactivated":
        telegram.deactivate(camille)
    else:
        to = telegram.user() if how == "never wrote" else 987_654_321
    with pytest.raises(Gone):
        await channel.deliver(letter(to, Message("x")))


async def test_an_address_that_moved_says_where_to(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser
) -> None:
    group = telegram.group(members=[camille], supergroup=False)
    moved = telegram.migrate(group)
    with pytest.raises(Moved) as refusal:
        await channel.deliver(letter(group.id, Message("x")))
    assert refusal.value.external == str(moved.id)


async def test_what_telegram_will_never_take_is_impossible(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser
) -> None:
    telegram.fault("sendMessage", 400, description="Bad Request: can't parse entities")
    with pytest.raises(Impossible, match="can't parse entities"):
        await channel.deliver(letter(camille, Message("x")))
    with pytest.raises(Impossible):
        await channel.deliver(letter("somebody@mail", Message("x")))


# With the postman


async def test_a_letter_that_meets_a_502_is_sent_again_and_later_ones_stay_behind_it(
    telegram: BotApiServer, house: House, camille: TelegramUser
) -> None:
    person = await house.read(lambda work: meet(work, [("telegram", str(camille.id), "fr")])[0])
    telegram.fault("sendMessage", 502)
    drafts = [Draft(person.address, Message(words)) for words in ("un", "deux")]
    await house.read(lambda work: write(work, drafts))
    while not await house.read(lambda work: work.connection.scalar(select(letters.c.attempts).limit(1))):
        house.postman.wake()
    house.later = timedelta(seconds=6)
    house.postman.wake()
    await camille.wait_for("deux")
    assert [one.text for one in camille.bot_messages] == ["un", "deux"]


async def test_a_single_letter_that_arrived_in_part_goes_on_where_it_was_after_a_restart(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser
) -> None:
    telegram.fault("sendMessage", 502)
    async with House(telegram, tmp_path) as house:
        person = await house.read(lambda work: meet(work, [("telegram", str(camille.id), "fr")])[0])
        photos = tuple(house.pictures.keep(make_photo(str(at), size=(60, 40 + at))).key for at in range(3))
        await house.read(lambda work: write(work, [Draft(person.address, Message("Voilà.", pictures=photos))]))
        while not await house.read(lambda work: work.connection.scalar(select(letters.c.attempts).limit(1))):
            house.postman.wake()
    async with House(telegram, tmp_path) as house:
        house.later = timedelta(seconds=6)
        house.postman.wake()
        await camille.wait_for("Voilà.")
    assert [bool(one.photo) for one in camille.bot_messages] == [True] * 3 + [False]


async def test_the_photos_folder_is_not_asked_for_letters_without_photos(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser
) -> None:
    async with House(telegram, tmp_path) as house:
        await house.door.channel.deliver(letter(camille, Message("x")))
    assert not (tmp_path / "photos").exists()
