"""What is asked about a role, whether it is given or changed."""

from bot.people.model import LONGEST_NAME
from flows.engine.prompts import Choices, One, Text
from flows.engine.talk import Talk
from flows.engine.wording import _


def which_quartiers(talk: Talk, question: str) -> tuple[int, ...]:
    offered = [One(str(one.number), one.name, one.number, one.aliases) for one in talk.city.quartiers]
    return talk.ask("quartiers", Choices(question, offered, label=_("Quartiers")))


def which_service(talk: Talk, question: str) -> str:
    return talk.ask("unit", Text(question, most=LONGEST_NAME, label=_("Service"), example=_("Voirie")))


def number_in(typed: str) -> int:
    """What a button carries; 0, which is no row’s, for anything else."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0
