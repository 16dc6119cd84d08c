"""Questions about when."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flows.engine.moments import is_at_the_change
from flows.engine.prompts.prompt import Prompt, Unfit
from flows.engine.state import Shown


class Moment(Prompt[datetime], frozen=True):
    """A day and an hour in the town's time, given back as an instant with its zone. `sends`: something leaves then, so
    that the hour of the night in which clocks change is refused."""

    words: str
    zone: ZoneInfo
    after: datetime | None = None
    label: str = ""
    example: str = ""
    before: datetime | None = None
    sends: bool = False

    def shown(self) -> Shown:
        return Shown(
            kind="moment",
            words=self.words,
            label=self.label,
            least=self.after.timestamp() if self.after else None,
            most=self.before.timestamp() if self.before else None,
            example=self.example,
            sends=self.sends,
        )

    def accept(self, raw: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(raw)
        except (TypeError, ValueError) as wrong:
            raise Unfit from wrong
        if moment.tzinfo is None or (self.after and moment <= self.after) or (self.before and moment >= self.before):
            raise Unfit
        local = moment.astimezone(self.zone)
        if self.sends and is_at_the_change(local.time()):
            raise Unfit
        return local


class Hour(Prompt[time], frozen=True):
    """An hour of the day, at which something will be sent again and again."""

    words: str
    label: str = ""

    def shown(self) -> Shown:
        return Shown(kind="hour", words=self.words, label=self.label, example="18:30", sends=True)

    def accept(self, raw: Any) -> time:
        try:
            hour = time.fromisoformat(raw)
        except (TypeError, ValueError) as wrong:
            raise Unfit from wrong
        if is_at_the_change(hour):
            raise Unfit
        return hour
