"""The sides that are compared: how each is started, how it is talked to, and what it does and does not do."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.scripts import ButtonsToRead, KnownButtons, Place, Script
from benchmarks.updates import Resident


@dataclass(frozen=True)
class Side:
    """What a side must offer, written in any way it likes.

    `command` follows the name of the Python interpreter. The process prints `ready PORT`; it logs to stderr,
    since nobody reads the rest of its stdout. It answers each update posted to the webhook path with 200 and a
    Content-Length once the update is handled, and a GET of `/filed` with the number of reports it holds. A side
    whose callback data cannot be known in advance also sends `scripts.BUTTONS_HEADER`, and is talked to by
    `scripts.ButtonsToRead`.
    """

    name: str
    command: tuple[str, ...]
    script: Callable[[Resident, Place], Script]
    legend: str


PTB = Side(
    "python-telegram-bot",
    ("-m", "benchmarks.peers.ptb_memory"),
    KnownButtons,
    "`ConversationHandler` behind one Starlette route (uvicorn, uvloop, httptools); `process_update` is "
    "awaited before the 200. State, answers and reports are Python objects in memory: nothing survives a "
    "restart, an update delivered twice is handled twice. Letters go through the library’s own `HTTPXRequest`, as it "
    "comes, or stop where that would take over: the parameters are encoded, a ready answer is parsed.",
)

AIOGRAM = Side(
    "aiogram",
    ("-m", "benchmarks.peers.aiogram_memory"),
    KnownButtons,
    "`Dispatcher` with `MemoryStorage`, a `StatesGroup` and `F` filters as its documentation shows, behind "
    "the same route; `feed_update` is awaited before the 200. In memory too. Letters go through the library’s own "
    "`AiohttpSession`, or stop at the same point.",
)

SUBJECTS = (
    ("Propreté", "Corbeille qui déborde"),
    ("Dépôts", "Épave de vélo"),
    ("Tags", "Tag injurieux"),
    ("Chaussée", "Trou dans la chaussée"),
    ("Chaussée", "Trottoir abîmé"),
    ("Feux", "Panneau abîmé"),
    ("Feux", "Plaque de rue"),
    ("Éclairage", "Lampadaire abîmé"),
    ("Mobilier", "Banc abîmé"),
    ("Mobilier", "Potelet"),
    ("Arbres", "Arbre malade"),
    ("Eau", "Plaque ou regard"),
)
DETOUR = "Non, c’est autre chose"


def _ours(resident: Resident, place: Place) -> Script:
    """Residents report different things, as they do: many reports of one thing at one place would be asked about."""
    family, category = SUBJECTS[resident.chat % len(SUBJECTS)]
    return ButtonsToRead(resident, place, taps=(family, category, "Envoyer"), detour=DETOUR)


PARVIS_SQLITE = Side(
    "parvis-sqlite",
    ("-m", "benchmarks.parvis_side"),
    _ours,
    "The whole bot as it is served: webhook, dedupe of updates, replayed flow, report, outbox, letters sent and noted. "
    "Every update is committed to SQLite (WAL, `synchronous=FULL`) before the 200; the photo’s update twice (kept, "
    "then taken). An update delivered twice is heard once, a killed process loses nothing. Letters go through aiohttp "
    "with the bot’s own reading of answers, or stop where that would take over. A tap costs one call more than with "
    "the peers: the buttons pressed are replaced by the answer. A “same problem?” now and then is one more update.",
)

PARVIS_POSTGRES = Side(
    "parvis-postgres",
    ("-m", "benchmarks.parvis_side", "--postgres"),
    _ours,
    "The same on a PostgreSQL 18 of its own on this machine, which shares the two cores; its processor time and memory "
    "are not counted here. Its settings are those it comes with: `fsync` and `synchronous_commit` on.",
)

SIDES = (PTB, AIOGRAM, PARVIS_SQLITE, PARVIS_POSTGRES)
"""The first is the reference of the ratios."""
