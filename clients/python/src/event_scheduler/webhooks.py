"""Receiving webhooks: nothing is read of one that is not signed."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping

from .errors import AnswerUnreadable, WebhookRejected
from .models import Handover, decoded


def verify_webhook(
    headers: Mapping[str, str],
    body: bytes,
    secret: str | Iterable[str],
    tolerance: float = 300.0,
    *,
    now: float | None = None,
) -> Handover:
    """Checks the signature of a webhook and reads it.

    ``body`` is the body as it was received, byte for byte. ``secret`` may be several, while one replaces another.
    ``tolerance`` is how many seconds the time of signing may be off ``now``, which is the clock's unless given, in
    seconds since 1970.

    Raises ``WebhookRejected``: answer 401, or whatever is no success.
    """
    named = {name.lower(): value for name, value in headers.items()}
    stamp, signature = named.get("x-ces-timestamp", ""), named.get("x-ces-signature", "")
    if not (stamp.isascii() and stamp.isdigit()):
        raise WebhookRejected("X-CES-Timestamp is missing or no number of seconds")
    secrets = [secret] if isinstance(secret, str) else list(secret)
    # Each is compared, whichever fits: how long it takes tells nothing.
    fits = [hmac.compare_digest(signed(one, stamp, body), signature.encode()) for one in secrets if one]
    if not any(fits):
        raise WebhookRejected("X-CES-Signature is missing or not made with this secret")
    if abs((time.time() if now is None else now) - int(stamp)) > tolerance:
        raise WebhookRejected(f"signed more than {tolerance:g} s ago, or that much in the future")
    try:
        return decoded(Handover, json.loads(body))
    except ValueError as error:
        raise AnswerUnreadable("the webhook is no JSON") from error


def signed(secret: str, timestamp: str, body: bytes) -> bytes:
    """The signature that a webhook has to have."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return b"v1=" + digest.hexdigest().encode()
