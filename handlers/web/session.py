"""Who is asking: a signed cookie with a number drawn at random, and nothing else."""

import re
import secrets
from datetime import timedelta
from hashlib import sha256

from itsdangerous import BadSignature, Signer
from starlette.requests import Request
from starlette.responses import Response

KEPT_FOR = timedelta(days=180)
"""Since the last visit of the chat page."""

_NUMBER = re.compile(r"[0-9a-f]{32}")


class Sessions:
    """Cookies that only we can make. With https the name has the prefix that pins a cookie to this very host."""

    def __init__(self, secret: bytes, *, secure: bool) -> None:
        if len(secret) < 16:
            raise ValueError("The secret that signs the sessions needs at least 16 bytes.")
        self._signer = Signer(secret, salt="parvis.web.session", key_derivation="hmac", digest_method=sha256)
        self._secure = secure
        self.cookie = "__Host-parvis" if secure else "parvis"

    def read(self, request: Request) -> str | None:
        """The session's number; None without a cookie or with one we did not make."""
        value = request.cookies.get(self.cookie, "")
        try:
            number = self._signer.unsign(value).decode("ascii")
        except (BadSignature, UnicodeDecodeError):
            return None
        return number if _NUMBER.fullmatch(number) else None

    @staticmethod
    def new() -> str:
        """128 random bits: the person's address on this channel."""
        return secrets.token_hex(16)

    def signed(self, number: str) -> str:
        return self._signer.sign(number).decode("ascii")

    def write(self, response: Response, number: str) -> None:
        response.set_cookie(
            self.cookie,
            self.signed(number),
            max_age=int(KEPT_FOR.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
