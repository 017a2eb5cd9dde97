"""What both kinds of routes do: find a model, and ask it."""

from functools import partial
from socket import MSG_DONTWAIT, MSG_PEEK, socket

from flask import Response, after_this_request, current_app, request
from werkzeug.exceptions import NotFound, ServiceUnavailable

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
from app.ml.serving.shadow import Shadow


def get_served(name: str | None = None) -> Served:
    """Find what answers for a model, or for the default one."""
    store: ModelStore = current_app.extensions["model_store"]
    served = store.default if name is None else store.models.get(name)
    if served is None:
        if store.is_awaited(name):
            raise unavailable(NOT_READY)
        raise NotFound(NO_DEFAULT if name is None else UNKNOWN_MODEL)
    return served


def get_version(served: Served, version: str) -> Batcher:
    """Find what answers for a version of a model."""
    batcher = served.versions.get(version)
    if batcher is None:
        raise NotFound(UNKNOWN_VERSION)
    return batcher


def infer(served: Served, batcher: Batcher, columns: Columns) -> Columns:
    """Have a model answer, and log what that took."""
    rows = count_rows(columns)
    log_prediction(model=str(batcher.model), instances=rows)
    if batcher is served.canary:
        log_prediction(canary=True)
    client: socket | None = request.environ.get("gunicorn.socket")
    try:
        answer = batcher.predict(columns, rows, lambda: _is_gone(client))
    except Overloaded as error:
        raise unavailable(str(error)) from None
    log_prediction(**answer.facts)
    share = current_app.extensions["model_store"].log_share
    is_canary = batcher is served.canary
    log_sample(share, batcher.model, columns, answer.outputs, canary=is_canary)
    if served.shadow and batcher is served.primary:
        _offer_later(served.shadow, columns, answer.outputs)
    return answer.outputs


def _offer_later(shadow: Shadow, columns: Columns, outputs: Columns) -> None:
    """Have a shadow run once the response is sent."""

    @after_this_request
    def add(response: Response) -> Response:
        response.call_on_close(partial(shadow.offer, columns, outputs))
        return response


def unavailable(reason: str) -> ServiceUnavailable:
    """Answer 503 for now, and log why."""
    log_prediction(prediction_error=reason)
    return ServiceUnavailable(reason, retry_after=RETRY_AFTER_SECONDS)


def _is_gone(client: socket | None) -> bool:
    """Return whether a client has hung up; false under a server that does not show its socket."""
    try:
        return client is not None and not client.recv(1, MSG_PEEK | MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
