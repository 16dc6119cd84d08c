"""What every door offers to the postman."""

from collections.abc import Awaitable
from typing import Protocol

from bot.delivery.look import Look
from bot.delivery.model import Letter, Message
from bot.delivery.pace import Gate


class Channel(Protocol):
    """What a door offers to the postman."""

    name: str
    concurrency: int  # letters under way at once, those of each of: replies, the rest, broadcasts (see `pace`)
    keeps_words: bool  # whether it shows messages from the outbox, so that the words must stay with each letter

    @property
    def pace(self) -> Gate | None:
        """Where its letters wait for their turn; without one, `concurrency` is all that holds broadcasts back."""
        ...

    def deliver(self, letter: Letter) -> Awaitable[str]:
        """Carry the letter and give the channel's own id of the message; raises one of the refusals of `model`."""
        ...

    def take_away(self, letter: Letter) -> Awaitable[str]:
        """Take the message `letter.replaces` away; where that cannot be, show the letter's message in its place.
        Gives the id of what is shown then, or nothing. Raises as `deliver`."""
        ...

    def messages_of(self, message: Message) -> int:
        """How many messages a letter with `message` counts for at the pace of broadcasts, all its photos being kept; 0
        where nothing holds broadcasts back, and for what would not be carried."""
        ...

    def look(self, message: Message, photos: str) -> Awaitable[Look]:
        """How `message` will look there as news, laid out by the very code that carries it. `photos`: the address
        under which a page finds the photos. Raises Impossible for what would not be carried."""
        ...
