"""The route of predictions."""

from typing import Any

from flask import Blueprint, Response
from pydantic import ValidationError

from app.ml.serving.inference import get_model, infer
from app.ml.serving.schemas import PATH, Predictions
from app.openapi import operation
from app.problem_responses import problem_responses
from app.validation import InvalidRequest, locate, validated

blueprint = Blueprint("predictions", __name__)


@blueprint.post(PATH)
@operation(returns=Predictions, responses=problem_responses(413, 422, 503))
@validated
def predict(body: Any) -> Response:
    """Predict each instance."""
    model = get_model()
    try:
        instances = model.read_instances(body)
    except ValidationError as error:
        raise InvalidRequest(locate(error, "body")) from None
    outputs = infer(model, model.make_columns(instances))
    return Response(model.write_predictions(outputs), content_type="application/json")
