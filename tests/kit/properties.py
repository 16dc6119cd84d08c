"""How long hypothesis looks: briefly by default, at length with PARVIS_TESTS=thorough.

Each property says how many examples are brief for it: one may be a comparison of two numbers, another a whole
conversation in a database.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, settings

Test = TypeVar("Test", bound=Callable[..., object])

THOROUGH = os.environ.get("PARVIS_TESTS") == "thorough"
MORE = 25
"""How many times more examples a thorough run tries."""

_PATIENT = settings(
    deadline=None,  # a busy machine is no defect of the code
    derandomize=not THOROUGH,  # the same run for everybody; a thorough one looks elsewhere each time
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.differing_executors],
)


def load() -> None:
    settings.register_profile("brief", _PATIENT, max_examples=60)
    settings.register_profile("thorough", _PATIENT, max_examples=60 * MORE)
    settings.load_profile("thorough" if THOROUGH else "brief")


def tried(brief: int) -> Callable[[Test], Test]:
    """Try a property on so many examples, and on many more in a thorough run."""
    return settings(_PATIENT, max_examples=brief * MORE if THOROUGH else brief)
