"""The routes of predictions."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.ml.serving.inference import get_served, infer
from app.ml.serving.model_loader import lifespan
from app.ml.serving.model_store import Served
from app.ml.serving.schemas import NAMED_PATH, PATH, Predictions
from app.problem_responses import problem_responses

router = APIRouter(tags=["predictions"], lifespan=lifespan)


@router.post(
    PATH,
    operation_id="predict",
    response_model=Predictions,
    responses=problem_responses(404, 413, 422, 503),
)
async def predict(request: Request, body: Annotated[Any, Body()]) -> Response:
    """Predict each instance."""
    return await answer(request, get_served(request), body)


# The document has a path for each model in its place.
@router.post(NAMED_PATH, include_in_schema=False)
async def predict_with(request: Request, name: str, body: Annotated[Any, Body()]) -> Response:
    """Predict each instance with the model of a name."""
    return await answer(request, get_served(request, name), body)


async def answer(request: Request, served: Served, body: Any) -> Response:
    """Have the model answer, or its canary; the model says what is allowed."""
    model = served.primary.model
    try:
        instances = model.read_instances(body)
    except ValidationError as error:
        errors = [{**reason, "loc": ("body", *reason["loc"])} for reason in error.errors()]
        raise RequestValidationError(errors) from None
    batcher = served.choose()
    outputs = await infer(request, served, batcher, model.make_columns(instances))
    content = served.write_predictions(batcher, outputs)
    return Response(content, media_type="application/json")
