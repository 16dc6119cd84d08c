"""A resident and the bot, through the whole door."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.handlers.telegram.rig import House
from tests.kit.telegram import BotApiServer, TelegramUser


async def test_a_lamp_is_reported_with_a_photo_a_position_and_a_button(
    house: House, camille: TelegramUser, jpeg: bytes
) -> None:
    camille.says("/lampe")
    await camille.wait_for("Envoyez une photo.")
    camille.sends_photo(jpeg)
    await camille.wait_for("Où est-ce ?")
    camille.presses("📍 Ma position")
    await camille.wait_for("Qu’a-t-elle ?")
    camille.presses("Clignote")
    await camille.wait_for("Merci : 1 photo, lampe folle")


async def test_a_chosen_option_is_shown_as_chosen_and_cannot_be_pressed_again(
    house: House, camille: TelegramUser, jpeg: bytes
) -> None:
    camille.says("/galerie")
    await camille.wait_for("Des photos ?")
    camille.sends_photo(jpeg)
    question = await camille.wait_for("Est-ce tout ?")
    camille.presses("C’est tout")
    await camille.wait_for("Galerie : 1.")
    chosen = await camille.wait_for(lambda message: message.labels == ["✓ C’est tout"])
    assert chosen.id == question.id
    assert chosen.buttons[0][0].disabled


async def test_an_older_bot_api_shows_the_choice_on_a_button_that_can_be_pressed(
    telegram: BotApiServer, house: House, camille: TelegramUser, jpeg: bytes
) -> None:
    telegram.fault(
        "editMessageReplyMarkup",
        400,
        description="Bad Request: can't parse inline keyboard button: Text buttons are unallowed",
    )
    camille.says("/galerie")
    await camille.wait_for("Des photos ?")
    camille.sends_photo(jpeg)
    await camille.wait_for("Est-ce tout ?")
    camille.presses("C’est tout")
    chosen = await camille.wait_for(lambda message: message.labels == ["✓ C’est tout"])
    assert chosen.buttons[0][0].data


async def test_every_pressed_button_is_answered_even_one_that_serves_no_more(
    telegram: BotApiServer, house: House, camille: TelegramUser, jpeg: bytes
) -> None:
    camille.presses_data(999, "t.gone.1.0")
    await camille.wait_for("Cette conversation est terminée.")
    await camille.chat.bell.until(lambda: bool(camille.toasts), 5)
    assert camille.toasts == ["Cette conversation est terminée."]
    assert all(query.answered for query in telegram.world.queries.values())


async def test_an_answer_that_comes_too_late_for_telegram_harms_nothing(
    telegram: BotApiServer, house: House, camille: TelegramUser, jpeg: bytes
) -> None:
    camille.says("/galerie")
    await camille.wait_for("Des photos ?")
    camille.sends_photo(jpeg)
    await camille.wait_for("Est-ce tout ?")
    camille.presses_old("C’est tout")
    await camille.wait_for("Galerie : 1.")
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    refused = [call.description for call in telegram.calls_of("answerCallbackQuery")]
    assert "query is too old" in refused[0]


async def test_a_button_is_answered_although_the_connection_breaks_twice(
    telegram: BotApiServer, house: House, camille: TelegramUser
) -> None:
    telegram.fault("answerCallbackQuery", drop="before", times=2)
    camille.presses_data(5, "nonsense")
    await camille.chat.bell.until(lambda: bool(camille.toasts), 5)
    assert camille.toasts == ["Ce bouton ne sert plus."]


async def test_what_a_person_types_is_never_read_as_markup(house: House, camille: TelegramUser) -> None:
    hostile = "<b>gras</b> & <a href='tg://user?id=1'>moi</a> &nbsp; \"fin\" <script>"
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    camille.says(hostile)
    said = await camille.wait_for("Vous avez dit")
    assert said.text == f"Vous avez dit : {hostile}"
    assert not [entity for entity in said.entities if entity["type"] in ("bold", "text_link", "text_mention")]


async def test_a_deep_link_reaches_its_flow(house: House, camille: TelegramUser) -> None:
    camille.starts("r_VAL-12")
    await camille.wait_for("Le lien dit VAL-12.")


async def test_a_flow_that_breaks_costs_one_update_and_the_bot_goes_on(
    house: House, camille: TelegramUser, samir: TelegramUser
) -> None:
    camille.says("/panne")
    samir.says("/mots")
    await samir.wait_for("Quels mots ?")
    await camille.wait_for("Quelque chose s’est mal passé")
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    assert await house.set_aside() == 1


async def test_who_blocks_the_bot_gets_nothing_and_who_comes_back_is_answered(
    telegram: BotApiServer, house: House, camille: TelegramUser
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    camille.blocks()
    assert await telegram.all_delivered()
    sent = len(telegram.calls_of("sendMessage"))
    camille.unblocks()
    assert await telegram.all_delivered()
    assert len(telegram.calls_of("sendMessage")) == sent
    camille.says("bonjour")
    await camille.wait_for("Vous avez dit : bonjour")


async def test_a_corrected_message_corrects_the_answer(house: House, camille: TelegramUser) -> None:
    camille.says("/trois")
    await camille.wait_for("Le mot un ?")
    camille.says("aa")
    typed = camille.last_sent
    await camille.wait_for("Le mot deux ?")
    camille.edits(typed, "abc")
    camille.says("def")
    await camille.wait_for("Le mot trois ?")
    camille.says("ghi")
    await camille.wait_for("Dans l’ordre : abc def ghi.")


@pytest.mark.parametrize("send", ["voice", "sticker", "video", "video_note", "contact", "document"])
async def test_what_cannot_be_read_is_told_and_the_question_is_asked_again(
    house: House, camille: TelegramUser, send: str
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    acts: dict[str, Callable[[], int]] = {
        "voice": camille.sends_voice,
        "sticker": camille.sends_sticker,
        "video": camille.sends_video,
        "video_note": camille.sends_video_note,
        "contact": camille.shares_contact,
        "document": lambda: camille.sends_file(b"%PDF", "lettre.pdf", "application/pdf"),
    }
    acts[send]()
    told = "Pas besoin de contact" if send == "contact" else "Je ne sais pas lire ce message."
    await camille.wait_for(lambda message: told in message.text and "Quels mots ?" in message.text)
