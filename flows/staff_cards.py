"""How the team is shown: roles in words, one person's role, an invitation, a refusal."""

from collections.abc import Callable, Sequence

from bot.city.model import City
from bot.delivery.model import Lane, Message
from bot.delivery.store import Draft, write
from bot.people.audit import note_refusal
from bot.people.model import Hitch, Invitation, OpenInvitation, Post, Rights, Role
from bot.people.staff import rights_of
from bot.people.store import addresses_of
from bot.storage.work import Work
from flows.engine.moments import in_words
from flows.engine.talk import Talk
from flows.engine.wording import _, left_to_right, mark, speaking

ROLES = {
    Role.CONSEILLER: mark("Conseil de quartier"),
    Role.AGENT: mark("Service de la ville"),
    Role.MODERATOR: mark("Relecture"),
    Role.ADMIN: mark("Administration"),
}
"""Words for a place in the team, that fit a woman and a man alike."""

CAN = {
    Role.CONSEILLER: mark("Vous écrivez aux habitants de vos quartiers."),
    Role.AGENT: mark("Vous écrivez aux habitants au nom de votre service."),
    Role.MODERATOR: mark("Vous relisez ce que les autres écrivent avant l’envoi."),
    Role.ADMIN: mark("Vous invitez l’équipe et vous changez les rôles."),
}

REFUSALS = {
    Hitch.UNKNOWN: mark("Je ne connais pas ce code. Vérifiez-le, puis tapez : /equipe et le code."),
    Hitch.USED: mark("Ce code a déjà servi. Demandez-en un autre à la personne qui vous l’a donné."),
    Hitch.EXPIRED: mark("Ce code n’est plus valable : 48 heures ont passé, ou il a été annulé. Demandez-en un autre."),
    Hitch.TOO_MANY: mark("Trop de codes faux. Attendez une heure, puis réessayez."),
}


ADMIN_ONLY = mark("Seule l’administration de l’équipe peut faire cela.")
GONE = mark("Cette personne n’a plus ce rôle.")
LAST_ADMIN = mark("C’est la dernière personne à l’administration : invitez-en d’abord une autre.")


def quartier_names(city: City, numbers: Sequence[int]) -> str:
    found = [(city.quartier(number), number) for number in numbers]
    return ", ".join(quartier.name if quartier else str(number) for quartier, number in found)


def role_words(city: City, role: Role, quartiers: Sequence[int] = (), unit: str = "") -> str:
    """« Conseil de quartier : Le Bourg », in the language being spoken."""
    what = quartier_names(city, quartiers) or unit
    return _("{role} : {what}").format(role=_(ROLES[role]), what=what) if what else _(ROLES[role])


def post_words(city: City, post: Post) -> str:
    return role_words(city, post.role, post.quartiers, post.unit)


def line(city: City, post: Post) -> str:
    return " · ".join((post.name, post_words(city, post)))


def invitation_line(city: City, one: OpenInvitation) -> str:
    """« ✉ Anne Martin · Relecture », or without a name when whoever takes it will say theirs."""
    role = role_words(city, one.role, one.quartiers, one.unit)
    return "✉ " + " · ".join(part for part in (one.name, role) if part)


def standing(city: City, rights: Rights) -> str:
    """What somebody is in the team, and what they can do."""
    roles = "\n".join(f"• {post_words(city, post)}" for post in rights.posts)
    can = " ".join(dict.fromkeys(_(CAN[post.role]) for post in rights.posts))
    return "\n\n".join((_("Vous faites partie de l’équipe de {town} :").format(town=city.name) + "\n" + roles, can))


def to_forward(talk: Talk, made: Invitation) -> Message:
    """The invitation, as the invited person will read it."""
    payload = f"e_{made.code}"
    links = (f"{talk.bot_link}?start={payload}" if talk.bot_link else "", talk.page(f"/chat?start={payload}"))
    role = role_words(talk.city, made.role, made.quartiers, made.unit)
    words = (
        _("Bonjour{name} ! Voici votre invitation dans l’équipe de {town} sur Parvis.").format(
            name=f" {made.name}" if made.name else "", town=talk.city.name
        ),
        _("Rôle : {role}.").format(role=role),
        _("Ouvrez ce lien :") + "\n" + "\n".join(left_to_right(one) for one in links if one),
        _("Ou tapez dans Parvis : {command}").format(command=left_to_right(f"/equipe {made.code}")),
        _("C’est valable une seule fois, jusqu’à {when}.").format(when=in_words(made.expires_at, talk.city.zone)),
    )
    return Message(text="\n\n".join(words), secret=True)


def may_run_the_team(talk: Talk, what: str) -> bool:
    """Whether they may change the team now. If not they are told, and it is noted."""
    if talk.see(rights_of, talk.me.id).is_admin:
        return True
    talk.do(note_refusal, talk.me.id, what)
    talk.end(_(ADMIN_ONLY), menu=True)
    return False


def tell(work: Work, city: City, resident_id: int, words: Callable[[], str]) -> None:
    """Tell somebody of the team what became of their role, at a decent hour and unless they want no messages. `words`
    are made in their language."""
    due = city.quiet_until(work.now) or work.now
    drafts = []
    for person in addresses_of(work, [resident_id]):
        if not person.pushes:
            continue
        with speaking(person.language):
            drafts.append(Draft(person.address, Message(text=words()), Lane.STATUS, due))
    write(work, drafts)
