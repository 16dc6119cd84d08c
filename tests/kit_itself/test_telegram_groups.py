"""Group chats: what the bot hears there, how it comes and goes."""

from __future__ import annotations

from tests.kit.bare import Bare
from tests.kit.telegram import BotApiServer, Json, TelegramUser


async def messages(call: Bare, kind: str = "message") -> list[Json]:
    return [update[kind] for update in await call.result("getUpdates") if kind in update]


async def test_a_group_shows_an_ordinary_bot_only_what_is_for_it(
    telegram: BotApiServer, call: Bare, camille: TelegramUser
) -> None:
    group = telegram.group("Quartier", [camille])
    sent = await call.result("sendMessage", chat_id=group.id, text="Bonjour à tous")
    assert camille.says_in(group, "Salut les voisins") == 0
    assert camille.says_in(group, "/agenda@autre_bot") == 0
    heard = [
        camille.says_in(group, "/agenda"),
        camille.says_in(group, "/agenda@parvis_test_bot"),
        camille.says_in(group, "Merci", reply_to=sent["message_id"]),
    ]
    assert [update["update_id"] for update in await call.result("getUpdates")] == heard
    assert [message.text for message in group.messages][:2] == ["Bonjour à tous", "Salut les voisins"]


async def test_an_administrator_hears_everything(telegram: BotApiServer, call: Bare, camille: TelegramUser) -> None:
    group = telegram.group("Quartier", [camille], bot_is_administrator=True)
    assert camille.says_in(group, "Salut les voisins") > 0
    [heard] = await messages(call)
    assert (heard["text"], heard["chat"]["id"], heard["from"]["id"]) == ("Salut les voisins", group.id, camille.id)


async def test_a_bot_is_told_when_it_is_added_to_a_group(
    telegram: BotApiServer, call: Bare, camille: TelegramUser
) -> None:
    group = telegram.group("Quartier", [camille])
    telegram.invite(group, camille)
    [change] = await messages(call, "my_chat_member")
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == ("left", "member")


async def test_a_migrated_group_names_its_new_id(telegram: BotApiServer, call: Bare, camille: TelegramUser) -> None:
    group = telegram.group("Quartier", [camille], supergroup=False)
    moved = telegram.migrate(group)
    body = await call("sendMessage", chat_id=group.id, text="x")
    assert body["error_code"] == 400
    assert body["parameters"] == {"migrate_to_chat_id": moved.id}
    await call.result("sendMessage", chat_id=moved.id, text="Nous y sommes")
    assert moved.screen == "Nous y sommes"


async def test_a_bot_that_left_or_was_thrown_out_can_not_write(
    telegram: BotApiServer, call: Bare, camille: TelegramUser
) -> None:
    left, thrown = telegram.group("A", [camille]), telegram.group("B", [camille])
    await call.result("leaveChat", chat_id=left.id)
    telegram.kick(thrown, camille)
    assert await call.refusal("sendMessage", chat_id=left.id, text="x") == (
        "Forbidden: bot is not a member of the supergroup chat"
    )
    assert await call.refusal("sendMessage", chat_id=thrown.id, text="x") == (
        "Forbidden: bot was kicked from the supergroup chat"
    )
