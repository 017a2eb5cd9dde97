"""The route of predictions."""

from typing import Any

from flask import Blueprint
from pydantic import ValidationError

from app.ml.schemas import PATH, Predictions
from app.ml.serving.inference import get_model, infer
from app.openapi import operation
from app.problem_responses import problem_responses
from app.validation import InvalidRequest, locate, validated

blueprint = Blueprint("predictions", __name__)


@blueprint.post(PATH)
@operation(responses=problem_responses(413, 422, 503))
@validated
def predict(body: Any) -> Predictions:
    """Predict the class of each instance."""
    model = get_model()
    try:
        instances = model.read_instances(body)
    except ValidationError as error:
        raise InvalidRequest(locate(error, "body")) from None
    outputs = infer(model, model.make_columns(instances))
    return model.write_predictions(outputs)
