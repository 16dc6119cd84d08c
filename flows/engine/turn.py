"""One thing a person did, and what the bot makes of it. Nothing here touches the network or commits."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from bot.city.model import City
from bot.delivery.model import Button, Message
from bot.people.model import Person
from bot.storage.work import Work
from flows.engine import showing
from flows.engine.flow import Flow, Flows, Seed
from flows.engine.incoming import Heard, Incoming
from flows.engine.reading import Answer, Miss, More, Reader, why_refused
from flows.engine.state import Conversation, Option, Seeds, TalkState
from flows.engine.talk import REVIEW, Suspend, Talk
from flows.engine.wording import _, current, fold, in_every_language, plural
from flows.engine.words import find_flow

MOST_PARKED = 3
"""Talks that may wait behind the open one; the oldest beyond that is dropped."""


@dataclass(frozen=True)
class Stage:
    """What every turn has at hand: what can be talked about, the town, the addresses of our pages."""

    flows: Flows
    city: City
    page: Callable[[str], str]
    bot_links: dict[str, str] = field(default_factory=dict)


class Turn:
    """Takes one `Incoming` into a conversation: changes the conversation and says what is to be sent."""

    def __init__(self, stage: Stage, work: Work, person: Person, conversation: Conversation, incoming: Incoming) -> None:
        self.stage = stage
        self.work = work
        self.person = person
        self.conversation = conversation
        self.incoming = incoming
        self.out: list[Message] = []
        self.heard = Heard()
        self.pushed = False  # the bot speaks first: quiet hours and the wish not to be written to hold
        self._reader = Reader(stage.city, work.now)

    def take(self) -> None:
        match self.incoming.kind:
            case "text":
                self._text()
            case "tap":
                self._tap(self.incoming.payload)
            case "pictures" | "place":
                self._thing()
            case "contact":
                self._cannot_use(_("Gardez ce contact : Parvis n’a besoin d’aucun nom ni numéro de téléphone."))
            case "other":
                self._cannot_use(_("Je ne sais pas lire ce message. J’ai besoin de texte, d’une photo ou d’un lieu."))
            case "edited":
                self._edited()
            case "nudge":
                self._nudge()
            case "expired":
                self._expire()
            case "left" | "came":
                pass
        self.out = [_dressed(message) for message in self.out]
        self._remember_offers()

    def _remember_offers(self) -> None:
        """The buttons last shown, so that their number can be typed instead; a question has its own numbers."""
        if self.conversation.open:
            self.conversation.offered = []
        elif self.out:
            buttons = [button for row in self.out[-1].buttons for button in row if button.data]
            self.conversation.offered = [Option(button.data, button.label) for button in buttons]

    # What was typed

    def _text(self) -> None:
        text = self.incoming.text.strip()
        if text.startswith("/") and len(text) > 1:
            name, _space, rest = text[1:].partition(" ")
            self._command(fold(name.partition("@")[0]), rest.strip())
        elif self.conversation.open:
            self._answer()
        elif fold(text).isdecimal() and 0 < int(fold(text)) <= len(self.conversation.offered):
            self._tap(self.conversation.offered[int(fold(text)) - 1].key)
        elif not self._control(text):
            self._find(text)

    def _command(self, name: str, rest: str) -> None:
        if name == "start" and rest and (found := self.stage.flows.linked(rest)):
            self._open(found[0], found[1])
        elif found_flow := self.stage.flows.by_word.get(name):
            self._open(found_flow, rest)
        elif not self._control(name):
            self._cannot_use(_("Je ne connais pas la commande /{name}.").format(name=name[:32]))

    def _control(self, typed: str) -> bool:
        """Words that steer the conversation, in any language. Gives whether `typed` was one of them."""
        words = fold(typed)
        for code, names in showing.CONTROL_WORDS.items():
            if any(words in in_every_language(name) for name in names) or words == _ENGLISH[code]:
                self._steer(code)
                return True
        return False

    def _find(self, text: str) -> None:
        """Words that answer no question: they may name a flow, or start one that takes words."""
        if found := find_flow(self.stage.flows, text):
            self._open(found)
            return
        takers = self.stage.flows.taking("text")
        if takers and len(text.split()) >= 3:
            self.conversation.seeds = Seeds(text=text[:1000])
            self._offer(_("Que voulez-vous faire de ces mots ?"), takers)
            return
        self._menu(_("Je n’ai pas compris. Voici ce que je sais faire."))

    # What was pressed

    def _tap(self, payload: str) -> None:
        kind, _dot, rest = payload.partition(".")
        if kind == "t":
            self._pressed_in_talk(payload, rest)
        elif kind == "f" and (flow := self.stage.flows.named(rest)):
            self._open(flow)
        elif kind == "l" and (found := self.stage.flows.linked(rest)):
            self._open(found[0], found[1])
        elif kind == "s":
            self._use_seeds(self.stage.flows.named(rest))
        elif kind in ("c", "n"):
            self._continue(rest, again=kind == "n")
        else:
            self._old(_("Ce bouton ne sert plus."))

    def _pressed_in_talk(self, payload: str, rest: str) -> None:
        nonce, _dot, rest = rest.partition(".")
        step, _dot, code = rest.partition(".")
        talk = next((talk for talk in self.conversation.talks if talk.nonce == nonce), None)
        if talk is None:
            self._old(_("Cette conversation est terminée."))
        elif payload == talk.tapped:
            self.heard = Heard(toast=_("C’est déjà noté."))
        elif step != str(talk.step) or not code:
            self._to_top(talk)
            self._old(_("Vous avez déjà répondu à cette question. Pour changer : Retour."))
        else:
            self._to_top(talk)
            if code in showing.CONTROL_WORDS:
                self._steer(code)
            else:
                self._answer(code)

    def _old(self, words: str) -> None:
        self.heard = Heard(toast=words)
        self._again(words)

    def _steer(self, code: str) -> None:
        talk = self.conversation.open
        if code == showing.HELP:
            self._help()
        elif talk is None:
            self._menu(_("Aucune question n’est ouverte. Voici ce que je sais faire."))
        elif code == showing.CANCEL:
            self.conversation.talks.pop()
            self._say(_("C’est annulé : rien n’est envoyé."))
            self._resume()
        elif code == showing.BACK:
            self._back(talk)
        elif talk.shown and talk.shown.optional:
            self._keep(talk, None)
        else:
            self._miss(talk, _("Cette question ne peut pas être passée."))

    def _help(self) -> None:
        talk = self.conversation.open
        if talk and (flow := self.stage.flows.by_word.get("aide")):
            self._say(_("Répondez à la question, ou tapez : retour, passer, annuler."))
        elif flow := self.stage.flows.by_word.get("aide"):
            self._open(flow)
            return
        self._again()

    # The open talk

    def _answer(self, code: str = "") -> None:
        talk = self.conversation.open
        if talk is None or talk.shown is None:
            return self._menu()
        if not code and self.incoming.kind == "text" and self._control(self.incoming.text):
            return None
        reading = self._reader.read(talk, self.incoming, code)
        if isinstance(reading, Miss):
            return self._miss(talk, reading.hint)
        if isinstance(reading, More):
            return self._ask(talk, reading.words)
        if talk.shown.kind in ("review", "change"):
            return self._reviewed(talk, reading)
        self.heard = Heard(toast="", chosen=reading.chosen)
        return self._keep(talk, reading.raw)

    def _reviewed(self, talk: TalkState, reading: Answer) -> None:
        assert talk.shown is not None
        self.heard = Heard(chosen=reading.chosen)
        if talk.shown.kind == "change":
            self._drop(talk, reading.raw)
            self._run(talk)
        elif reading.raw == "change":
            talk.shown = showing.change_menu(talk.shown)
            talk.step += 1
            self._ask(talk)
        elif reading.raw == "drop":
            self._steer(showing.CANCEL)
        else:
            self._keep(talk, reading.raw)

    def _keep(self, talk: TalkState, raw: object) -> None:
        """Keep the answer to the open question and let the flow go on."""
        name = talk.waiting
        talk.answers[name] = raw
        talk.order.append(name)
        talk.tapped = self.incoming.payload
        talk.sources = {name: self.incoming.origin} if self.incoming.origin else {}
        if self.incoming.album and self.incoming.kind == "pictures":
            talk.albums[self.incoming.album] = name
        self._caption(talk)
        self._run(talk)

    def _caption(self, talk: TalkState) -> None:
        """The words sent with a photo are the answer to the question about words, if the flow has one."""
        flow = self.stage.flows.named(talk.flow)
        name = (flow.takes or {}).get("text") if flow else None
        if self.incoming.kind == "pictures" and self.incoming.text.strip() and name and name not in talk.answers:
            talk.answers[name] = self.incoming.text.strip()[:1000]
            talk.order.append(name)

    def _run(self, talk: TalkState) -> Talk | None:
        """Run the flow with the answers so far, up to its next question or its end."""
        flow = self.stage.flows.named(talk.flow)
        if flow is None:
            self._finish(talk)
            self._menu(_("Cette conversation n’existe plus. Voici ce que je sais faire."))
            return None
        talk.misses, talk.partial, talk.places = 0, [], []
        run = Talk(
            talk,
            self.work,
            self.stage.city,
            self.person,
            self.stage.page,
            self.stage.bot_links.get(self.person.channel, ""),
        )
        try:
            flow(run)
        except Suspend as wait:
            talk.waiting, talk.step = wait.name, talk.step + 1
            talk.path = list(run.told)
            talk.shown = msgspec.structs.replace(wait.shown, back=len(talk.path) > talk.floor)
            self.out.extend(run.said)
            stale = run.stale not in ("", REVIEW)
            self._ask(talk, _("Ce choix n’est plus possible. Choisissez de nouveau.") if stale else "")
        else:
            self.person = run.me
            self.out.extend(run.said)
            self._finish(talk)
            if run.menu and self.out and not self.conversation.open:
                self.out[-1] = msgspec.structs.replace(self.out[-1], buttons=self._menu_rows(), asks="choice")
            self._resume()
        return run

    def _finish(self, talk: TalkState) -> None:
        self.conversation.talks = [other for other in self.conversation.talks if other is not talk]

    def _back(self, talk: TalkState) -> None:
        if talk.shown and talk.shown.kind == "change":
            self._run(talk)
        elif len(talk.path) > talk.floor:
            self._drop(talk, talk.path[-1])
            self._run(talk)
        else:
            self._miss(talk, _("C’est la première question. Pour tout arrêter : Annuler."))

    def _drop(self, talk: TalkState, name: str) -> None:
        if name in talk.answers:
            talk.order.remove(name)
            del talk.answers[name]

    def _miss(self, talk: TalkState, hint: str) -> None:
        """Nobody is left without a way on: a hint, then an example, then the ways out."""
        talk.misses += 1
        example = talk.shown.example if talk.shown else ""
        if talk.misses >= 2 and example:
            hint += "\n" + _("Par exemple : {example}").format(example=example)
        if talk.misses >= 3:
            ways = _("Vous pouvez aussi taper : retour, annuler.")
            if talk.shown and talk.shown.optional:
                ways = _("Vous pouvez aussi taper : passer, retour, annuler.")
            contacts = self.stage.city.contacts
            hint += "\n" + ways + "\n" + _("Ou parler à quelqu’un : {name}, {phone}.").format(
                name=contacts.town_hall, phone=contacts.phone
            )
        self._ask(talk, hint)

    def _ask(self, talk: TalkState, lead: str = "") -> None:
        self.out.append(showing.show(talk, lead))

    # Opening, parking, coming back

    def _open(self, flow: Flow, argument: str = "", seeds: Seeds | None = None) -> None:
        started = next((talk for talk in self.conversation.talks if talk.flow == flow.name and talk.order), None)
        if started and not argument and seeds is None:
            return self._ask_continue(started, flow)
        self.conversation.talks = [talk for talk in self.conversation.talks if talk.flow != flow.name or talk.order]
        parked = self.conversation.talks
        talk = TalkState(flow=flow.name, nonce=secrets.token_urlsafe(4), args={"link": argument} if argument else {})
        if seeds:
            _sow(talk, flow, seeds)
        self.conversation.talks = [*parked, talk][-MOST_PARKED - 1 :]
        self._run(talk)
        return None

    def _ask_continue(self, started: TalkState, flow: Flow) -> None:
        name = _(flow.menu) or flow.name
        options = [Option(f"c.{started.nonce}", _("Continuer")), Option(f"n.{started.nonce}", _("Recommencer"))]
        self._offer_options(_("Vous avez déjà commencé : {name}. On continue ?").format(name=name), options)

    def _continue(self, nonce: str, *, again: bool) -> None:
        talk = next((talk for talk in self.conversation.talks if talk.nonce == nonce), None)
        flow = self.stage.flows.named(talk.flow) if talk else None
        if talk is None or flow is None:
            self._old(_("Cette conversation est terminée."))
        elif again:
            self._finish(talk)
            self._open(flow)
        else:
            self._to_top(talk)
            self._again()

    def _to_top(self, talk: TalkState) -> None:
        self._finish(talk)
        self.conversation.talks.append(talk)

    def _resume(self) -> None:
        """After a talk has ended, the one that waited behind it shows its question again."""
        if talk := self.conversation.open:
            self._ask(talk, _("Reprenons où nous en étions."))

    def _again(self, lead: str = "") -> None:
        if talk := self.conversation.open:
            self._ask(talk, lead)
        else:
            self._menu(lead)

    def _cannot_use(self, words: str) -> None:
        if talk := self.conversation.open:
            self._miss(talk, words)
        else:
            self._menu(words)

    def _menu(self, lead: str = "") -> None:
        self._say(lead or _("Que puis-je faire pour vous ?"), Message(buttons=self._menu_rows(), asks="choice"))

    def _menu_rows(self) -> tuple[tuple[Button, ...], ...]:
        return tuple((Button(f"{one.icon} {_(one.menu)}".strip(), f"f.{one.name}"),) for one in self.stage.flows.menu)

    def _offer_options(self, words: str, options: list[Option]) -> None:
        rows = tuple((Button(option.label, option.key),) for option in options)
        self._say(words, Message(buttons=rows, asks="choice"))

    def _say(self, words: str, message: Message | None = None) -> None:
        self.out.append(msgspec.structs.replace(message or Message(), text=words))

    # Things sent out of the blue

    def _thing(self) -> None:
        """Photos and places: an answer, one more of an album, an answer in advance, or the start of something."""
        if self.incoming.refused and not self.incoming.pictures:
            self._cannot_use(why_refused(self.incoming.refused))
        elif self._more_of_album():
            pass
        elif not (talk := self.conversation.open):
            self._plant()
        elif talk.shown and talk.shown.kind == self.incoming.kind:
            self._answer()
        else:
            self._in_advance(talk)

    def _more_of_album(self) -> bool:
        album = self.incoming.album
        if not album or self.incoming.kind != "pictures":
            return False
        if self.conversation.seeds and self.conversation.seeds.album == album:
            self.conversation.seeds.pictures.extend(self.incoming.pictures)
            return True
        talk = next((talk for talk in self.conversation.talks if album in talk.albums), None)
        if talk is None:
            return False
        if name := talk.albums[album]:
            self._add_pictures(talk, name, quietly=True)
        return True

    def _add_pictures(self, talk: TalkState, name: str, *, quietly: bool) -> None:
        """More photos for an answer already given; with an album the question on screen stays as it is."""
        kept = talk.answers.get(name) or []
        before = talk.shown
        talk.answers[name] = [*kept, *self.incoming.pictures]
        if name not in talk.order:
            talk.order.append(name)
        step = talk.step
        said = len(self.out)
        run = self._run(talk)
        most = int(run.told[name].most or 1) if run and name in run.told else len(talk.answers[name])
        over = len(talk.answers[name]) > most
        talk.answers[name] = talk.answers[name][:most]
        if over and self.incoming.album:
            talk.albums[self.incoming.album] = ""  # said once, then the rest of the album passes unheard
        words = (
            plural("Je garde {most} photo au plus.", "Je garde {most} photos au plus.", most).format(most=most)
            if over
            else plural("{count} photo en tout.", "{count} photos en tout.", len(talk.answers[name])).format(
                count=len(talk.answers[name])
            )
        )
        if quietly and not over and before and talk.shown and talk.shown.kind == before.kind != "review":
            del self.out[said:]
            talk.step = step
        elif talk.shown is not None and self.out[said:]:
            del self.out[said:]
            self._ask(talk, words)

    def _in_advance(self, talk: TalkState) -> None:
        flow = self.stage.flows.named(talk.flow)
        kind: Seed = "pictures" if self.incoming.kind == "pictures" else "place"
        name = (flow.takes or {}).get(kind) if flow else None
        if name is None or (name in talk.answers and talk.answers[name] is not None and kind == "place"):
            self._answer()
        elif kind == "pictures":
            if self.incoming.album:
                talk.albums[self.incoming.album] = name
            self._add_pictures(talk, name, quietly=False)
        else:
            talk.answers[name] = msgspec.to_builtins(self.incoming.place)
            if name not in talk.order:
                talk.order.append(name)
            self._run(talk)

    def _plant(self) -> None:
        """Nothing is open: keep what was sent and offer what can be done with it."""
        seeds = self.conversation.seeds or Seeds()
        if self.incoming.kind == "pictures":
            seeds.pictures.extend(self.incoming.pictures)
            seeds.album = self.incoming.album
            seeds.text = seeds.text or self.incoming.text[:1000]
        else:
            seeds.place = self.incoming.place
        takers = self.stage.flows.taking("pictures" if seeds.pictures else "place")
        self.conversation.seeds = seeds
        self._offer(_("Bien reçu. Que voulez-vous en faire ?"), takers)

    def _offer(self, words: str, takers: list[Flow]) -> None:
        options = [Option(f"s.{flow.name}", f"{flow.icon} {_(flow.offer or flow.menu)}".strip()) for flow in takers]
        self._offer_options(words, [*options, Option("s.", _("Rien, merci"))])

    def _use_seeds(self, flow: Flow | None) -> None:
        seeds, self.conversation.seeds = self.conversation.seeds, None
        if flow is None:
            self._menu(_("Très bien, je n’en garde rien."))
        elif seeds is None:
            self._open(flow)
        else:
            self._open(flow, seeds=seeds)

    # Second thoughts and the clock

    def _edited(self) -> None:
        """Words changed after they were sent: they replace the newest answer if they were it."""
        talk = self.conversation.open
        if talk is None or not self.incoming.origin:
            return
        newest = talk.order[-1] if talk.order else ""
        if newest in talk.path[talk.floor :] and talk.sources.get(newest) == self.incoming.origin:
            self._drop(talk, newest)
            said = len(self.out)
            self._run(talk)
            del self.out[said:]
            self._answer()
        else:
            self._ask(talk, _("Je n’ai pas changé vos réponses. Pour en changer une : Retour."))

    @property
    def _untouched(self) -> bool:
        """Whether nothing has happened since the clock decided to call."""
        return self.incoming.payload == str(self.conversation.version)

    def _expire(self) -> None:
        if self._untouched:
            self.conversation.talks = []
            self.conversation.seeds = None
            self.conversation.offered = []

    def _nudge(self) -> None:
        talk = self.conversation.open
        if talk is None or talk.nudged or not self._untouched:
            return
        for one in self.conversation.talks:
            one.nudged = True
        flow = self.stage.flows.named(talk.flow)
        name = _(flow.menu) if flow else ""
        self.pushed = True
        self._ask(
            talk,
            _("Vous avez commencé hier : {name}. Vos réponses sont gardées encore deux jours.").format(name=name),
        )


_ENGLISH = {showing.SKIP: "skip", showing.BACK: "back", showing.CANCEL: "cancel", showing.HELP: "help"}


def _sow(talk: TalkState, flow: Flow, seeds: Seeds) -> None:
    takes = flow.takes or {}
    sown: list[tuple[str | None, object]] = [
        (takes.get("pictures"), list(seeds.pictures) or None),
        (takes.get("place"), msgspec.to_builtins(seeds.place) if seeds.place else None),
        (takes.get("text"), seeds.text or None),
    ]
    for name, raw in sown:
        if name and raw is not None:
            talk.answers[name] = raw
            talk.order.append(name)
    if seeds.album and (name := takes.get("pictures")):
        talk.albums[seeds.album] = name


def _dressed(message: Message) -> Message:
    """A message that says in which language it is, and from which side it is read."""
    return msgspec.structs.replace(message, direction=current().direction, language=current().code)


def apologise(turn: Turn) -> None:
    """A flow failed. Nothing it did is kept, the answers before it are; the person is told and has a way on."""
    turn.out.clear()
    turn.heard = Heard(toast=_("Quelque chose s’est mal passé de notre côté."))
    turn._menu(
        _("Quelque chose s’est mal passé de notre côté. L’équipe est prévenue.")
        + "\n"
        + _("Vos réponses d’avant sont gardées. Réessayez plus tard, ou choisissez autre chose.")
    )
