"""The route of predictions."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint
from pydantic import ValidationError

from app.ml.inference import get_model, infer
from app.ml.schemas import PATH, Predictions
from app.operations import operation
from app.problem_responses import problem_responses
from app.validation import MISSING, InvalidRequest, read_json

blueprint = Blueprint("predictions", __name__)


def with_body(view: Callable[[Any], Predictions]) -> Callable[[], Predictions]:
    """Hand the body to a view that validates it."""

    @wraps(view)
    def read_and_call() -> Predictions:
        return view(read_json())

    return read_and_call


@blueprint.post(PATH)
@operation(responses=problem_responses(413, 422, 503))
@with_body
def predict(body: Any) -> Predictions:
    """Predict the class of each instance."""
    if body is MISSING:
        raise InvalidRequest([{"loc": ("body",), "msg": "Field required", "type": "missing"}])
    model = get_model()
    try:
        instances = model.read_instances(body)
    except ValidationError as error:
        errors = [{**reason, "loc": ("body", *reason["loc"])} for reason in error.errors()]
        raise InvalidRequest(errors) from None
    outputs = infer(model, model.make_columns(instances), len(instances))
    return model.write_predictions(outputs)
