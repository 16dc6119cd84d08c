"""The kinds of question a flow can ask. Each says how it is shown and what an answer is worth today."""

from flows.engine.prompts.chosen import NO, YES, Choice, Choices, One, Yes
from flows.engine.prompts.prompt import OrNone, Prompt, Unfit
from flows.engine.prompts.sent import Photos, Where
from flows.engine.prompts.timed import Hour, Moment
from flows.engine.prompts.written import Link, Number, Text

__all__ = [
    "NO",
    "YES",
    "Choice",
    "Choices",
    "Hour",
    "Link",
    "Moment",
    "Number",
    "One",
    "OrNone",
    "Photos",
    "Prompt",
    "Text",
    "Unfit",
    "Where",
    "Yes",
]
