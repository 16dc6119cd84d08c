"""Making pages: templates in the reader's language, with what every page shows around its own words."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.city.model import City
from flows.engine.scene import Stage
from flows.engine.wording import Language, _, current, languages, plural, speaking
from flows.signs.web import PUBLIC_PAGES
from handlers.web.assets import Assets

TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """Renders our templates. One for the whole site; page rooms are given it by `make_site`.

    In a template: `_`, `plural`, `city`, `stage`, `asset(name)`, `say(words)` for the town's own texts,
    `instant(moment)`, `languages`, `public_pages`, `page` (its language) and `request`.
    """

    def __init__(self, stage: Stage, assets: Assets) -> None:
        self.stage = stage
        self.city: City = stage.city
        self.public: list[str] = []  # paths of the public pages this site has
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            _=_,
            plural=plural,
            city=stage.city,
            stage=stage,
            asset=assets.address,
            say=lambda words: stage.city.say(words, current().code),
            instant=self.instant,
        )

    @property
    def languages(self) -> list[Language]:
        """What a page can be read in: the town's languages that have a catalogue."""
        known = languages()
        return [known[code] for code in self.city.languages if code in known] or [current()]

    def language(self, request: Request) -> str:
        """The language asked for by `?langue=`, else the first one of the browser's that we have."""
        offered = [language.code for language in self.languages]
        asked = request.query_params.get("langue", "")
        return next((code for code in (asked, *preferred(request)) if code in offered), offered[0])

    def instant(self, moment: datetime) -> str:
        """Day and hour in the town's time, short."""
        return format_datetime(moment.astimezone(self.city.zone), "d MMM, HH:mm", locale=current().locale)

    def render(
        self, request: Request, template: str, language: str = "", *, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A whole page. Without `language` it is the one the request asks for."""
        with speaking(language or self.language(request)) as spoken:
            shown = self._templates.get_template(template).render(
                request=request,
                page=spoken,
                languages=self.languages,
                public_pages=[(path, _(PUBLIC_PAGES[path])) for path in PUBLIC_PAGES if path in self.public],
                **values,
            )
        headers = {"Vary": "Accept-Language, Cookie", "Content-Language": spoken.code}
        return HTMLResponse(shown, status_code=status, headers=headers)

    def part(self, template: str, macro: str, language: str, *arguments: Any, **values: Any) -> str:
        """What one macro of a template gives: a part of a page, for a script that puts it in place."""
        with speaking(language):
            module = self._templates.get_template(template).module
            return str(getattr(module, macro)(*arguments, **values))


def preferred(request: Request) -> Sequence[str]:
    """The codes of Accept-Language, most wanted first, each followed by its language without the country."""
    wanted: list[tuple[float, int, str]] = []
    for at, part in enumerate(request.headers.get("accept-language", "")[:500].split(",")):
        code, _semicolon, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), at, code))
        except ValueError:
            continue
    ordered = [code for _weight, _at, code in sorted(wanted)]
    return [one for code in ordered for one in (code, code.partition("-")[0].lower())]
