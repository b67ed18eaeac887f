"""`/api/v1/webhooks`: who is told of changes, and what became of each message. All of it needs an API key."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import psycopg
from fastapi import APIRouter, Depends, Query, Request
from msgspec import structs
from pydantic import BaseModel, ConfigDict, Field

from terraloom.hazards import webhooks
from terraloom.hazards.webhooks import Webhook
from terraloom.records import EventType, Severity
from terraloom.serve.access import Writing, may_write, runtime
from terraloom.serve.failures import ApiError, documented
from terraloom.serve.parameters import Limit, Word

router = APIRouter(
    prefix="/api/v1/webhooks",
    tags=["webhooks"],
    dependencies=[Depends(may_write)],
    responses=documented(400, 401, 413, 422, 503),
)


class Subscription(BaseModel):
    """Whom to tell of what. Secrets are names in `auth_config`, never the secrets themselves."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^https?://[^\x00\s]+$")]
    secret: Word = Field(description="Name of the credential that signs (HMAC-SHA256).")
    api_key: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] = ""
    event_types: list[EventType] = []
    min_severity: Severity | None = None
    since: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None


class Subscribed(BaseModel):
    """A subscription as it stands."""

    id: UUID
    url: str
    secret: str
    api_key: str
    event_types: list[str]
    min_severity: str
    active: bool
    after_seq: int


class Delivered(BaseModel):
    """One message to one subscription."""

    id: UUID
    webhook_id: UUID
    event_id: UUID
    seq: int
    state: str
    attempts: int
    next_at: datetime
    last_status: int | None
    last_error: str
    delivered_at: datetime | None


class Resent(BaseModel):
    resent: int


class Activity(BaseModel):
    model_config = ConfigDict(extra="forbid")

    active: bool


@router.get("", response_model=list[Subscribed])
def list_webhooks(connection: Writing) -> list[dict[str, Any]]:
    """All subscriptions, by url."""
    return [structs.asdict(found) for found in webhooks.list_all(connection)]


@router.post("", response_model=Subscribed, status_code=201)
def subscribe(request: Request, connection: Writing, wanted: Subscription) -> dict[str, Any]:
    """Tell a url of changes from now on, or from change `since` on."""
    made = webhooks.add(
        connection,
        wanted.url,
        wanted.secret,
        api_key=wanted.api_key,
        event_types=[kind.value for kind in wanted.event_types],
        min_severity=wanted.min_severity.value if wanted.min_severity else "",
        since=wanted.since,
        private_networks=runtime(request).settings.webhooks.private_networks,
    )
    return structs.asdict(made)


@router.patch("/{webhook_id}", response_model=Subscribed, responses=documented(404))
def set_activity(connection: Writing, webhook_id: UUID, wanted: Activity) -> dict[str, Any]:
    """Pause or resume a subscription; what changes meanwhile is sent when it is resumed."""
    _known(connection, webhook_id)
    return structs.asdict(webhooks.set_active(connection, webhook_id, wanted.active))


@router.delete("/{webhook_id}", status_code=204, responses=documented(404))
def unsubscribe(connection: Writing, webhook_id: UUID) -> None:
    """End a subscription; its deliveries go with it."""
    _known(connection, webhook_id)
    webhooks.remove(connection, webhook_id)


@router.get("/{webhook_id}/deliveries", response_model=list[Delivered], responses=documented(404))
def list_deliveries(
    connection: Writing,
    webhook_id: UUID,
    state: Annotated[Literal["pending", "delivered", "dead"] | None, Query()] = None,
    limit: Limit = 100,
) -> list[dict[str, Any]]:
    """What was sent to a subscription, newest first."""
    _known(connection, webhook_id)
    found = webhooks.deliveries(connection, webhook=webhook_id, state=state or "", limit=limit)
    return [structs.asdict(delivery) for delivery in found]


@router.post("/{webhook_id}/resend", response_model=Resent, responses=documented(404))
def resend(connection: Writing, webhook_id: UUID) -> Resent:
    """Send the dead letters of a subscription again, under the same idempotency keys."""
    _known(connection, webhook_id)
    return Resent(resent=webhooks.resend(connection, webhook=webhook_id))


def _known(connection: psycopg.Connection[Any], webhook_id: UUID) -> Webhook:
    for found in webhooks.list_all(connection):
        if found.id == webhook_id:
            return found
    raise ApiError(404, "not_found", f"no webhook {webhook_id}", "webhook_id")
