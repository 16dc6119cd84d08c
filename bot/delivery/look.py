"""How a message will look on a channel, before anybody gets it: what a preview shows."""

import msgspec


class Bubble(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of those that a letter makes on a channel. `html` may stand in a page as it is: the channel has
    escaped what people typed. Where the channel draws photos and buttons itself, they are in it already."""

    html: str = ""
    pictures: tuple[str, ...] = ()  # keys of bot.pictures, shown before the words
    rows: tuple[tuple[str, ...], ...] = ()  # the labels of the buttons


class Look(msgspec.Struct, frozen=True):
    """Every bubble of a message, in order. `draws_itself`: the bubbles are whole, pictures and buttons included."""

    bubbles: tuple[Bubble, ...]
    draws_itself: bool = False
