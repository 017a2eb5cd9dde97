"""What both kinds of routes do: find the model, and ask it."""

from socket import MSG_DONTWAIT, MSG_PEEK, socket

from flask import current_app, request
from werkzeug.exceptions import ServiceUnavailable

from app.ml.serving.batch_queue import NOT_READY, RETRY_AFTER_SECONDS, Overloaded
from app.ml.serving.batcher import Batcher
from app.ml.serving.datatypes import Columns
from app.ml.serving.model import Model
from app.ml.serving.prediction_log import log_prediction


def get_model() -> Model:
    """Find the model that serves."""
    model: Model | None = current_app.extensions["model_store"].model
    if model is None:
        raise unavailable(NOT_READY)
    return model


def infer(model: Model, columns: Columns) -> Columns:
    """Have the model answer, and log what that took."""
    rows = len(next(iter(columns.values())))
    batcher: Batcher = current_app.extensions["batcher"]
    log_prediction(model=str(model), instances=rows)
    client: socket | None = request.environ.get("gunicorn.socket")
    try:
        answer = batcher.predict(model, columns, rows, lambda: _is_gone(client))
    except Overloaded as error:
        raise unavailable(str(error)) from None
    log_prediction(**answer.facts)
    return answer.outputs


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
