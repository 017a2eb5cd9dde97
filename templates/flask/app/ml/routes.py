"""The routes of predictions."""

from typing import Any

from flask import Blueprint, Response
from pydantic import ValidationError

from app.ml.serving.inference import get_served, infer
from app.ml.serving.model_store import Served
from app.ml.serving.schemas import NAMED_PATH, PATH, Predictions
from app.openapi import operation
from app.problem_responses import problem_responses
from app.validation import InvalidRequest, locate, validated

blueprint = Blueprint("predictions", __name__)


@blueprint.post(PATH)
@operation(returns=Predictions, responses=problem_responses(404, 413, 422, 503))
@validated
def predict(body: Any) -> Response:
    """Predict each instance."""
    return answer(get_served(), body)


# The document has a path for each model in its place.
@blueprint.post(NAMED_PATH.format(name="<name>"))
@validated
def predict_with(name: str, body: Any) -> Response:
    """Predict each instance with the model of a name."""
    return answer(get_served(name), body)


def answer(served: Served, body: Any) -> Response:
    """Have the model answer, or its canary; the model says what is allowed."""
    model = served.primary.model
    try:
        instances = model.read_instances(body)
    except ValidationError as error:
        raise InvalidRequest(locate(error, "body")) from None
    batcher = served.choose()
    outputs = infer(served, batcher, model.make_columns(instances))
    content = served.write_predictions(batcher, outputs)
    return Response(content, content_type="application/json")
