"""What both kinds of routes do: find a model, and ask it."""

import asyncio

from fastapi import HTTPException, Request

from app.ml.serving.batch_queue import NOT_READY, RETRY_AFTER_SECONDS, Overloaded, count_rows
from app.ml.serving.batcher import Batcher
from app.ml.serving.datatypes import Columns
from app.ml.serving.model_store import (
    NO_DEFAULT,
    UNKNOWN_MODEL,
    UNKNOWN_VERSION,
    ModelStore,
    Served,
)
from app.ml.serving.prediction_log import log_prediction
from app.ml.serving.sample_log import log_sample

RETRY_AFTER = {"Retry-After": str(RETRY_AFTER_SECONDS)}


def get_served(request: Request, name: str | None = None) -> Served:
    """Find what answers for a model, or for the default one."""
    store: ModelStore = request.app.state.model_store
    served = store.default if name is None else store.models.get(name)
    if served is None:
        if store.is_awaited(name):
            raise unavailable(NOT_READY)
        raise HTTPException(404, NO_DEFAULT if name is None else UNKNOWN_MODEL)
    return served


def get_version(served: Served, version: str) -> Batcher:
    """Find what answers for a version of a model."""
    batcher = served.versions.get(version)
    if batcher is None:
        raise HTTPException(404, UNKNOWN_VERSION)
    return batcher


async def infer(request: Request, served: Served, batcher: Batcher, columns: Columns) -> Columns:
    """Have a model answer, and log what that took."""
    rows = count_rows(columns)
    log_prediction(model=str(batcher.model), instances=rows)
    if batcher is served.canary:
        log_prediction(canary=True)
    try:
        answer = await batcher.predict(request, columns, rows)
    except Overloaded as error:
        raise unavailable(str(error)) from None
    log_prediction(**answer.facts)
    share = request.app.state.model_store.log_share
    is_canary = batcher is served.canary
    log_sample(share, batcher.model, columns, answer.outputs, canary=is_canary)
    if served.shadow and batcher is served.primary:
        # Once the response is written.
        asyncio.get_running_loop().call_soon(served.shadow.offer, columns, answer.outputs)
    return answer.outputs


def unavailable(reason: str) -> HTTPException:
    """Answer 503 for now, and log why."""
    log_prediction(prediction_error=reason)
    return HTTPException(503, reason, RETRY_AFTER)
