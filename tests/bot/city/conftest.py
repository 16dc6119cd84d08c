"""The town that ships, and Valombre, which does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from bot.city.folder import shipped
from bot.city.load import load
from bot.city.model import City

settings.register_profile("no deadline", deadline=None)  # a busy machine is no defect of the code
settings.load_profile("no deadline")

VALOMBRE = Path(__file__).parents[2] / "towns" / "valombre"


@pytest.fixture(scope="session")
def boulogne() -> City:
    return load(shipped())


@pytest.fixture(scope="session")
def valombre() -> City:
    return load(VALOMBRE)


@pytest.fixture(scope="session", params=["boulogne", "valombre"])
def town(request: pytest.FixtureRequest, boulogne: City, valombre: City) -> City:
    return {"boulogne": boulogne, "valombre": valombre}[request.param]
