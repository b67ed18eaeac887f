"""
VCR cassettes: YAML files in which clients' tests keep what a service answered, several answers in one.

Of the forms in use, that of R and Ruby is read (https://docs.ropensci.org/vcr, key ``http_interactions``).
"""

from __future__ import annotations

import base64
import binascii

import msgspec
import yaml
from msgspec import Struct


class Request(Struct, frozen=True):
    uri: str


class Body(Struct, frozen=True):
    string: str = ""
    encoding: str = ""


class Status(Struct, frozen=True):
    status_code: int = 200


class Response(Struct, frozen=True):
    body: Body
    status: Status = Status()


class Interaction(Struct, frozen=True):
    request: Request
    response: Response
    recorded_at: str = ""


class Cassette(Struct, frozen=True):
    http_interactions: list[Interaction]


class Answer(Struct, frozen=True):
    """One answer of a service as a cassette holds it."""

    url: str
    status: int
    body: bytes
    recorded_at: str


def answers(body: bytes) -> list[Answer]:
    """The answers in a cassette, in its order; none where `body` is no cassette that can be read."""
    if not body.lstrip().startswith(b"http_interactions:"):
        return []
    try:
        # The loader in C: cassettes hold megabytes.
        cassette = msgspec.convert(yaml.load(body, Loader=yaml.CSafeLoader), Cassette, strict=False)
        return [_answer(one) for one in cassette.http_interactions]
    except (yaml.YAMLError, msgspec.ValidationError, binascii.Error, UnicodeError):
        return []


def _answer(one: Interaction) -> Answer:
    body, status = one.response.body, one.response.status.status_code
    # Bodies that the recorder took for binary stand in base64, under this name of Ruby's for bytes.
    binary = body.encoding == "ASCII-8BIT"
    raw = base64.b64decode(body.string, validate=True) if binary else body.string.encode()
    return Answer(one.request.uri, status, raw, one.recorded_at)
