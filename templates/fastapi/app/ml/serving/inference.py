"""What both kinds of routes do: find the model, and ask it."""

from fastapi import HTTPException, Request

from app.ml.serving.batch_queue import NOT_READY, RETRY_AFTER_SECONDS, Overloaded
from app.ml.serving.batcher import Batcher
from app.ml.serving.datatypes import Columns
from app.ml.serving.model import Model
from app.ml.serving.prediction_log import log_prediction

RETRY_AFTER = {"Retry-After": str(RETRY_AFTER_SECONDS)}


def get_model(request: Request) -> Model:
    """Find the model that serves."""
    model: Model | None = request.app.state.model_store.model
    if model is None:
        raise unavailable(NOT_READY)
    return model


async def infer(request: Request, model: Model, columns: Columns) -> Columns:
    """Have the model answer, and log what that took."""
    rows = len(next(iter(columns.values())))
    batcher: Batcher = request.app.state.batcher
    log_prediction(model=str(model), instances=rows)
    try:
        answer = await batcher.predict(request, model, columns, rows)
    except Overloaded as error:
        raise unavailable(str(error)) from None
    log_prediction(**answer.facts)
    return answer.outputs


def unavailable(reason: str) -> HTTPException:
    """Answer 503 for now, and log why."""
    log_prediction(prediction_error=reason)
    return HTTPException(503, reason, RETRY_AFTER)
