"""What the operator may set, all of it optional. Only the roof reads this."""

import ipaddress
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.delivery.previews import PATH

SHORTEST_TOKEN = 16
"""Characters of the token that opens /metrics."""


class SettingsWrong(Exception):
    """A setting cannot be used; the message names it and says what to write."""


class Settings(BaseSettings):
    """The environment variables PARVIS_…; `docs/running.md` explains each."""

    model_config = SettingsConfigDict(env_prefix="PARVIS_", extra="ignore")

    telegram_token: SecretStr | None = None
    telegram_api: str = "https://api.telegram.org"
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_rate: int = Field(default=30)
    public_url: str = ""
    http: str = "127.0.0.1:8080"
    proxies: str = "127.0.0.1,::1"
    database_url: SecretStr | None = None
    data: Path = Path("data")
    city: str = Field(default="boulogne-billancourt")
    metrics: SecretStr | None = None

    @field_validator("telegram_token", "database_url", "metrics", mode="before")
    @classmethod
    def _empty_is_absent(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("public_url", "telegram_api")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("write the whole address, with https://")
        return value.rstrip("/")

    @field_validator("metrics")
    @classmethod
    def _not_easily_guessed(cls, value: SecretStr | None) -> SecretStr | None:
        if value and value.get_secret_value() != "open" and len(value.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"write “open”, or a token of {SHORTEST_TOKEN} characters or more")
        return value

    @field_validator("telegram_rate", mode="before")
    @classmethod
    def _rate(cls, value: object) -> object:
        number = 30 if value == "" else value
        try:
            fine = 1 <= int(str(number)) <= 1000
        except ValueError:
            fine = False
        if not fine:
            raise ValueError("write a number of messages a second from 1 to 1000; more than 30 is paid for in Stars")
        return number

    @field_validator("proxies")
    @classmethod
    def _addresses_of_proxies(cls, value: str) -> str:
        """Addresses and networks only: the web server takes anything else for a name, and would never believe it."""
        named = [one.strip() for one in value.split(",") if one.strip()]
        try:
            for one in named if named != ["none"] else []:
                ipaddress.ip_network(one)
        except ValueError:
            raise ValueError(
                "write addresses or networks of proxies, for example 127.0.0.1,172.16.0.0/12; or none"
            ) from None
        return ",".join(named) or cls.model_fields["proxies"].default

    @field_validator("http")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _colon, port = value.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65535:
            raise ValueError("write it as host:port, for example 127.0.0.1:8080")
        return value

    @property
    def host(self) -> str:
        return self.http.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.http.rpartition(":")[2])

    @property
    def trusted_proxies(self) -> list[str]:
        """Addresses and networks whose X-Forwarded-For and X-Forwarded-Proto are believed."""
        return [] if self.proxies == "none" else self.proxies.split(",")

    @property
    def database(self) -> str:
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data / 'parvis.db'}"

    @property
    def metrics_access(self) -> str:
        """Who may read /metrics: nothing for this machine only, “open”, or a token."""
        return self.metrics.get_secret_value() if self.metrics else ""

    @property
    def address(self) -> str:
        """Where our own pages are, as people reach them."""
        return self.public_url or self.local_address

    @property
    def local_address(self) -> str:
        """Where our own pages are on this machine: one that listens everywhere is not found at “everywhere”."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.http.rpartition(":")[0])  # noqa: S104
        return f"http://{host}:{self.port}"

    def page(self, path: str) -> str:
        """The full address of one of our pages; nothing for a preview when nobody elsewhere could open it, since then
        no public address is known."""
        return "" if path.startswith(PATH) and not self.public_url else self.address + path


def read_settings() -> Settings:
    """The settings of this process. Raises SettingsWrong with one sentence a mistake, without the values."""
    try:
        settings = Settings()
    except ValidationError as wrong:
        raise SettingsWrong(
            "\n".join(
                f"PARVIS_{str(one['loc'][0]).upper()}: {one['msg'].removeprefix('Value error, ')}."
                for one in wrong.errors()
            )
        ) from None
    if settings.telegram_token and settings.telegram_mode == "webhook" and not settings.public_url.startswith("https"):
        raise SettingsWrong(
            "PARVIS_TELEGRAM_MODE=webhook needs PARVIS_PUBLIC_URL with the https address that Telegram can reach."
        )
    return settings
