"""The route of predictions."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.ml.schemas import PATH, Predictions
from app.ml.serving.inference import get_model, infer
from app.ml.serving.model_loader import lifespan
from app.problem_responses import problem_responses

router = APIRouter(tags=["predictions"], lifespan=lifespan)


@router.post(
    PATH,
    operation_id="predict",
    response_model=Predictions,
    responses=problem_responses(413, 422, 503),
)
async def predict(request: Request, body: Annotated[Any, Body()]) -> Response:
    """Predict the class of each instance."""
    model = get_model(request)
    try:
        instances = model.read_instances(body)
    except ValidationError as error:
        errors = [{**reason, "loc": ("body", *reason["loc"])} for reason in error.errors()]
        raise RequestValidationError(errors) from None
    outputs = await infer(request, model, model.make_columns(instances))
    # A response and no model: FastAPI would validate it again, which takes as long as the model.
    content = model.write_predictions(outputs).model_dump_json()
    return Response(content, media_type="application/json")
