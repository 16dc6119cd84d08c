"""The words of the browser door that are not furniture of a page: refusals, states, labels that a script shows."""

from collections.abc import Mapping

import msgspec

from flows.engine.wording import _, mark, plural

PUBLIC_PAGES: Mapping[str, str] = {
    "/carte": mark("Carte des signalements"),
    "/consultations": mark("Consultations"),
    "/agenda": mark("Agenda"),
    "/actualites": mark("Actualités des quartiers"),
    "/donnees": mark("Données ouvertes"),
}
"""Pages that a site may have, in the order in which they are offered."""


class Trouble(msgspec.Struct, frozen=True):
    """Something a browser asked for and does not get: a title, why, and what to do next."""

    title: str
    why: str
    next: str

    @property
    def sentence(self) -> str:
        return f"{self.why} {self.next}"


def not_found() -> Trouble:
    return Trouble(
        _("Cette page n’existe pas"),
        _("L’adresse est peut-être incomplète, ou la page a été retirée."),
        _("Vérifiez l’adresse, ou repartez de l’accueil."),
    )


def no_preview() -> Trouble:
    return Trouble(
        _("Cet aperçu n’est plus là"),
        _("Un aperçu se garde 24 heures, puis il est effacé. Ou bien l’adresse est incomplète."),
        _("Demandez-en un nouveau dans la discussion, puis ouvrez-le de là."),
    )


def from_elsewhere() -> Trouble:
    return Trouble(
        _("Envoi refusé"),
        _("Ce message ne vient pas de notre page."),
        _("Ouvrez la page de discussion, puis envoyez-le de là."),
    )


def too_heavy() -> Trouble:
    return Trouble(
        _("C’est trop lourd"),
        _("Cet envoi dépasse ce que nous pouvons recevoir."),
        _("Envoyez moins de photos à la fois : 20 Mo au plus pour chacune."),
    )


def too_fast(seconds: float) -> Trouble:
    wait = max(1, round(seconds))
    if wait < 60:
        again = plural("Réessayez dans {count} seconde.", "Réessayez dans {count} secondes.", wait).format(count=wait)
    else:
        minutes = -(-wait // 60)
        again = plural("Réessayez dans {count} minute.", "Réessayez dans {count} minutes.", minutes)
        again = again.format(count=minutes)
    return Trouble(_("Un peu de patience"), _("Vous envoyez trop de choses à la fois."), again)


def misunderstood() -> Trouble:
    return Trouble(
        _("Envoi incomplet"),
        _("Il manque quelque chose dans cet envoi."),
        _("Revenez à la discussion, puis réessayez."),
    )


def nothing_said() -> Trouble:
    return Trouble(
        _("Message vide"), _("Votre message ne contient aucun mot."), _("Écrivez quelques mots, puis envoyez-les.")
    )


def too_many_photos() -> Trouble:
    return Trouble(
        _("C’est beaucoup de photos"), _("Six photos au plus à la fois."), _("Envoyez-en moins, ou en plusieurs fois.")
    )


def no_cookie() -> Trouble:
    return Trouble(
        _("Votre navigateur refuse notre cookie"),
        _("Sans notre cookie, nous ne savons pas à qui répondre. Il ne sert qu’à cela."),
        _("Autorisez les cookies de ce site, puis recommencez."),
    )


def old_button() -> Trouble:
    return Trouble(
        _("Ce bouton ne sert plus"),
        _("La question à laquelle il répondait est passée."),
        _("Revenez à la discussion : la question en cours est en bas."),
    )


def out_of_order() -> Trouble:
    return Trouble(
        _("Un problème de notre côté"),
        _("Votre envoi n’a pas pu être enregistré."),
        _("Réessayez dans une minute."),
    )


def broken() -> Trouble:
    return Trouble(
        _("Un problème de notre côté"),
        _("La page n’a pas pu être préparée. L’équipe en est avertie."),
        _("Réessayez dans quelques minutes."),
    )


def some_refused(reason: str) -> str:
    """Said when a part of several photos was kept. `reason` is a whole sentence."""
    return _("Une de vos photos n’a pas été gardée. {reason}").format(reason=reason)


def pin_inside(quartier: str, near: str) -> str:
    """Where the pin stands: for those who do not see the map, and for those who do not know its lines."""
    if quartier and near:
        return _("Le repère est près de « {near} », quartier {quartier}.").format(near=near, quartier=quartier)
    if quartier:
        return _("Le repère est dans le quartier {quartier}.").format(quartier=quartier)
    if near:
        return _("Le repère est près de « {near} ».").format(near=near)
    return _("Le repère est dans la ville.")


def pin_at(metres: float, known: str, quartier: str) -> str:
    """The same where nothing known is near: how far the nearest known place is, in metres."""
    rounded = max(10, round(metres, -1))
    if quartier:
        words = _("Le repère est à {metres} m de « {place} », quartier {quartier}.")
        return words.format(metres=f"{rounded:.0f}", place=known, quartier=quartier)
    return _("Le repère est à {metres} m de « {place} ».").format(metres=f"{rounded:.0f}", place=known)


def pin_outside(town: str) -> str:
    return _("Le repère est hors de {town}.").format(town=town)


def for_the_script() -> dict[str, str]:
    """What the page's script may have to say; it has no words of its own."""
    return {
        "you": _("Vous"),
        "sending": _("Envoi…"),
        "waiting": _("En attente du réseau"),
        "failed": _("Non envoyé"),
        "offline": _("Hors ligne. Vos messages partiront dès le retour du réseau."),
        "no_cookie": no_cookie().sentence,
        "reconnecting": _("Connexion perdue. Nouvel essai en cours…"),
        "online": _("De nouveau en ligne."),
        "retry": _("Réessayer"),
        "remove": _("Retirer cette photo"),
        "photo": _("Photo à envoyer"),
        "photos": _("Photos à envoyer"),
        "most_photos": _("Six photos au plus à la fois."),
        "too_heavy": _("Cette photo est trop lourde : 20 Mo au plus. Pouvez-vous en envoyer une plus légère ?"),
        "uploading": _("Envoi des photos : {percent} %"),
        "my_position": _("Ma position"),
        "chosen_place": _("Lieu choisi sur la carte"),
        "locating": _("Recherche de votre position…"),
        "no_permission": _(
            "Votre navigateur ne donne pas votre position. Choisissez le lieu sur la carte, ou tapez une adresse."
        ),
        "no_position": _("Votre position est introuvable. Choisissez le lieu sur la carte, ou tapez une adresse."),
        "rough_position": _("Votre position est connue à {metres} m près. Déplacez le repère si besoin."),
        "map_failed": _("La carte ne s’ouvre pas. Tapez une adresse, ou réessayez."),
        "pin": _("Repère du lieu"),
        "zoom_in": _("Agrandir"),
        "zoom_out": _("Réduire"),
    }
