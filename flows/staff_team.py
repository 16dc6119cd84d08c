"""The team of the town: taking an invitation; for the admin inviting, cancelling that, changing, revoking."""

import msgspec

from bot.city.model import City
from bot.delivery.model import Button, Message
from bot.people.invitations import open_invitation, open_invitations
from bot.people.invite import invite, take_invitation
from bot.people.model import Hitch, Post, Role
from bot.people.staff import is_last_admin, post_by_id, rights_of, staff_members
from bot.people.team import cancel_invitation, change, revoke
from bot.storage.work import Work
from flows import staff_cards
from flows.engine.flow import flow
from flows.engine.moments import in_words
from flows.engine.prompts import Choice, Choices, One, Text, Yes
from flows.engine.talk import Talk
from flows.engine.wording import _, mark, plural
from flows.news_acts import withdraw_of_author

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
    unit = ""
    if role is Role.AGENT:
        unit = talk.ask("unit", Text(_("Quel service ?"), most=80, label=_("Service"), example=_("Voirie")))
    name = talk.ask(
        "name",
        Text(
            _("Quel nom verront les habitants ? Passez si la personne le dira elle-même."),
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
    number = _number(talk.args.get("link", ""))
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


def which_quartiers(talk: Talk, question: str) -> tuple[int, ...]:
    offered = [One(str(one.number), one.name, one.number, one.aliases) for one in talk.city.quartiers]
    return talk.ask("quartiers", Choices(question, offered, label=_("Quartiers")))


@flow("team-member", words=(), buttons=("em",), about=mark("Changer un rôle de l’équipe"), staff=True)
def member(talk: Talk) -> None:
    """One person's role, to change or to take away."""
    if not staff_cards.may_run_the_team(talk, "team-member"):
        return None
    post = talk.see(post_by_id, _number(talk.args.get("link", "")))
    if post is None:
        return talk.end(_("Cette personne n’a plus ce rôle."), menu=True)
    wishes = [One("revoke", _("Retirer ce rôle"), "revoke", style="danger")]
    if post.role is Role.CONSEILLER:
        wishes.insert(0, One("quartiers", _("Changer ses quartiers"), "quartiers"))
    wish = talk.ask("wish", Choice(f"{staff_cards.line(talk.city, post)}\n\n" + _("Que faut-il changer ?"), wishes))
    return _change(talk, post) if wish == "quartiers" else _revoke(talk, post)


def _number(typed: str) -> int:
    """0, which is no row’s, for anything else."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0


def _change(talk: Talk, post: Post) -> None:
    quartiers = which_quartiers(talk, _("Quels quartiers désormais ?"))
    done = talk.do(change_and_tell, talk.city, post.id, quartiers, talk.me.id)
    words = (_("C’est changé.") + "\n" + staff_cards.line(talk.city, done.post), _withdrawn_in_words(done.withdrawn))
    return talk.end("\n".join(part for part in words if part), menu=True)


def _revoke(talk: Talk, post: Post) -> None:
    if talk.see(is_last_admin, post):
        return talk.end(_("C’est la dernière personne à l’administration : invitez-en d’abord une autre."), menu=True)
    question = _("Retirer ce rôle à {name} ?").format(name=post.name)
    if not talk.ask("sure", Yes(question, yes=_("Oui, retirer"), no=_("Non, garder"))):
        return talk.end(_("Rien n’est changé."), menu=True)
    done = talk.do(revoke_and_tell, talk.city, post.id, talk.me.id)
    if post.resident_id == talk.me.id:
        talk.stand(staff=bool(talk.see(rights_of, talk.me.id).posts))
    words = (
        _("C’est fait : {who}").format(who=f"{staff_cards.line(talk.city, post)} ✕"),
        _withdrawn_in_words(done.withdrawn),
    )
    return talk.end("\n".join(part for part in words if part), menu=True)


class Ended(msgspec.Struct, frozen=True):
    """A role that ended or shrank, and how many news of theirs, which they may not send any more, were taken back."""

    post: Post
    withdrawn: int


def _withdrawn_in_words(count: int) -> str:
    words = plural(
        "{count} actualité de cette personne n’était pas partie : elle est annulée.",
        "{count} actualités de cette personne n’étaient pas parties : elles sont annulées.",
        count,
    )
    return words.format(count=count) if count else ""


def change_and_tell(work: Work, city: City, number: int, quartiers: tuple[int, ...], by: int | None) -> Ended:
    changed = change(work, number, quartiers=quartiers, by=by)
    if changed.resident_id != by:
        staff_cards.tell(
            work,
            city,
            changed.resident_id,
            lambda: _("Votre rôle dans l’équipe a changé.") + "\n" + staff_cards.post_words(city, changed),
        )
    return Ended(changed, withdraw_of_author(work, changed.resident_id, by))


def revoke_and_tell(work: Work, city: City, number: int, by: int | None) -> Ended:
    gone = revoke(work, number, by=by)
    if gone.resident_id != by:
        staff_cards.tell(
            work,
            city,
            gone.resident_id,
            lambda: (
                _("Vous n’avez plus ce rôle dans l’équipe de la ville :")
                + "\n"
                + staff_cards.post_words(city, gone)
                + "\n\n"
                + _("Merci pour ce que vous avez fait.")
            ),
        )
    return Ended(gone, withdraw_of_author(work, gone.resident_id, by))
