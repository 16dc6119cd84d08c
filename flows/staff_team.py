"""The team of the town: taking an invitation; for the admin inviting, and cancelling that. `staff_member`: the rest."""

from bot.delivery.model import Button, Message
from bot.people.invitations import open_invitation, open_invitations
from bot.people.invite import invite, take_invitation
from bot.people.model import Hitch, Role
from bot.people.staff import rights_of, staff_members
from bot.people.team import cancel_invitation
from flows import staff_cards
from flows.engine.flow import flow
from flows.engine.moments import in_words
from flows.engine.prompts import Choice, One, Text, Yes
from flows.engine.talk import Talk
from flows.engine.wording import _, mark, plural
from flows.staff_questions import number_in, which_quartiers, which_service

MOST_SHOWN = 60
"""Roles listed as buttons; a longer team is read at the command line."""

MOST_INVITATIONS = 20
"""The same of invitations that nobody has taken yet. With the roles they stay below the 100 buttons of Telegram."""


@flow(
    "team",
    words=(mark("equipe"), "team", "equipo", "equipa", "الفريق"),
    menu=mark("L’équipe"),
    icon="👥",
    about=mark("Mon rôle et l’équipe de la ville"),
    staff=True,
    otherwise="team-join",
)
def team(talk: Talk) -> None:
    """One's own role; for the admin, everybody's."""
    if code := talk.args.get("link", ""):
        return take(talk, code)
    rights = talk.see(rights_of, talk.me.id)
    words = staff_cards.standing(talk.city, rights)
    if not rights.is_admin:
        return talk.end(words, menu=True)
    posts = talk.see(staff_members)
    rows = [(Button(_("Inviter quelqu’un"), "f.team-invite", style="main"),)]
    rows += [(Button(staff_cards.line(talk.city, post), f"l.em_{post.id}"),) for post in posts[:MOST_SHOWN]]
    invited = talk.see(open_invitations)[-MOST_INVITATIONS:]
    rows += [(Button(staff_cards.invitation_line(talk.city, one), f"l.ei_{one.id}", style="quiet"),) for one in invited]
    more = len(posts) - MOST_SHOWN
    note = plural("Et {count} autre rôle.", "Et {count} autres rôles.", more).format(count=more) if more > 0 else ""
    words += "\n\n" + _("Touchez une personne pour changer son rôle.")
    if invited:
        words += " " + _("Touchez une invitation (✉) pour l’annuler.")
    return talk.end(words, card=Message(buttons=tuple(rows), note=note, asks="choice"))


@flow("team-join", words=(), links=("e",), about=mark("Rejoindre l’équipe de la ville"))
def join(talk: Talk) -> None:
    """For whoever was invited: the link of the invitation, or `/equipe` and its code."""
    code = talk.args.get("link", "") or talk.ask(
        "code",
        Text(
            _("Vous avez une invitation dans l’équipe de la ville ? Tapez son code. Sinon, tapez : annuler."),
            most=80,
            example="7K3F-9QXM-2BTR-HWNP",
        ),
    )
    return take(talk, code)


def take(talk: Talk, code: str) -> None:
    taken = talk.do(take_invitation, talk.me.id, code)
    if taken.why is Hitch.UNNAMED:
        name = talk.ask("name", Text(_("Sous quel nom écrirez-vous aux habitants ?"), least=2, most=80))
        taken = talk.do_as("take_named", take_invitation, talk.me.id, code, name)
    if taken.post is None:
        return talk.end(_(staff_cards.REFUSALS[taken.why or Hitch.UNKNOWN]), menu=True)
    talk.stand(staff=True)
    words = staff_cards.standing(talk.city, talk.see(rights_of, talk.me.id))
    return talk.end(
        _("Bienvenue, {name} !").format(name=taken.post.name)
        + "\n\n"
        + words
        + "\n\n"
        + _("Votre menu a de nouvelles lignes."),
        menu=True,
    )


@flow("team-invite", words=(), about=mark("Inviter quelqu’un dans l’équipe"), staff=True)
def invite_someone(talk: Talk) -> None:
    if not staff_cards.may_run_the_team(talk, "team-invite"):
        return None
    roles = [One(role.value, _(words), role) for role, words in staff_cards.ROLES.items()]
    role = talk.ask("role", Choice(_("Quel rôle ?"), roles, label=_("Rôle")))
    quartiers = which_quartiers(talk, _("Pour quels quartiers ?")) if role is Role.CONSEILLER else ()
    unit = which_service(talk, _("Quel service ?")) if role is Role.AGENT else ""
    name = talk.ask(
        "name",
        Text(
            _("Quel nom verront les habitants ? Passez cette question : la personne le dira elle-même."),
            least=2,
            most=80,
            optional=True,
            label=_("Nom"),
            example="Anne Martin",
        ),
    )
    talk.review(send=_("Inviter"))
    made = talk.do(invite, role=role, name=name, quartiers=quartiers, unit=unit, by=talk.me.id)
    talk.say(card=staff_cards.to_forward(talk, made))
    return talk.end(
        _("L’invitation est prête : transmettez le message ci-dessus. Le code n’est montré qu’une fois."), menu=True
    )


@flow("team-invitation", words=(), buttons=("ei",), about=mark("Annuler une invitation dans l’équipe"), staff=True)
def invitation(talk: Talk) -> None:
    """One invitation that nobody has taken yet, to cancel."""
    if not staff_cards.may_run_the_team(talk, "team-invitation"):
        return None
    number = number_in(talk.args.get("link", ""))
    one = talk.see(open_invitation, number)
    if one is None:
        return talk.end(_("Cette invitation a servi, ou n’est plus valable."), menu=True)
    words = staff_cards.invitation_line(talk.city, one)
    until = _("Elle est valable jusqu’à {when}.").format(when=in_words(one.expires_at, talk.city.zone))
    question = "\n".join((words, until, "", _("Annuler cette invitation ?")))
    if not talk.ask("sure", Yes(question, yes=_("Oui, annuler"), no=_("Non, garder"))):
        return talk.end(_("Rien n’est changé."), menu=True)
    talk.do(cancel_invitation, number, by=talk.me.id)
    return talk.end(_("C’est fait : {who}").format(who=f"{words} ✕"), menu=True)
