"""What both kinds of routes do: find the model, and ask it."""

from fastapi import HTTPException, Request

from app.ml.batcher import Batcher
from app.ml.datatypes import Columns
from app.ml.log import log_prediction
from app.ml.model import Model
from app.ml.queue import NotNow

RETRY_AFTER = {"Retry-After": "1"}


def get_model(request: Request) -> Model:
    """Find the model that serves."""
    model: Model | None = request.app.state.models.model
    if model is None:
        raise refusal("The model is not ready.")
    return model


async def infer(request: Request, model: Model, columns: Columns, rows: int) -> Columns:
    """Have the model answer, and log what that took."""
    batcher: Batcher = request.app.state.batcher
    try:
        answer = await batcher.predict(request, model, columns, rows)
    except NotNow as error:
        raise refusal(str(error)) from None
    log_prediction(
        model=str(model),
        instances=rows,
        batch=answer.batch,
        queued_ms=answer.queued_ms,
        inference_ms=answer.inference_ms,
    )
    return answer.outputs


def refusal(reason: str) -> HTTPException:
    """Refuse a prediction for now, and log why."""
    log_prediction(prediction_error=reason)
    return HTTPException(503, reason, RETRY_AFTER)
