"""One thing a person did, and what the bot makes of it. Nothing here touches the network or commits."""

from datetime import timedelta

from flows.engine import alarm, showing
from flows.engine.course import Course, not_for_them
from flows.engine.incoming import UNSEEN, Heard
from flows.engine.kept import ENOUGH_WORDS
from flows.engine.reading import position
from flows.engine.scene import Scene
from flows.engine.showing import INERT
from flows.engine.state import Held
from flows.engine.things import Things
from flows.engine.wording import _, fold, plural
from flows.engine.words import find_flow, name_of

A_SENTENCE = 6
"""From so many words on, a greeting at the beginning is politeness: « Bonjour, il y a un trou sur la place »."""


ALWAYS = "stop"
"""Alone, it is no answer to any question: in every messenger it is how one asks to be left in peace."""


class Turn:
    """Takes one `Incoming` into a conversation: changes it, and says what is to be sent."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.course = Course(scene)
        self.things = Things(scene, self.course)
        self._held: Held | None = None

    def take(self) -> None:
        self._note_held()
        if danger := alarm.danger_in(self.scene):  # before anything else is made of what they say
            alarm.ring(self.scene, danger)
        elif not self._turned_away():
            self._take()
        self.scene.close()

    def _note_held(self) -> None:
        """What was held because of its words is given up, unless this very turn takes it back."""
        conversation = self.scene.conversation
        self._held = conversation.held
        if self._held and alarm.is_over(self.scene.incoming, self._held):
            conversation.held = None

    def _after_alarm(self, no_danger: bool) -> None:
        """They go on where they were, or say that it was no danger: then what they sent is taken as usual."""
        if not no_danger:
            self.scene.again()
        elif self._held is None:
            self.scene.old(_("Ce bouton ne sert plus."))
        else:
            self.scene.incoming = alarm.let_go(self.scene, self._held)
            self._take()

    def _turned_away(self) -> bool:
        """Somebody whose role was taken away in the middle of a talk is told, whatever they did; a command of theirs is
        heard all the same."""
        incoming = self.scene.incoming
        begun = self.course.leave_staff_talks()
        if not begun or incoming.kind in UNSEEN:
            return False
        for name in begun:
            self.course.refuse(name)
        if incoming.kind == "text" and incoming.text.startswith("/"):
            self.scene.say(_("Vous n’avez plus ce rôle dans l’équipe."))
            return False
        self.scene.menu(not_for_them())
        return True

    def _take(self) -> None:
        match self.scene.incoming.kind:
            case "text":
                self._text()
            case "tap":
                self._tap(self.scene.incoming.payload)
            case "pictures" | "place":
                self.things.take()
            case "contact":
                self._cannot_use(_("Pas besoin de contact : Parvis ne demande ni nom ni numéro."))
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

    def apologise(self) -> None:
        """A flow failed. Nothing it did is kept, the answers before it are; the person is told and has a way on."""
        if self.scene.incoming.kind in UNSEEN:  # they did nothing: they would not know what we are sorry for
            for talk in self.scene.conversation.talks:
                talk.nudged = True
            return
        sorry = _("Quelque chose s’est mal passé de notre côté. L’équipe est prévenue.")
        self.scene.out.clear()
        self.scene.heard = Heard(toast=sorry)
        self.scene.menu(
            sorry + "\n" + _("Vos réponses d’avant sont gardées. Réessayez plus tard, ou choisissez autre chose.")
        )
        self.scene.close()

    # What was typed

    def _text(self) -> None:
        text = self.scene.incoming.text.strip()
        offered = self.scene.conversation.offered
        number = position(fold(text))
        if text.startswith("/") and len(text) > 1:
            name, _space, rest = text[1:].partition(" ")
            self._command(fold(name.partition("@")[0]), rest.strip())
        elif 0 < number <= len(offered):
            self._tap(offered[number - 1].key)
        elif fold(text) == ALWAYS and (flow := self.scene.stage.flows.by_word.get(ALWAYS)):
            self.course.start(flow)
        elif self.scene.open:
            self.course.answer()
        elif not self.course.control(text) and not self._spotted(text):
            self._find(text)

    def _command(self, name: str, rest: str) -> None:
        flows = self.scene.stage.flows
        if name == "start" and rest and (found := flows.linked(rest)):
            self.course.start(found[0], found[1])
        elif self.scene.open and self.course.control(name):
            return
        elif flow := flows.by_word.get(name):
            turned = flows.named(flow.otherwise) if flow.otherwise and not self.scene.works_here() else None
            self.course.start(turned or flow, rest)
        elif not self.course.control(name):
            self._cannot_use(_("Je ne connais pas la commande /{name}.").format(name=name[:32]))

    def _spotted(self, text: str) -> bool:
        """What a flow knows at sight, such as the number of a report: alone, or after one of the flow's words. What is
        for staff is known to staff only."""
        flows, words = self.scene.stage.flows, text.split(maxsplit=1)
        for flow in flows:
            if flow.spots is None or (flow.staff and not self.scene.person.staff):
                continue
            rests = [text, *([words[1]] if len(words) > 1 and find_flow(flows, words[0]) is flow else [])]
            if any(found := flow.spots(rest, self.scene.stage.city) for rest in rests):
                self.course.start(flow, found)
                return True
        return False

    def _find(self, text: str) -> None:
        """Words that answer no question: they may name a flow, or start one that takes words."""
        flows, count = self.scene.stage.flows, len(text.split())
        takers = flows.taking("text")
        staff = self.scene.person.staff
        first = find_flow(flows, text.split(maxsplit=1)[0], staff=staff) if count > 1 else None
        if found := find_flow(flows, text, staff=staff):
            self.course.start(found)
        elif first in takers and count >= ENOUGH_WORDS:  # « signaler une lampe cassée »: the words are the answer
            self.things.keep_words(text)
            self.things.use_seeds(first)
        elif first and (count < A_SENTENCE or not takers):
            self.course.start(first)
        elif takers and count >= ENOUGH_WORDS:
            self.things.keep_words(text)
            self.things.offer(_("Voulez-vous vous servir de ce message pour signaler un problème ?"), takers)
        else:
            self.scene.menu(_("Je n’ai pas compris. Voici ce que je sais faire."))

    def _cannot_use(self, words: str) -> None:
        if talk := self.scene.open:
            self.course.miss(talk, words)
        else:
            self.scene.menu(words)

    # What was pressed

    def _tap(self, payload: str) -> None:
        """Buttons carry what they stand for: t(alk), f(low), l(ink), s(eeds), c(ontinue), n(ew), a(larm), p(review)."""
        flows = self.scene.stage.flows
        kind, _dot, rest = payload.partition(".")
        if kind == "t":
            self._pressed_in_talk(payload, rest)
        elif kind == "f" and (flow := flows.named(rest)):
            self.course.start(flow)
        elif kind == "l" and (found := flows.pressed(rest)):
            self.course.start(found[0], found[1])
        elif kind == "s" and (not rest or flows.named(rest)):
            self.things.use_seeds(flows.named(rest))
        elif kind == "a":
            self._after_alarm(payload == alarm.NO_DANGER)
        elif kind in ("c", "n"):
            self.course.go_on(rest, again=kind == "n")
        elif payload == INERT:
            self.scene.heard = Heard(toast=_("C’est un aperçu : ce bouton ne marche que chez les lecteurs."))
            self.scene.idle = True
        else:
            self.scene.old(_("Ce bouton ne sert plus."))

    def _pressed_in_talk(self, payload: str, rest: str) -> None:
        nonce, _dot, rest = rest.partition(".")
        step, _dot, code = rest.partition(".")
        talk, conversation = self.scene.talk_called(nonce), self.scene.conversation
        if payload == (talk.tapped if talk else conversation.tapped):
            self.scene.heard = Heard(toast=_("C’est déjà noté."))
        elif talk is None:
            self.scene.old(_("Cette conversation est terminée."))
        elif step != str(talk.step) or not code:
            self.scene.to_top(talk)
            self.scene.old(_("Vous avez déjà répondu à cette question. Pour changer : Retour."))
        else:
            self.scene.to_top(talk)
            if code in showing.CONTROL_WORDS:
                self.course.steer(code)
            else:
                self.course.answer(code)
            if talk not in conversation.talks:
                conversation.tapped = payload
            elif str(talk.step) != step:
                talk.tapped = payload

    # Second thoughts

    def _edited(self) -> None:
        """Words changed after they were sent: they replace the newest answer if they were it."""
        talk, origin = self.scene.open, self.scene.incoming.origin
        if talk is None or not origin:
            return
        newest = talk.order[-1] if talk.order else ""
        if newest in talk.path[talk.floor :] and talk.sources.get(newest) == origin:
            self.course.drop(talk, newest)
            said = len(self.scene.out)
            self.course.run(talk)
            del self.scene.out[said:]
            self.course.answer()
        else:
            self.scene.ask(talk, _("Je n’ai pas changé vos réponses. Pour en changer une : Retour."))

    # The clock

    @property
    def _untouched(self) -> bool:
        """Whether nothing has happened since the clock decided to call."""
        return self.scene.incoming.payload == str(self.scene.conversation.version)

    def _nudge(self) -> None:
        talk = self.scene.open
        if talk is None or talk.nudged or not self._untouched:
            self.scene.idle = True
            return
        for one in self.scene.conversation.talks:
            one.nudged = True
        flow = self.scene.stage.flows.named(talk.flow)
        name = name_of(flow) if flow else talk.flow
        self.scene.pushed = True
        usual = timedelta(days=self.scene.stage.city.privacy.retention.drafts)
        days = max(1, ((flow.kept_for if flow else None) or usual).days - 1)
        words = plural(
            "Vous aviez commencé : {name}. Vos réponses sont gardées encore {days} jour.",
            "Vous aviez commencé : {name}. Vos réponses sont gardées encore {days} jours.",
            days,
        )
        self.scene.ask(talk, words.format(name=name, days=days))

    def _expire(self) -> None:
        conversation = self.scene.conversation
        if self._untouched:
            conversation.talks, conversation.seeds, conversation.offered, conversation.tapped = [], None, [], ""
            conversation.held = None
        else:
            self.scene.idle = True
