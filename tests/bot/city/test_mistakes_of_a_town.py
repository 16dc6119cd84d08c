"""Every mistake in a town's folder is named, at its line, with how to mend it; all of them at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.city.load import load
from bot.city.mistake import CityMistakes

VALOMBRE = Path(__file__).parents[2] / "towns" / "valombre"

TOML, QUARTIERS, OUTLINE = "city.toml", "quartiers.geojson", "outline.geojson"
NEIGHBOURS, PLACES = "neighbours.geojson", "places.csv"
FOOTBRIDGE = 'key = "footbridge"'

Copy = Callable[..., Path]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """A copy of Valombre in which texts were replaced: copy((file, old, new), …)."""

    def make(*changes: tuple[str, str, str]) -> Path:
        folder = tmp_path / "town"
        shutil.copytree(VALOMBRE, folder)
        for file, old, new in changes:
            source = (folder / file).read_text(encoding="utf-8")
            assert old in source, f"the test must change something: {old!r} is not in {file}"
            (folder / file).write_text(source.replace(old, new, 1), encoding="utf-8")
        return folder

    return make


def mistakes_of(folder: Path) -> CityMistakes:
    with pytest.raises(CityMistakes) as caught:
        load(folder)
    return caught.value


def line_with(folder: Path, file: str, text: str) -> int:
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


SQUARE_3 = "[[[7.40, 46.515], [7.42, 46.515], [7.44, 46.515], [7.44, 46.53], [7.40, 46.53], [7.40, 46.515]]]"

# what changes: (file, old, new); the line that must be named: a text on it; what the sentence must say
ONE_MISTAKE = {
    "a missing key": (TOML, 'prefix = "VAL"\n', "", "[town]", "the key “prefix” is missing: add it"),
    "a missing table": (TOML, "[contacts]", "[office]", "", "the key “contacts” is missing"),
    "an unknown key": (TOML, "delay_days = 7", "delay_day = 7", "delay_day", "did you mean “delay_days”?"),
    "an unknown table": (
        TOML,
        "[quiet_hours]",
        "[colours]\nsky = 1\n[quiet_hours]",
        "[colours]",
        "“colours” is unknown",
    ),
    "an unknown contact": (TOML, 'phone = "000 00 00"', 'phone = "0"\nfax = "1"', 'fax = "1"', "“fax” is unknown"),
    "a wrong type": (TOML, "population = 4210", 'population = "4210"', "population", "must be a whole number"),
    "a truth for a number": (TOML, "radius = 30", "radius = true", "radius = true", "must be a number"),
    "a number for a truth": (TOML, "urgent = true", "urgent = 1", "urgent = 1", "must be true or false"),
    "an empty text": (TOML, 'icon = "🥾"', 'icon = " "', 'icon = " "', "“icon” is empty"),
    "a text for a list": (TOML, 'near = ["bridge"]', 'near = "bridge"', "near =", "must be a list of texts"),
    "a text for a table": (
        TOML,
        'name.fr = "Chute de pierres"\nname.de = "Steinschlag"',
        'name = "Chute"',
        'name = "Chute"',
        "“name” must be a table",
    ),
    "one table for many": (TOML, "[[emergency]]", "[emergency]", "[emergency]", "one [[emergency]] table for each"),
    "a key written twice": (
        TOML,
        "delay_days = 7",
        "delay_days = 7\ndelay_days = 8",
        "delay_days = 8",
        "already written on line",
    ),
    "toml that cannot be read": (TOML, "population = 4210", "population = = 4210", "population", "read as TOML"),
    "a duplicate category": (TOML, 'key = "waymark"', FOOTBRIDGE, "", "already used on line"),
    "a duplicate body": (TOML, 'key = "mountain-rescue"', 'key = "commune"', "", "“commune” is already used on line"),
    "a key with capitals": (TOML, 'key = "waymark"', 'key = "Way Mark"', "Way Mark", "small letters, digits or dashes"),
    "an unknown body": (
        TOML,
        'body = "mountain-rescue"',
        'body = "mayor"',
        '"mayor"',
        "use one of commune, mountain-rescue",
    ),
    "an unknown family": (TOML, 'family = "mountain-danger"', 'family = "hills"', '"hills"', "“hills” does not exist"),
    "nobody responsible": (TOML, 'body = "commune"\ndelay_days = 7', "delay_days = 7", "", "the key “body” is missing"),
    "an unlisted language": (
        TOML,
        'name.de = "Steinschlag"',
        'name.it = "Frana"',
        "name.it",
        "“it” is not in the town's list",
    ),
    "keywords in an unlisted language": (
        TOML,
        'words.de = ["wegweiser"]',
        'words.it = ["segnale"]',
        "words.it",
        "“it” is not in the town's list",
    ),
    "no text in the first language": (
        TOML,
        'stop.fr = "Éloignez-vous. Appelez le 1414."\n',
        "",
        "stop.de",
        "the text in “fr” is missing",
    ),
    "no language": (TOML, 'languages = ["fr", "de"]', "languages = []", "languages", "List the town's languages"),
    "a language in words": (TOML, '["fr", "de"]', '["fr", "de", "Français"]', "languages", "is not a language code"),
    "a language listed twice": (TOML, '["fr", "de"]', '["fr", "de", "fr"]', "languages", "listed twice"),
    "a negative delay": (TOML, "delay_days = 7", "delay_days = -7", "delay_days", "give 0 or more"),
    "a negative radius": (TOML, "radius = 50", "radius = -1.5", "radius = -1.5", "give 0 or more"),
    "a report without radius": (TOML, "radius = 50\n", "", "", "the key “radius” is missing"),
    "a prefix in small letters": (TOML, '"VAL"', '"val"', "prefix", "capital letters A to Z"),
    "a prefix with accents": (TOML, '"VAL"', '"VÂL"', "prefix", "capital letters A to Z"),
    "a slug with spaces": (TOML, 'slug = "valombre"', 'slug = "Val ombre"', "slug", "small letters, digits and dashes"),
    "an unknown time zone": (TOML, "Europe/Zurich", "Europe/Valombre", "zone", "“Europe/Valombre” does not exist"),
    "a time zone that is a path": (TOML, "Europe/Zurich", "../etc", "zone", "does not exist"),
    "a time zone that is a folder": (TOML, "Europe/Zurich", "Europe", "zone", "does not exist"),
    "an unknown holidays code": (
        TOML,
        'holidays = "CH"',
        'holidays = "XX"',
        "holidays_part",
        "No public holidays are known",
    ),
    "an unknown part of a country": (TOML, 'holidays_part = "VS"', 'holidays_part = "QQ"', "holidays_part", "part QQ"),
    "an hour that does not exist": (TOML, '"22:30"', '"25:00"', "start", "write an hour as"),
    "a retention of nothing": (TOML, "drafts = 2", "drafts = 0", "drafts", "give 1 or more"),
    "an audit kept too briefly": (TOML, "drafts = 2", "drafts = 2\naudit = 365", "audit", "give 366 or more"),
    "no retention": (TOML, "[privacy.retention]", "[privacy.kept]", "[privacy]", "the key “retention” is missing"),
    "tiles without coordinates": (TOML, "{z}/{x}/{y}", "{z}", "url", "must hold {z}, {x} and {y}"),
    "a family nobody uses": (
        TOML,
        "[[category]]",
        '[[family]]\nkey = "empty"\nicon = "x"\nname.fr = "Vide"\n\n[[category]]',
        'key = "empty"',
        "has no category",
    ),
    "an outline that is not JSON": (OUTLINE, '"Feature",', '"Feature"', "properties", "This is not JSON"),
    "a line for an outline": (OUTLINE, "MultiPolygon", "LineString", "LineString", "not LineString"),
    "coordinates in metres": (
        NEIGHBOURS,
        "[[[7.44, 46.50]",
        "[[[652000.0, 6862000.0]",
        "Sombreval",
        "export the layer in WGS 84",
    ),
    "coordinates in words": (NEIGHBOURS, "[[[7.44, 46.50]", '[[["east", "north"]', "Sombreval", "cannot be read"),
    "a line that crosses itself": (
        NEIGHBOURS,
        "[7.45, 46.50], [7.45, 46.53]",
        "[7.45, 46.53], [7.45, 46.50]",
        "Sombreval",
        "This polygon is invalid",
    ),
    "a polygon without area": (
        NEIGHBOURS,
        "[[[7.44, 46.50], [7.45, 46.50], [7.45, 46.53], [7.44, 46.53], [7.44, 46.50]]]",
        "[]",
        "Sombreval",
        "This polygon is empty",
    ),
    "a neighbour without name": (NEIGHBOURS, '"name": "Sombreval"', '"nom": "Sombreval"', "Sombreval", "has no “name”"),
    "a neighbour over the town": (
        NEIGHBOURS,
        "[7.44, 46.53], [7.44, 46.50]]]",
        "[7.43, 46.53], [7.44, 46.50]]]",
        "Sombreval",
        "overlaps the town",
    ),
    "no quartier": (QUARTIERS, '"features": [', '"features": [], "left": [', "features", "The file has no feature"),
    "a quartier without number": (QUARTIERS, '"number": 2', '"number": "2"', "La Scierie", "has no “number”"),
    "a quartier without name": (QUARTIERS, '"name": "La Scierie"', '"name": ""', '"number": 2', "has no “name”"),
    "a number used twice": (QUARTIERS, '"number": 2', '"number": 1', "La Scierie", "“1” is already used on line 2"),
    "a name used twice": (QUARTIERS, "La Scierie", "LE BOURG", '"number": 2', "is already used on line 2"),
    "aliases that are no list": (QUARTIERS, '["Bourg", "Dorf"]', '"Bourg"', "Le Bourg", "“aliases” must be a list"),
    "overlapping quartiers": (
        QUARTIERS,
        "[[[7.42, 46.50], [7.44, 46.50], [7.44, 46.515], [7.42, 46.515], [7.42, 46.50]]]",
        "[[[7.41, 46.50], [7.44, 46.50], [7.44, 46.515], [7.41, 46.515], [7.41, 46.50]]]",
        "La Scierie",
        "overlap by",
    ),
    "a quartier outside the town": (
        QUARTIERS,
        SQUARE_3,
        "[[[8.40, 46.6], [8.42, 46.6], [8.42, 46.7], [8.40, 46.6]]]",
        "Les Alpages",
        "outside the town's outline",
    ),
    "a place without name": (PLACES, "Maison communale,", ",", ",town-hall", "has no name"),
    "a place listed twice": (
        PLACES,
        "chemin des Alpages",
        "PASSERELLE DU TORRENT",
        "PASSERELLE",
        "is already on line 4",
    ),
    "half a point": (PLACES, "street,46.5050,7.4150", "street,46.5050,", "Forge", "only one of its two coordinates"),
    "a point that is not degrees": (PLACES, "46.5050", "46°30'", "Forge", "are not degrees"),
    "a point off the earth": (PLACES, "46.5050", "146.5050", "Forge", "are not degrees"),
    "a place in another town": (PLACES, "7.4150", "8.4150", "Forge", "is outside the town"),
    "a comma in a name": (PLACES, "rue de la Forge,", "rue, de la Forge,", "Forge", "too many commas"),
    "near nothing known": (TOML, '["bridge"]', '["tunnel"]', "near =", "no known place is a “tunnel”"),
    "an alarm that says nothing": (
        TOML,
        'near = ["bridge"]',
        'alarm.words.fr = ["craque"]',
        "craque",
        "“alarm” needs “stop”",
    ),
    "a postcode in letters": (TOML, '["1998"]', '["Hauterive"]', '["Hauterive"]', "is no postcode"),
    "other columns": (PLACES, "name,kind", "nom,kind", "nom,kind", "name,kind,latitude,longitude"),
}


@pytest.mark.parametrize(("file", "old", "new", "marker", "sentence"), ONE_MISTAKE.values(), ids=ONE_MISTAKE)
def test_a_mistake_is_named_at_its_line(copy: Copy, file: str, old: str, new: str, marker: str, sentence: str) -> None:
    folder = copy((file, old, new))
    mistakes = mistakes_of(folder).mistakes
    found = [mistake for mistake in mistakes if sentence in mistake.sentence]
    assert found, "\n".join(map(str, mistakes))
    assert found[0].file == file
    if marker:
        assert found[0].line in _lines_with(folder, file, marker)


def _lines_with(folder: Path, file: str, text: str) -> list[int]:
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, start=1) if text in line]


def test_the_invented_town_itself_has_no_mistake(copy: Copy) -> None:
    assert load(copy()).slug == "valombre"


def test_all_mistakes_of_all_files_are_named_at_once(copy: Copy) -> None:
    folder = copy(
        (TOML, '"VAL"', '"val"'),
        (TOML, "Europe/Zurich", "Mars/Base"),
        (TOML, "delay_days = 7", "delay_days = -7"),
        (QUARTIERS, '"number": 2', '"number": 1'),
        (NEIGHBOURS, '"name"', '"nom"'),
        (PLACES, "46.5050", "north"),
    )
    error = mistakes_of(folder)
    assert [mistake.file for mistake in error.mistakes] == [TOML, TOML, TOML, NEIGHBOURS, PLACES, QUARTIERS]
    assert str(error).splitlines()[0] == f"city.toml:{line_with(folder, TOML, 'Mars/Base')}: " + (
        "The time zone “Mars/Base” does not exist: write it as “Europe/Paris”."
    )


def test_a_broken_outline_does_not_hide_the_mistakes_of_other_files(copy: Copy) -> None:
    folder = copy((OUTLINE, "MultiPolygon", "Point"), (TOML, '"mountain-rescue"\nname.fr', '"mayor"\nname.fr'))
    assert [mistake.file for mistake in mistakes_of(folder).mistakes] == [TOML, OUTLINE]


def test_a_missing_map_table_does_not_hide_the_mistakes_of_categories(copy: Copy) -> None:
    folder = copy(
        (TOML, "[map]\nlimit_uncertainty = 20\nquartiers_official = true\n\n[map.tiles]", "[plan]"),
        (TOML, "radius = 50", "radius = -50"),
    )
    sentences = str(mistakes_of(folder))
    assert "the key “map” is missing" in sentences
    assert "the key “plan” is unknown" in sentences
    assert "“radius” is -50" in sentences


def test_a_second_table_s_mistake_is_on_the_second_table_s_line(copy: Copy) -> None:
    folder = copy((TOML, 'key = "waymark"\nfamily = "paths"', 'key = "waymark"\nfamily = "parks"'))
    (mistake,) = mistakes_of(folder).mistakes
    assert mistake.line == line_with(folder, TOML, '"parks"')


def test_every_key_written_twice_is_named_not_only_the_first(copy: Copy) -> None:
    folder = copy(
        (TOML, "delay_days = 7", "delay_days = 7\ndelay_days = 8"), (TOML, "radius = 50", "radius = 50\nradius = 5")
    )
    assert [mistake.line for mistake in mistakes_of(folder).mistakes] == [
        line_with(folder, TOML, "delay_days = 8"),
        line_with(folder, TOML, "radius = 5\n".strip()) + 1,
    ]


def test_a_missing_translation_is_a_warning_not_a_mistake(copy: Copy) -> None:
    folder = copy((TOML, 'name.de = "Steinschlag"\n', ""))
    city = load(folder)
    (warning,) = city.untranslated
    assert "“de”" in warning.sentence
    assert warning.line == line_with(folder, TOML, "Chute de pierres")
    assert city.say(city.category("rockfall").name, "de") == "Chute de pierres"


@pytest.mark.parametrize("file", [TOML, OUTLINE, QUARTIERS, PLACES])
def test_a_missing_file_is_named(copy: Copy, file: str) -> None:
    folder = copy()
    (folder / file).unlink()
    error = mistakes_of(folder)
    assert [(mistake.file, mistake.line) for mistake in error.mistakes] == [(file, 0)]
    assert str(error).startswith(f"{file}: This file of the town is missing")


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("[]", "GeoJSON starts with an object"),
        ("{}", "not nothing"),
        ('{"type": "Feature", "geometry": null}', "not nothing"),
    ],
)
def test_an_outline_that_is_json_but_no_shape_is_named(copy: Copy, source: str, sentence: str) -> None:
    folder = copy()
    (folder / OUTLINE).write_text(source, encoding="utf-8")
    assert [(one.file, one.line) for one in mistakes_of(folder).mistakes if sentence in one.sentence] == [(OUTLINE, 1)]


def test_a_town_needs_no_neighbours(copy: Copy) -> None:
    folder = copy()
    (folder / NEIGHBOURS).unlink()
    assert load(folder).neighbours == ()


@pytest.mark.parametrize("file", [TOML, OUTLINE, QUARTIERS, NEIGHBOURS, PLACES])
def test_a_file_in_another_encoding_is_named(copy: Copy, file: str) -> None:
    folder = copy()
    source = (folder / file).read_bytes()
    (folder / file).write_bytes(source + "# é\n".encode("latin-1"))
    assert any(one.file == file and "UTF-8" in one.sentence for one in mistakes_of(folder).mistakes)
