"""Photos and places: an answer, one more of an album, an answer in advance, or the start of something."""

import msgspec

from flows.engine.course import Course
from flows.engine.flow import Flow, Seed
from flows.engine.kept import MOST_WORDS
from flows.engine.reading import why_refused
from flows.engine.scene import Scene
from flows.engine.state import Option, Seeds, TalkState
from flows.engine.talk import REVIEW
from flows.engine.wording import _, plural

MOST_SEEDS = 10
"""Photos kept before anything is made of them: an album's worth."""


class Things:
    def __init__(self, scene: Scene, course: Course) -> None:
        self.scene = scene
        self.course = course

    def take(self) -> None:
        incoming = self.scene.incoming
        talk = self.scene.open
        if incoming.refused and not incoming.pictures:
            self._refuse(talk, why_refused(incoming.refused))
        elif self._more_of_album():
            return
        elif talk is None:
            self._plant()
        elif talk.shown and talk.shown.kind == incoming.kind:
            self.course.answer()
        else:
            self._in_advance(talk)

    def _refuse(self, talk: TalkState | None, words: str) -> None:
        if talk:
            self.course.miss(talk, words)
        else:
            self.scene.menu(words)

    # Albums have no end mark: their photos come one by one, and each is added to the answer the first one gave.

    def _more_of_album(self) -> bool:
        conversation, incoming = self.scene.conversation, self.scene.incoming
        if not incoming.album or incoming.kind != "pictures":
            return False
        if conversation.seeds and conversation.seeds.album == incoming.album:
            conversation.seeds.pictures = [*conversation.seeds.pictures, *incoming.pictures][:MOST_SEEDS]
            conversation.seeds.text = conversation.seeds.text or incoming.text[:MOST_WORDS]
            return True
        talk = next((talk for talk in conversation.talks if incoming.album in talk.albums), None)
        if talk is None:
            return False
        if name := talk.albums[incoming.album]:
            self._add_pictures(talk, name, quietly=True)
        return True

    def _add_pictures(self, talk: TalkState, name: str, *, quietly: bool) -> None:
        """More photos for an answer already given. The question on screen stays, with what was begun of its answer."""
        scene = self.scene
        before, said = msgspec.structs.replace(talk), len(scene.out)
        talk.answers[name] = [*(talk.answers.get(name) or []), *scene.incoming.pictures]
        talk.order = [*(other for other in talk.order if other != name), name]
        self.course.caption(talk)
        run = self.course.run(talk)
        if run is None or talk not in scene.conversation.talks:
            return
        del scene.out[said:]
        most = int(run.told[name].shown().most or 1) if name in run.told else len(talk.answers[name])
        over = len(talk.answers[name]) > most
        talk.answers[name] = talk.answers[name][:most]
        if over and scene.incoming.album:
            talk.albums[scene.incoming.album] = ""  # said once; the rest of the album passes unheard
        same = talk.waiting == before.waiting and before.shown and talk.shown and talk.shown.kind == before.shown.kind
        if same:
            talk.partial, talk.places, talk.misses = before.partial, before.places, before.misses
        if same and talk.waiting != REVIEW and quietly and not over:
            talk.step = before.step  # the buttons on screen stay good
        else:
            scene.ask(talk, _so_many(len(talk.answers[name]), most, over=over))

    def _in_advance(self, talk: TalkState) -> None:
        """Something that the open question does not want, but that the flow takes elsewhere."""
        incoming = self.scene.incoming
        flow = self.scene.stage.flows.named(talk.flow)
        kind: Seed = "pictures" if incoming.kind == "pictures" else "place"
        name = (flow.takes or {}).get(kind) if flow else None
        if name is None:
            self.course.answer()
        elif kind == "pictures":
            if incoming.album:
                talk.albums[incoming.album] = name
            self._add_pictures(talk, name, quietly=False)
        else:
            changed = talk.answers.get(name) is not None
            talk.answers[name] = msgspec.to_builtins(incoming.place)
            talk.order = [*(other for other in talk.order if other != name), name]
            self.course.run(talk, _("C’est noté : le nouveau lieu remplace l’autre.") if changed else "")

    # Nothing is open: keep what was sent and offer what can be done with it.

    def _plant(self) -> None:
        incoming = self.scene.incoming
        seeds = self.scene.conversation.seeds or Seeds()
        if incoming.kind == "pictures":
            seeds.pictures = [*seeds.pictures, *incoming.pictures][:MOST_SEEDS]
            seeds.album = incoming.album
            seeds.text = seeds.text or incoming.text[:MOST_WORDS]
        else:
            seeds.place = incoming.place
        self.scene.conversation.seeds = seeds
        takers = self.scene.stage.flows.taking("pictures" if seeds.pictures else "place")
        self.offer(_("Bien reçu. Que voulez-vous en faire ?"), takers)

    def keep_words(self, text: str) -> None:
        """Words sent out of the blue go with the photo or the place sent before them."""
        seeds = self.scene.conversation.seeds or Seeds()
        seeds.text = text[:MOST_WORDS]
        self.scene.conversation.seeds = seeds

    def offer(self, words: str, takers: list[Flow]) -> None:
        options = [Option(f"s.{flow.name}", f"{flow.icon} {_(flow.offer or flow.menu)}".strip()) for flow in takers]
        self.scene.offer(words, [*options, Option("s.", _("Rien, merci"))])

    def use_seeds(self, flow: Flow | None) -> None:
        conversation = self.scene.conversation
        seeds, conversation.seeds = conversation.seeds, None
        if seeds is None:
            self.scene.old(_("Ce bouton ne sert plus."))
        elif flow is None:
            self.scene.menu(_("Très bien, je n’en garde rien."))
        else:
            self.course.start(flow, seeds=seeds)


def _so_many(count: int, most: int, *, over: bool) -> str:
    if over:
        return plural("Je garde {most} photo au plus.", "Je garde {most} photos au plus.", most).format(most=most)
    return plural("{count} photo en tout.", "{count} photos en tout.", count).format(count=count)
