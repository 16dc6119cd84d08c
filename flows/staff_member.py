"""One person of the team, for the admin: another role, other quartiers, another service, another name, or none."""

from bot.delivery.model import Button, Fact, Message
from bot.people.model import LONGEST_NAME, Post, Rights, Role
from bot.people.staff import is_last_admin, post_by_id, rights_of
from flows import staff_cards
from flows.engine.flow import flow
from flows.engine.prompts import Choice, One, Text, Yes
from flows.engine.talk import Talk
from flows.engine.wording import _, mark, plural
from flows.staff_changes import Outcome, Wanted, refusal, try_change, try_revoke
from flows.staff_questions import number_in, which_quartiers, which_service


@flow("team-member", words=(), buttons=("em",), about=mark("Changer un rôle de l’équipe"), staff=True)
def member(talk: Talk) -> None:
    """One person's role, to change or to take away. What was shown holds: if somebody else changes it meanwhile, the
    admin looks again instead of undoing that unawares."""
    if not staff_cards.may_run_the_team(talk, "team-member"):
        return None
    number = number_in(talk.args.get("link", ""))
    shown, post = talk.see_once("shown", post_by_id, number), talk.see(post_by_id, number)
    if post is None or shown is None:
        return talk.end(_(staff_cards.GONE), menu=True)
    if post != shown:
        again = Message(buttons=((Button(_("Le changer quand même"), f"l.em_{post.id}"),),))
        words = _("Entre-temps, quelqu’un a changé ce rôle :") + "\n" + staff_cards.line(talk.city, post)
        return talk.end(words, card=again)
    wish = talk.ask("wish", _wishes(talk, post))
    if wish in ("role", "revoke") and talk.see(is_last_admin, post):
        return talk.end(_(staff_cards.LAST_ADMIN), menu=True)
    return _revoke(talk, post) if wish == "revoke" else _change(talk, post, wish)


def _wishes(talk: Talk, post: Post) -> Choice[str]:
    wishes = [One("role", _("Changer son rôle"), "role")] if _other_roles(talk, post) else []
    if post.role is Role.CONSEILLER:
        wishes.append(One("quartiers", _("Changer ses quartiers"), "quartiers"))
    if post.role is Role.AGENT:
        wishes.append(One("unit", _("Changer son service"), "unit"))
    wishes.append(One("name", _("Changer son nom public"), "name"))
    wishes.append(One("revoke", _("Retirer ce rôle"), "revoke", style="danger"))
    return Choice(f"{staff_cards.line(talk.city, post)}\n\n" + _("Que faut-il changer ?"), wishes)


def _other_roles(talk: Talk, post: Post) -> list[Role]:
    """Those that this one may become: not those they have already. Somebody may speak for two services."""
    rights: Rights = talk.see(rights_of, post.resident_id)
    return [
        role for role in staff_cards.ROLES if role is not post.role and (role is Role.AGENT or not rights.has(role))
    ]


def _change(talk: Talk, post: Post, wish: str) -> None:
    wanted = _wanted(talk, post, wish)
    facts = (Fact(_("Personne"), post.name), Fact(_("Actuellement"), staff_cards.post_words(talk.city, post)))
    talk.review(_("Enregistrer ce changement ?"), send=_("Enregistrer"), card=Message(facts=facts))
    own = wish == "role" and post.resident_id == talk.me.id
    if own and not talk.ask("sure", Yes(_own_words(post), yes=_("Oui, changer"), no=_("Non, garder"))):
        return talk.end(_("Rien n’est changé."), menu=True)
    outcome = talk.do(try_change, talk.city, post, wanted, talk.me.id)
    if outcome.ended is None:
        return talk.end(refusal(outcome.refused), menu=True)
    return _ended(talk, outcome, _("C’est changé.") + "\n" + staff_cards.line(talk.city, outcome.ended.post))


def _wanted(talk: Talk, post: Post, wish: str) -> Wanted:
    """What is asked next; of another role, what it needs."""
    if wish == "name":
        question = _("Sous quel nom les habitants verront cette personne ? Ce nom vaut pour tous ses rôles.")
        return Wanted(name=talk.ask("name", Text(question, least=2, most=LONGEST_NAME, label=_("Nouveau nom"))))
    role = post.role
    if wish == "role":
        roles = [One(one.value, _(staff_cards.ROLES[one]), one) for one in _other_roles(talk, post)]
        role = talk.ask("role", Choice(_("Quel rôle désormais ?"), roles, label=_("Nouveau rôle")))
    if role is Role.CONSEILLER:
        return Wanted(role=role, quartiers=which_quartiers(talk, _("Quels quartiers désormais ?")))
    if role is Role.AGENT:
        return Wanted(role=role, unit=which_service(talk, _("Quel service désormais ?")))
    return Wanted(role=role)


def _own_words(post: Post) -> str:
    if post.role is Role.ADMIN:
        return _("C’est votre propre rôle : vous ne pourrez plus inviter ni changer l’équipe. Continuer ?")
    return _("C’est votre propre rôle. Continuer ?")


def _revoke(talk: Talk, post: Post) -> None:
    theirs = post.resident_id == talk.me.id
    question = _own_words(post) if theirs else _("Retirer ce rôle à {name} ?").format(name=post.name)
    if not talk.ask("sure", Yes(question, yes=_("Oui, retirer"), no=_("Non, garder"))):
        return talk.end(_("Rien n’est changé."), menu=True)
    outcome = talk.do(try_revoke, talk.city, post.id, talk.me.id)
    if outcome.ended is None:
        return talk.end(refusal(outcome.refused), menu=True)
    if theirs:
        talk.stand(staff=bool(talk.see(rights_of, talk.me.id).posts))
    return _ended(talk, outcome, _("C’est fait : {who}").format(who=f"{staff_cards.line(talk.city, post)} ✕"))


def _ended(talk: Talk, outcome: Outcome, words: str) -> None:
    assert outcome.ended is not None
    gone = _withdrawn_in_words(outcome.ended.withdrawn)
    return talk.end("\n".join(part for part in (words, gone) if part), menu=True)


def _withdrawn_in_words(count: int) -> str:
    words = plural(
        "{count} actualité de cette personne n’était pas partie : elle est annulée.",
        "{count} actualités de cette personne n’étaient pas parties : elles sont annulées.",
        count,
    )
    return words.format(count=count) if count else ""
