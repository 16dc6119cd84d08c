"""Flows of an invented subject, a corner of the town's garden, that ask every kind of question there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select

from bot.storage.work import Work
from flows.engine.flow import Flow, Flows, flow
from flows.engine.prompts import Choice, Choices, Moment, Number, One, OrNone, Photos, Text, Where, Yes
from flows.engine.talk import Talk

metadata = MetaData()

plot = Table("sample_plot", metadata, Column("id", Integer, primary_key=True), Column("who", String(200)))
"""What the sample flows do: a plot is taken. Apart from the house's own tables."""


def take_plot(work: Work, who: str) -> int:
    """Take a plot; gives how many are taken."""
    work.connection.execute(insert(plot).values(who=who))
    return plots_taken(work)


def plots_taken(work: Work) -> int:
    return work.connection.execute(select(func.count()).select_from(plot)).scalar_one()


HERBS = ["Menthe", "Thym", "Sauge", "Basilic"]


def ones(*names: str) -> list[One[str]]:
    return [One(name.lower(), name, name) for name in names]


def garden_flow(
    talk: Callable[[Talk], None],
    name: str = "garden",
    words: tuple[str, ...] = ("jardin",),
    menu: str = "Demander un carré",
    kept_for: timedelta | None = None,
    links: tuple[str, ...] = ("g",),
) -> Flow:
    """A flow made of `talk`, that photos, places and words may open."""
    takes = {"pictures": "photos", "place": "place", "text": "words"}
    return flow(name, words=words, links=links, menu=menu, takes=takes, kept_for=kept_for)(talk)  # type: ignore[arg-type]


def whole_garden(talk: Talk) -> None:
    """Every kind of question, with an effect in the middle, a word in passing and a review."""
    who = talk.ask("who", Text("Quel nom sur le panneau ?", least=2, most=20, label="Nom", example="Les Tilleuls"))
    talk.say("Bienvenue au jardin, {who}.", who=who)
    sun = talk.ask("sun", Choice("Soleil ou ombre ?", ones("Soleil", "Ombre"), label="Exposition"))
    herbs = ones(*HERBS) if sun == "Soleil" else ones("Menthe", "Fougère")
    talk.ask("herb", Choice("Quelle plante d’abord ?", herbs, label="Plante"))
    talk.ask("tools", Choices("Quels outils ?", ones("Bêche", "Râteau", "Arrosoir"), least=0, most=2, label="Outils"))
    talk.ask("size", Number("Combien de mètres carrés ?", least=1, most=40, label="Surface"))
    talk.ask("when", OrNone(Moment("Quand venez-vous ?", talk.city.zone, after=talk.now, label="Venue")))
    talk.ask("photos", Photos("Une photo de l’endroit ?", most=3, optional=True, label="Photos"))
    talk.ask("place", Where("Où est-ce ?", within=talk.city, label="Lieu", example="12 rue de la Forge"))
    talk.ask("words", Text("Un mot de plus ?", optional=True, label="Mot"))
    talk.review("Tout est bon ?")
    taken = talk.do(take_plot, who)
    if talk.ask("key", Yes("Voulez-vous la clé du cabanon ?")):
        talk.do_as("key.taken", take_plot, f"clé de {who}")
    talk.end("C’est noté : {taken} carré pris.", taken=taken)


def short_garden(talk: Talk) -> None:
    """A photo, a place, a word: enough for albums and for answers in advance."""
    talk.ask("photos", Photos("Une photo de l’endroit ?", most=3, optional=True, label="Photos"))
    talk.ask("place", Where("Où est-ce ?", within=talk.city, label="Lieu", example="12 rue de la Forge"))
    talk.ask("words", Text("Un mot de plus ?", optional=True, label="Mot"))
    talk.review()
    talk.do(take_plot, "un carré")
    talk.end("C’est noté.")


def asking(*questions: tuple[str, str], end: str = "Fini.") -> Callable[[Talk], None]:
    """A flow of plain questions, (name, words), for one word each."""

    def talk_of(talk: Talk) -> None:
        answers = {name: talk.ask(name, Text(words, label=words)) for name, words in questions}
        talk.end(end + " " + ", ".join(f"{name}={answer}" for name, answer in answers.items()))

    return talk_of


def only(*flows: Flow) -> Flows:
    return Flows(flows)
