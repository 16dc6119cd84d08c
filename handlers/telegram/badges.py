"""The commands of staff, shown in their own chats only."""

from functools import partial

from aiogram.enums import BotCommandScopeType
from aiogram.methods import DeleteMyCommands, SetMyCommands
from aiogram.types import BotCommandScopeChat

from flows.engine.incoming import Incoming
from flows.engine.scene import Stage
from flows.engine.wording import guess, speaking
from handlers.telegram.errands import Errands
from handlers.telegram.profile import commands_of
from handlers.telegram.session import LeanBot


class Badges:
    """Whoever joins the team finds its commands in their menu; whoever left loses them at the first one they use.

    What Telegram refuses harms nothing: the menu only proposes, the flows decide.
    """

    def __init__(self, bot: LeanBot, stage: Stage, errands: Errands) -> None:
        self._bot = bot
        self._stage = stage
        self._errands = errands

    def heard(self, incoming: Incoming, *, staff: bool) -> None:
        self._errands.add(partial(self._pin if staff else self._take, incoming))

    async def _pin(self, incoming: Incoming) -> None:
        with speaking(guess(incoming.language, self._stage.city.languages)):
            commands = [*commands_of(self._stage, staff=True), *commands_of(self._stage)]
        await self._bot(SetMyCommands(commands=commands, scope=_chat(incoming)))

    async def _take(self, incoming: Incoming) -> None:
        await self._bot(DeleteMyCommands(scope=_chat(incoming)))


def _chat(incoming: Incoming) -> BotCommandScopeChat:
    """The type is said in so many words: our session leaves out what was not set, defaults included."""
    return BotCommandScopeChat(type=BotCommandScopeType.CHAT, chat_id=int(incoming.sender))
