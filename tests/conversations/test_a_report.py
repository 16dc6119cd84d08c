"""A problem in the street, told from the first word to the last, through every door."""

from bot.city.model import Place
from bot.reports.model import State
from tests.kit.pictures import make_photo, make_text_named_jpg
from tests.kit.whole import Person, WholeBot

SQUARE = Place(46.5072, 7.4104)
ON_THE_LIMIT = Place(46.5070, 7.42)
ELSEWHERE = Place(46.60, 7.41)
LAMP = make_photo("lamp")


async def report_a_footbridge(resident: Person, photo: bytes = LAMP) -> str:
    await resident.says("/signaler")
    await resident.sends(photo)
    await resident.shares(SQUARE)
    await resident.taps("Sentiers")
    await resident.taps("Passerelle abîmée")
    await resident.taps("Envoyer")
    resident.sees("C’est le signalement")
    return resident.last_ref


async def test_a_broken_footbridge_is_reported(resident: Person, bot: WholeBot) -> None:
    ref = await report_a_footbridge(resident)
    report = bot.report(ref)
    assert report.quartier == 1
    assert report.category == "footbridge"
    assert len(report.pictures) == 1
    assert report.state is State.RECEIVED
    assert (report.place.latitude, report.place.longitude) == (SQUARE.latitude, SQUARE.longitude)
    assert str(report.promised_on) == "2026-12-02"  # seven working days after Monday 23 November


async def test_a_report_needs_neither_photo_nor_buttons(resident: Person, bot: WholeBot) -> None:
    await resident.says("signalr")
    await resident.says("passer")
    await resident.says("Maison communale")
    await resident.says("la passerelle a une planche cassée")
    await resident.says("1")
    await resident.says("la troisième planche")
    resident.sees("Maison communale", "la troisième planche")
    await resident.says("1")
    report = bot.report(resident.last_ref)
    assert report.category == "footbridge"
    assert report.words == "la troisième planche"
    assert report.pictures == ()


async def test_near_a_limit_the_quartier_is_asked_and_never_guessed(resident: Person, bot: WholeBot) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.shares(ON_THE_LIMIT)
    resident.sees("Dans quel quartier", "Le Bourg", "La Scierie")
    await resident.taps("La Scierie")
    await resident.taps("Sentiers")
    await resident.taps("Balise effacée")
    await resident.taps("Envoyer")
    assert bot.report(resident.last_ref).quartier == 2


async def test_a_place_outside_the_town_is_said_to_be_so(resident: Person, bot: WholeBot) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.shares(ELSEWHERE)
    resident.sees("hors de Valombre")
    await resident.shares(SQUARE)
    resident.sees("De quoi s’agit-il")


async def test_an_address_of_another_town_is_said_to_be_so(resident: Person, bot: WholeBot) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.says("3 rue du Lac, Hauterive")
    resident.sees("Cet endroit est à Hauterive, pas à Valombre")
    await resident.says("Sombreval")
    resident.sees("Cet endroit est à Sombreval, pas à Valombre")


async def test_a_place_nobody_knows_is_asked_again_before_it_is_kept(resident: Person, bot: WholeBot) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.says("derrière le grand chêne")
    resident.sees("Je ne connais pas ce lieu")
    await resident.taps("Garder « derrière le grand chêne »")
    resident.sees("Dans quel quartier")


async def test_an_emergency_stops_the_talk_with_the_number_to_call(resident: Person, bot: WholeBot) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.shares(SQUARE)
    await resident.taps("Danger en montagne")
    await resident.taps("Chute de pierres")
    resident.sees("Appelez le 1414")


async def test_an_album_is_one_answer(resident: Person, bot: WholeBot) -> None:
    await resident.says("/signaler")
    await resident.sends(LAMP, make_photo("from the left"), make_photo("from the right"))
    resident.sees("Où est-ce")
    await resident.shares(SQUARE)
    await resident.taps("Sentiers")
    await resident.taps("Balise effacée")
    resident.sees("3 photos")
    await resident.taps("Envoyer")
    assert len(bot.report(resident.last_ref).pictures) == 3


async def test_something_that_is_no_photo_is_refused_with_a_sentence(resident: Person, bot: WholeBot) -> None:
    await resident.says("/signaler")
    no_photo, name = make_text_named_jpg()
    await resident.sends_file(no_photo, name)
    resident.sees("n’est pas une photo", "Envoyez une photo du problème")
    await resident.sends(LAMP)
    resident.sees("Où est-ce")


async def test_the_same_problem_is_followed_rather_than_reported_twice(resident: Person, bot: WholeBot) -> None:
    ref = await report_a_footbridge(resident)
    neighbour = bot.person()
    await neighbour.says("/signaler")
    await neighbour.sends(make_photo("the same bridge"))
    await neighbour.shares(Place(46.50721, 7.41041))
    await neighbour.taps("Sentiers")
    await neighbour.taps("Passerelle abîmée")
    neighbour.sees("Est-ce le même problème", ref)
    await neighbour.taps("Oui")
    neighbour.sees(f"Vous suivez le signalement {ref}")
    assert bot.report(ref).followers == 2


async def test_one_answer_can_be_changed_before_sending(resident: Person, bot: WholeBot) -> None:
    await resident.says("/signaler")
    await resident.sends(LAMP)
    await resident.shares(SQUARE)
    await resident.taps("Sentiers")
    await resident.taps("Passerelle abîmée")
    await resident.taps("Ajouter un mot")
    await resident.says("une planche")
    await resident.taps("Changer une réponse")
    await resident.taps("Précisions")
    await resident.says("deux planches")
    resident.sees("deux planches")
    await resident.taps("Envoyer")
    assert bot.report(resident.last_ref).words == "deux planches"


async def test_a_talk_goes_on_after_a_restart(resident: Person, bot: WholeBot) -> None:
    await resident.says("/signaler")
    await resident.sends(LAMP)
    await bot.restart()
    await resident.shares(SQUARE)
    await resident.taps("Sentiers")
    await bot.restart()
    await resident.taps("Passerelle abîmée")
    await resident.taps("Envoyer")
    report = bot.report(resident.last_ref)
    assert len(report.pictures) == 1


async def test_mine_are_listed_and_can_be_closed_and_reopened(resident: Person, bot: WholeBot) -> None:
    ref = await report_a_footbridge(resident)
    await resident.says("/suivi")
    await resident.taps(ref)
    await resident.taps("C’est réglé")
    await resident.taps("Oui")
    assert bot.report(ref).state is State.WITHDRAWN


async def test_everything_about_me_is_erased_and_the_report_stays(resident: Person, bot: WholeBot) -> None:
    ref = await report_a_footbridge(resident)
    await resident.says("/reglages")
    await resident.taps("Effacer mes données")
    await resident.taps("Oui, tout effacer")
    if bot.telegram:
        resident.sees("C’est effacé")
    assert bot.report(ref).followers == 0
    await resident.says("/suivi")
    resident.sees("Vous ne suivez encore aucun signalement")


async def test_the_bot_speaks_the_language_that_was_chosen(resident: Person, bot: WholeBot) -> None:
    await resident.says("/langue")
    resident.sees("Quelle langue")


async def test_from_a_photo_alone_a_report_takes_five_taps(resident: Person, bot: WholeBot) -> None:
    """The photo aside: what is to be made of it, the place, the family, the category, and sending."""
    await resident.says("/menu")
    await resident.sends(LAMP)
    taps = 0
    for label in ("Signaler un problème", "", "Sentiers", "Passerelle abîmée", "Envoyer"):
        await (resident.taps(label) if label else resident.shares(SQUARE))
        taps += 1
    resident.sees("C’est le signalement")
    assert taps == 5
    assert len(bot.report(resident.last_ref).pictures) == 1


async def test_more_than_four_photos_are_told(resident: Person, bot: WholeBot) -> None:
    await resident.says("/signaler")
    await resident.sends(*(make_photo(f"photo {at}") for at in range(6)))
    resident.sees("4 photos au plus" if not bot.telegram else "Je garde 4 photos au plus")
    resident.sees("Où est-ce")


async def test_the_number_of_a_report_typed_alone_shows_it(resident: Person, bot: WholeBot) -> None:
    ref = await report_a_footbridge(resident)
    for typed in (ref, ref.lower(), f"suivi {ref}"):
        await resident.says("/menu")
        await resident.says(typed)
        resident.sees(f"Signalement {ref}", "C’est réglé")


async def test_my_own_report_found_again_is_still_mine(resident: Person, bot: WholeBot) -> None:
    ref = await report_a_footbridge(resident)
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.shares(SQUARE)
    await resident.taps("Sentiers")
    await resident.taps("Passerelle abîmée")
    await resident.taps("Oui, c’est ça")
    resident.sees(f"Vous suivez le signalement {ref}", "C’est réglé")
