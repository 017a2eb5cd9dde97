"""The route of predictions."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.ml.serving.inference import get_model, infer
from app.ml.serving.model_loader import lifespan
from app.ml.serving.schemas import PATH, Predictions
from app.problem_responses import problem_responses

router = APIRouter(tags=["predictions"], lifespan=lifespan)


@router.post(
    PATH,
    operation_id="predict",
    response_model=Predictions,
    responses=problem_responses(413, 422, 503),
)
async def predict(request: Request, body: Annotated[Any, Body()]) -> Response:
    """Predict each instance."""
    model = get_model(request)
    try:
        instances = model.read_instances(body)
    except ValidationError as error:
        errors = [{**reason, "loc": ("body", *reason["loc"])} for reason in error.errors()]
        raise RequestValidationError(errors) from None
    outputs = await infer(request, model, model.make_columns(instances))
    return Response(model.write_predictions(outputs), media_type="application/json")
