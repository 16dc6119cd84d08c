"""What a resident may set: the language, whether the bot may write first, and having everything erased."""

from bot.delivery.broadcasts import cancel_pushes
from bot.delivery.model import Button, Message
from bot.news.choose import choices_of, unsubscribe
from bot.people.staff import is_the_last_admin
from bot.people.store import allow_pushes, choose_language
from bot.storage.work import Work
from flows.engine.flow import flow
from flows.engine.prompts import Choice, One, Yes
from flows.engine.talk import Talk
from flows.engine.wording import _, languages, mark
from flows.leaving import erase as erase_person


@flow(
    "settings",
    words=(mark("reglages"), "parametres", "settings", "ajustes", "configuracoes", "الإعدادات"),
    menu=mark("Réglages"),
    icon="⚙️",
    about=mark("Langue, messages, effacer mes données"),
)
def settings(talk: Talk) -> None:
    messages = (
        One("quiet", _("Ne plus m’écrire"), "quiet")
        if talk.me.pushes
        else One("write", _("Me tenir au courant"), "write")
    )
    wish = talk.ask(
        "wish",
        Choice(
            _("Que voulez-vous régler ?"),
            [
                One("language", _("Changer de langue"), "language"),
                One("news", _("Mes actualités"), "news"),
                messages,
                One("erase", _("Effacer mes données"), "erase", style="danger"),
            ],
        ),
    )
    match wish:
        case "language":
            choose(talk)
        case "erase":
            erase(talk)
        case "news":
            news(talk)
        case "write":
            talk.do(allow_pushes, talk.me.id, True)
            talk.end(_("D’accord. Je vous écrirai quand un de vos signalements avance."))
        case _other:
            talk.do(stop_writing, talk.me.id)
            talk.end(_and_the_team(talk, _("D’accord. Je ne vous écrirai plus que pour vous répondre.")))


def stop_writing(work: Work, resident_id: int) -> int:
    """The bot no longer writes first: what waits for this resident is cancelled, and they ask for no news any more.
    Gives the number of letters cancelled."""
    allow_pushes(work, resident_id, False)
    unsubscribe(work, resident_id)
    return cancel_pushes(work, resident_id)


def news(talk: Talk) -> None:
    """What is chosen of the news has a subject of its own: this leads there."""
    mine = talk.see(choices_of, talk.me.id)
    words, opened = (
        (_("Quartiers, sujets, moment : tout se change ici."), Button(_("Changer mes choix"), "f.news-choices"))
        if mine
        else (_("Vous ne recevez pas d’actualités pour le moment."), Button(_("Recevoir les actualités"), "f.news"))
    )
    talk.end(words, card=Message(buttons=((opened,),), asks="choice"))


@flow("language", words=(mark("langue"), "language", "idioma", "lingua", "اللغة"), about=mark("Changer de langue"))
def language(talk: Talk) -> None:
    choose(talk)


def choose(talk: Talk) -> None:
    known = languages()
    offered = [known[code] for code in talk.city.languages if code in known]
    code = talk.ask(
        "language",
        Choice(_("Quelle langue voulez-vous ?"), [One(one.code, one.name, one.code, (one.code,)) for one in offered]),
    )
    talk.do(choose_language, talk.me.id, code)
    talk.switch_language(code)
    talk.end(_("C’est noté : nous continuons en français."), menu=True)


@flow("stop", words=("stop", "arreter", "parar", "توقف"), about=mark("Ne plus recevoir de messages"))
def stop(talk: Talk) -> None:
    talk.do(stop_writing, talk.me.id)
    words = _("D’accord. Je ne vous écrirai plus que pour vous répondre. Pour changer d’avis : /reglages.")
    talk.end(_and_the_team(talk, words))


def _and_the_team(talk: Talk, words: str) -> str:
    """To whoever works for the town: what they do not get any more either."""
    if not talk.me.staff:
        return words
    more = _(
        "Vous ne recevrez plus non plus les relectures, ni l’avancement de vos envois : tapez /diffuser pour les voir."
    )
    return f"{words} {more}"


def erase(talk: Talk) -> None:
    if talk.see(is_the_last_admin, talk.me.id):
        return talk.end(
            _(
                "Vous êtes la dernière personne à l’administration de l’équipe : "
                "invitez-en d’abord une autre (/equipe). Ensuite, je pourrai tout effacer."
            ),
            menu=True,
        )
    sure = talk.ask(
        "sure",
        Yes(
            _(
                "Tout effacer ? J’oublie vos conversations, votre langue et ce que vous suivez. "
                "Vos signalements restent, sans aucun lien avec vous. On ne peut pas revenir en arrière."
            ),
            yes=_("Oui, tout effacer"),
            no=_("Non, garder"),
        ),
    )
    if not sure:
        return talk.end(_("Rien n’est effacé."))
    talk.do(erase_person, talk.me.id, by=talk.me.id)
    return talk.end(_("C’est effacé. Merci de votre visite. Pour recommencer un jour : /start."))
