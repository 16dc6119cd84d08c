"""The course of a talk: answers kept, the flow run again, going back, changing, stopping."""

import secrets

import msgspec

from bot.people.audit import note_refusal
from flows.engine import kept, showing
from flows.engine.flow import Flow
from flows.engine.incoming import Heard
from flows.engine.reading import Answer, Miss, More, Reader, only_the_first
from flows.engine.scene import Scene
from flows.engine.state import Option, Seeds, TalkState
from flows.engine.talk import MORE, REVIEW, Suspend, Talk
from flows.engine.wording import _, fold, in_every_language
from flows.engine.words import command_of, find_flow, name_of

MOST_PARKED = 3
"""Talks that may wait behind the open one; the oldest beyond that is dropped."""

_ENGLISH = {showing.SKIP: "skip", showing.BACK: "back", showing.CANCEL: "cancel", showing.HELP: "help"}


class Course:
    """Moves the talks of one conversation."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._reader = Reader(scene.stage.city, scene.work.now)

    # Opening

    def start(self, flow: Flow, argument: str = "", seeds: Seeds | None = None) -> None:
        """Open a flow. A talk under way waits behind it; the same flow under way is offered again first."""
        conversation = self.scene.conversation
        started = next((talk for talk in conversation.talks if talk.flow == flow.name and talk.order), None)
        if started and not argument and seeds is None:
            return self._ask_continue(started, flow)
        parked = [talk for talk in conversation.talks if talk.flow != flow.name or talk.order]
        talk = TalkState(flow=flow.name, nonce=secrets.token_urlsafe(4), args={"link": argument} if argument else {})
        if seeds:
            kept.sow(talk, flow, seeds)
        conversation.talks = [*parked, talk]
        before = len(self.scene.out)
        run = self.run(talk)
        if run and seeds and seeds.pictures and len(self.scene.out) > before:
            self._say_what_is_kept(talk, run, (flow.takes or {}).get("pictures", ""), before)
        conversation.talks = conversation.talks[-MOST_PARKED - 1 :]  # one that asked nothing pushes no other out
        return None

    def _say_what_is_kept(self, talk: TalkState, run: Talk, name: str, at: int) -> None:
        """Of more photos than the question takes, the first are kept: said before the message number `at`."""
        prompt, sent = run.told.get(name), talk.answers.get(name) or []
        most = int(prompt.shown().most or len(sent)) if prompt else len(sent)
        if len(sent) > most:
            talk.answers[name] = sent[:most]
            said = self.scene.out[at]
            words = f"{only_the_first(most)}\n\n{said.text}".strip()
            self.scene.out[at] = msgspec.structs.replace(said, text=words)

    def _ask_continue(self, started: TalkState, flow: Flow) -> None:
        name = name_of(flow)
        options = [Option(f"c.{started.nonce}", _("Continuer")), Option(f"n.{started.nonce}", _("Recommencer"))]
        self.scene.offer(_("Vous avez déjà commencé : {name}. On continue ?").format(name=name), options)

    def go_on(self, nonce: str, *, again: bool) -> None:
        """Go on with a talk that was begun, or begin it `again`."""
        talk = self.scene.talk_called(nonce)
        flow = self.scene.stage.flows.named(talk.flow) if talk else None
        if talk is None or flow is None:
            if talk:
                self.scene.finish(talk)
            self.scene.old(_("Cette conversation est terminée."))
        elif again:
            self.scene.finish(talk)
            self.start(flow)
        else:
            self.scene.to_top(talk)
            self.scene.again()

    # Running

    def run(self, talk: TalkState, lead: str = "") -> Talk | None:
        """Run the flow with the answers so far, up to its next question, put after the words `lead`, or its end."""
        scene = self.scene
        flow = scene.stage.flows.named(talk.flow)
        if flow is None:
            self._gone(talk)
            return None
        if flow.staff and not scene.works_here():
            self._not_for_them(talk)
            return None
        talk.misses, talk.partial, talk.places = 0, [], []
        stage = scene.stage
        bot_link = stage.bot_links.get(scene.person.channel, "")
        run = Talk(talk, scene.work, stage.city, scene.person, stage.page, bot_link, stage.bulk_pace, stage.messages_of)
        try:
            flow(run)
        except Suspend as wait:
            self._suspend(talk, run, wait, lead)
        else:
            self._end(talk, run)
        return run

    def _gone(self, talk: TalkState) -> None:
        """The flow was removed while the person was talking about it."""
        self.scene.finish(talk)
        if self.scene.open:
            self.scene.say(_("Cette conversation est terminée."))
            self.scene.resume()
        else:
            self.scene.menu(_("Cette conversation n’existe plus. Voici ce que je sais faire."))

    def _not_for_them(self, talk: TalkState) -> None:
        """A forged button, or a command that somebody heard of."""
        self.refuse(talk.flow)
        self.scene.finish(talk)
        self.leave_staff_talks()
        self.scene.menu(not_for_them())

    def refuse(self, name: str) -> None:
        """Note that they tried what is for staff, and let the door take away what made them think it was theirs."""
        note_refusal(self.scene.work, self.scene.person.id, name)
        self.scene.heard = msgspec.structs.replace(self.scene.heard, staff=False)

    def leave_staff_talks(self) -> list[str]:
        """Drop what somebody had begun as staff and may not go on with; gives the names of these flows."""
        scene, flows = self.scene, self.scene.stage.flows
        begun = [talk for talk in scene.conversation.talks if (flow := flows.named(talk.flow)) and flow.staff]
        if not begun or scene.works_here():
            return []
        for talk in begun:
            scene.finish(talk)
        return [talk.flow for talk in begun]

    def _suspend(self, talk: TalkState, run: Talk, wait: Suspend, lead: str) -> None:
        talk.waiting, talk.step, talk.path = wait.name, talk.step + 1, list(run.told)
        talk.partial = list(wait.shown.ticked)
        talk.shown = wait.shown
        if len(talk.path) > talk.floor or f"{MORE}{wait.name}" in talk.seen:
            talk.shown = msgspec.structs.replace(wait.shown, back=True)
        if run.stale not in ("", REVIEW):
            why = self._reader.refusal(wait.shown, run.refused)
            lead = why or _("Ce choix n’est plus possible. Choisissez de nouveau.")
        lead = lead or wait.lead
        self.scene.person = run.me
        self.scene.out.extend(run.said)
        self.scene.ask(talk, lead)

    def _end(self, talk: TalkState, run: Talk) -> None:
        scene = self.scene
        if run.me.staff != scene.person.staff:
            scene.heard = msgspec.structs.replace(scene.heard, staff=run.me.staff)
        scene.person = run.me
        scene.out.extend(run.said)
        scene.finish(talk)
        if scene.person.address in scene.work.erased:
            scene.conversation.talks.clear()
        self.leave_staff_talks()
        if scene.person.address in scene.work.erased:  # no button may outlive whom it was for
            return
        if scene.out and not scene.open and (run.menu or not scene.out[-1].buttons):
            scene.out[-1] = msgspec.structs.replace(scene.out[-1], buttons=scene.menu_rows(), asks="choice")
        elif not scene.out and not scene.open:
            scene.menu()
        scene.resume()

    # Answering

    def answer(self, code: str = "") -> None:
        """Read what came in against the open question. `code`: the option a pressed button stands for."""
        talk = self.scene.open
        if talk is None or talk.shown is None:
            return self.scene.menu()
        if not code and self.scene.incoming.kind == "text" and self.control(self.scene.incoming.text):
            return None
        if not self._reader.knows(talk.shown):  # asked by another version of this code
            self.run(talk, _("Cette question a changé entre-temps."))
            return None
        reading = self._reader.read(talk, self.scene.incoming, code)
        if isinstance(reading, Miss):
            return None if self._keep_words(talk) else self.miss(talk, reading.hint)
        if isinstance(reading, More):
            return self.scene.ask(talk, reading.words)
        self.scene.heard = Heard(chosen=reading.chosen)
        if talk.shown.kind in ("review", "change"):
            return self._reviewed(talk, reading)
        return self.keep(talk, reading.raw, reading.note)

    def _reviewed(self, talk: TalkState, reading: Answer) -> None:
        assert talk.shown is not None
        if str(reading.raw).startswith(MORE):
            talk.seen[reading.raw] = True
            self.drop(talk, reading.raw.removeprefix(MORE))
            self.run(talk)
        elif talk.shown.kind == "change":
            self.drop(talk, reading.raw)
            self.run(talk)
        elif reading.raw == "change":
            talk.shown = showing.change_menu(talk.shown)
            talk.step += 1
            self.scene.ask(talk)
        elif reading.raw == "drop":
            self.steer(showing.CANCEL)
        else:
            self.keep(talk, reading.raw)

    def keep(self, talk: TalkState, raw: object, note: str = "") -> None:
        """Keep the answer to the open question and let the flow go on, saying `note` first."""
        name, incoming = talk.waiting, self.scene.incoming
        talk.answers[name] = raw
        talk.order = [*(other for other in talk.order if other != name), name]
        talk.tapped = incoming.payload
        talk.sources = {name: incoming.origin} if incoming.origin else {}
        if incoming.album and incoming.kind == "pictures":
            talk.albums[incoming.album] = name
        talk.seen.pop(f"{MORE}{name}", None)
        self.caption(talk)
        self.run(talk, note)

    def _keep_words(self, talk: TalkState) -> bool:
        """Gives whether words that do not answer the question were kept; it is then put again."""
        flow = self.scene.stage.flows.named(talk.flow)
        if flow is None or not kept.keep_words(talk, flow, self.scene.incoming):
            return False
        self.run(talk, _("C’est noté."))
        return True

    def caption(self, talk: TalkState) -> None:
        if flow := self.scene.stage.flows.named(talk.flow):
            kept.keep_caption(talk, flow, self.scene.incoming)

    def drop(self, talk: TalkState, name: str) -> None:
        if name in talk.answers:
            talk.order.remove(name)
            del talk.answers[name]

    def miss(self, talk: TalkState, hint: str) -> None:
        """Nobody is left without a way on: a hint, then an example, then the ways out."""
        talk.misses += 1
        parts = [hint]
        if talk.misses >= 2 and talk.shown and self.scene.incoming.kind in ("text", "edited"):
            if talk.shown.example:
                parts.append(_("Par exemple : {example}").format(example=talk.shown.example))
            meant = find_flow(self.scene.stage.flows, self.scene.incoming.text, staff=self.scene.person.staff)
            if meant and (command := command_of(meant)):
                parts.append(showing.by_command(command))
        if talk.misses >= 3 and talk.shown:
            parts.extend(showing.ways_out(talk.shown, self.scene.stage.city))
        self.scene.ask(talk, "\n".join(parts))

    # Steering

    def control(self, typed: str) -> bool:
        """Words that steer the conversation, in any language. Gives whether `typed` was one of them."""
        words = fold(typed)
        for code, names in showing.CONTROL_WORDS.items():
            if any(words in in_every_language(name) for name in names) or words == _ENGLISH[code]:
                self.steer(code)
                return True
        return False

    def steer(self, code: str) -> None:
        """Back, skip, cancel, help."""
        talk = self.scene.open
        if code == showing.HELP:
            self._help()
        elif talk is None:
            self.scene.menu(_("Aucune question n’est ouverte. Voici ce que je sais faire."))
        elif code == showing.CANCEL:
            self.scene.conversation.talks.pop()
            if self.scene.open:
                self.scene.say(_("C’est annulé."))
                self.scene.resume()
            else:
                self.scene.menu(_("C’est annulé."))
        elif code == showing.BACK:
            self._back(talk)
        elif talk.shown and talk.shown.optional:
            self.keep(talk, None)
        else:
            self.miss(talk, _("Cette question ne peut pas être passée."))

    def _help(self) -> None:
        if self.scene.open:
            self.scene.again(_("Répondez à la question, ou tapez : retour, passer, annuler."))
        elif flow := self.scene.stage.flows.by_word.get("aide"):
            self.start(flow)
        else:
            self.scene.menu()

    def _back(self, talk: TalkState) -> None:
        if (talk.shown and talk.shown.kind == "change") or talk.seen.pop(f"{MORE}{talk.waiting}", None):
            self.run(talk)
        elif len(talk.path) > talk.floor:
            self.drop(talk, talk.path[-1])
            self.run(talk)
        else:
            self.miss(talk, _("C’est la première question. Pour tout arrêter : Annuler."))


def not_for_them() -> str:
    return _("C’est réservé à l’équipe de la ville. Voici ce que je peux faire pour vous.")
