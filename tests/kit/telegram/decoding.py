"""What a client sent: query string, JSON, urlencoded form or multipart."""

from __future__ import annotations

import re
from email.message import Message
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from .files import Upload
from .refusal import Json, bad

DISPOSITION_NAME = re.compile(rb'[;\s]name="?([^";\r\n]*)"?', re.IGNORECASE)
DISPOSITION_FILENAME = re.compile(rb'[;\s]filename="?([^";\r\n]*)"?', re.IGNORECASE)
CONTENT_TYPE = re.compile(rb"content-type:\s*([^\r\n]+)", re.IGNORECASE)
MULTIPART = "multipart/form-data"


async def decode(request: web.BaseRequest) -> tuple[Json, dict[str, Upload]]:
    """The raw parameters, text where the form is text, and the uploaded files; raises RefusedError."""
    parameters: Json = dict(request.query)
    files: dict[str, Upload] = {}
    body = await request.read()
    try:
        _read(body, request, parameters, files)
    except UnicodeDecodeError:
        raise bad("strings must be encoded in UTF-8") from None
    return parameters, files


def _read(body: bytes, request: web.BaseRequest, parameters: Json, files: dict[str, Upload]) -> None:
    if body:
        kind = request.content_type
        if kind == "application/json":
            parameters.update(_read_json(body))
        elif kind == MULTIPART:
            _read_multipart(body, request.headers["Content-Type"], parameters, files)
        else:
            parameters.update(parse_qsl(body.decode(), keep_blank_values=True, errors="strict"))


def _read_json(body: bytes) -> Json:
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise bad("can't parse JSON object") from None
    if not isinstance(decoded, dict):
        raise bad("expected a JSON object")
    return decoded


def _read_multipart(body: bytes, content_type: str, parameters: Json, files: dict[str, Upload]) -> None:
    header = Message()
    header["Content-Type"] = content_type
    boundary = b"--" + str(header.get_param("boundary")).encode()
    for part in (b"\r\n" + body).split(b"\r\n" + boundary)[1:]:
        if part.startswith(b"--"):
            return
        head, _, content = part.partition(b"\r\n\r\n")
        name = DISPOSITION_NAME.search(head)
        if name is None:
            raise bad("can't parse multipart: a part has no name")
        filename = DISPOSITION_FILENAME.search(head)
        if filename is None:
            parameters[name[1].decode()] = content.decode()
            continue
        mime = CONTENT_TYPE.search(head)
        kind = mime[1].decode() if mime else "application/octet-stream"
        files[name[1].decode()] = Upload(filename[1].decode(), content, kind)
    raise bad("can't parse multipart: it has no end")
