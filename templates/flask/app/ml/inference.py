"""What both kinds of routes do: find the model, and ask it."""

from socket import MSG_DONTWAIT, MSG_PEEK, socket

from flask import current_app, request
from werkzeug.exceptions import ServiceUnavailable

from app.ml.datatypes import Columns
from app.ml.log import log_prediction
from app.ml.model import Model
from app.ml.queue import NotNow
from app.ml.serving import Serving

RETRY_AFTER = 1


def get_model() -> Model:
    """Find the model that serves."""
    serving: Serving = current_app.extensions["serving"]
    model = serving.folder.model
    if model is None:
        raise refusal("The model is not ready.")
    return model


def infer(model: Model, columns: Columns, rows: int) -> Columns:
    """Have the model answer, and log what that took."""
    serving: Serving = current_app.extensions["serving"]
    log_prediction(model=str(model), instances=rows)
    client: socket | None = request.environ.get("gunicorn.socket")
    try:
        answer = serving.batcher.predict(model, columns, rows, lambda: _is_gone(client))
    except NotNow as error:
        raise refusal(str(error)) from None
    log_prediction(batch=answer.batch, queued_ms=answer.queued_ms, inference_ms=answer.inference_ms)
    return answer.outputs


def refusal(reason: str) -> ServiceUnavailable:
    """Refuse a prediction for now, and log why."""
    log_prediction(prediction_error=reason)
    return ServiceUnavailable(reason, retry_after=RETRY_AFTER)


def _is_gone(client: socket | None) -> bool:
    """Tell whether a client has hung up; of one that the server does not show, nobody knows."""
    try:
        return client is not None and not client.recv(1, MSG_PEEK | MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
