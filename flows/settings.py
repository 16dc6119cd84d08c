"""What a resident may set: the language, whether the bot may write first, and having everything erased."""

from bot.people.forget import forget
from bot.people.store import allow_pushes, choose_language
from flows.engine.flow import flow
from flows.engine.prompts import Choice, One, Yes
from flows.engine.talk import Talk
from flows.engine.wording import _, languages, mark


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
        case _other:
            talk.do(allow_pushes, talk.me.id, wish == "write")
            talk.end(
                _("D’accord. Je vous écrirai quand un de vos signalements avance.")
                if wish == "write"
                else _("D’accord. Je ne vous écrirai plus que pour vous répondre.")
            )


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
    talk.do(allow_pushes, talk.me.id, False)
    talk.end(_("D’accord. Je ne vous écrirai plus que pour vous répondre. Pour changer d’avis : /reglages."))


def erase(talk: Talk) -> None:
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
    talk.do(forget, talk.me.id)
    return talk.end(_("C’est effacé. Merci d’être passé. Pour recommencer un jour : /start."))
