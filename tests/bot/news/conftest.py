"""The town that ships, beside the invented one."""

from __future__ import annotations

import pytest

from bot.city.folder import shipped
from bot.city.load import load
from bot.city.model import City


@pytest.fixture(scope="session")
def boulogne() -> City:
    return load(shipped())
