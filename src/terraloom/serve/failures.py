"""One shape for everything that goes wrong: ``{"error": {"code", "message", "field"}}``."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from psycopg_pool import PoolTimeout
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from terraloom.errors import ConfigError, RecordError, TerraloomError
from terraloom.serve.rendering import page, wants_html

log = structlog.get_logger(__name__)

RETRY_AFTER_S = 5
NOTHING = "there is nothing at this address"
MESSAGES = {"extra_forbidden": "not known here: see /api for what is"}


class Problem(BaseModel):
    """What is wrong. `code` is stable; `field` names the parameter or key at fault, where one is."""

    code: str
    message: str
    field: str | None = None


class ErrorBody(BaseModel):
    error: Problem


class ApiError(HTTPException):
    """A refusal with a stable code."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(status, message)
        self.code, self.field = code, field


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for these error statuses."""
    return {status: {"model": ErrorBody, "description": HTTPStatus(status).phrase} for status in statuses}


def body(code: str, message: str, field: str | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "field": field}}


def install(app: FastAPI) -> None:
    """Give every error of `app` the one shape."""
    app.add_exception_handler(ApiError, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(RecordError, _wrong_value)
    app.add_exception_handler(ConfigError, _wrong_value)
    app.add_exception_handler(TerraloomError, _failed)
    app.add_exception_handler(psycopg.OperationalError, _database_down)
    app.add_exception_handler(PoolTimeout, _database_down)
    app.add_exception_handler(Exception, _failed)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    if error.status_code == 401 and wants_html(request):
        return RedirectResponse("/signin", 303)
    return _answer(request, error.status_code, body(error.code, error.detail, error.field))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    message = NOTHING if error.status_code == 404 else str(error.detail)
    return _answer(request, error.status_code, body(code, message), error.headers)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["loc"][0] == "path" and wants_html(request):  # to a person, a page that is not there
        return _answer(request, 404, body("not_found", NOTHING))
    field = ".".join(str(part) for part in first["loc"][1:]) or None
    message = MESSAGES.get(first["type"], first["msg"].removeprefix("Value error, "))
    return _answer(request, 422, body("invalid", message, field))


def _wrong_value(request: Request, error: Exception) -> Response:
    assert isinstance(error, RecordError | ConfigError)
    field = error.field if isinstance(error, RecordError) else error.key
    return _answer(request, 422, body("invalid", str(error), field))


def _database_down(request: Request, error: Exception) -> Response:
    log.warning("serve.database_down", error=f"{type(error).__name__}: {error}")
    reply = body("database_unavailable", "the database cannot be reached; try again")
    return _answer(request, 503, reply, {"Retry-After": str(RETRY_AFTER_S)})


def _failed(request: Request, error: Exception) -> Response:
    log.error("serve.failed", path=request.url.path, exc_info=error)
    return _answer(request, 500, body("internal", "something went wrong here; the log says what"))


def _answer(
    request: Request, status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """The problem as JSON, or as a page for a person at a page's address."""
    if not wants_html(request):
        return JSONResponse(body, status, headers)
    heading = HTTPStatus(status).phrase
    return page(request, "error.html", status=status, heading=heading, message=body["error"]["message"])
