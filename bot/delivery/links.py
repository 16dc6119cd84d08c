"""The address of a page, as people and feeds give it: complete, and possible."""

from urllib.parse import urlsplit


def what_is_wrong(address: str) -> str:
    """Why `address` cannot be opened as it is: "spaces", "scheme" (no https://), "host" or nothing."""
    if any(letter.isspace() for letter in address):
        return "spaces"
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        parts.port  # noqa: B018 -- raises for a port that is no number
    except ValueError:
        return "host"
    if parts.scheme not in ("http", "https"):
        return "scheme"
    names = host.split(".")
    well_named = len(names) > 1 and all(names) and all(sign.isalnum() or sign == "-" for sign in "".join(names))
    return "" if well_named and not parts.username and not names[-1].isdecimal() else "host"
