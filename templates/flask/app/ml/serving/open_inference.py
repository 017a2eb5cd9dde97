"""The routes of the Open Inference Protocol, as KServe, Triton and their clients speak it."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from app.ml.model import Model
from app.ml.serving import tensors
from app.ml.serving.batch_queue import STOPPING
from app.ml.serving.inference import get_model, infer, unavailable
from app.problems import DETAILS

logger = logging.getLogger(__name__)
blueprint = Blueprint("open_inference", __name__, url_prefix=tensors.PREFIX)
# A blueprint of its own, because it may be protected.
inference = Blueprint("inference", __name__, url_prefix=tensors.PREFIX)


def init_app(app: Flask) -> None:
    """Add the routes; their errors have the protocol's form."""
    app.register_blueprint(blueprint)
    app.register_blueprint(inference)


@blueprint.errorhandler(Exception)
@inference.errorhandler(Exception)
def handle_error(error: Exception) -> Response:
    """Answer an error in the form of the protocol."""
    if isinstance(error, tensors.ProtocolError):
        return json_response({"error": str(error)}, error.status)
    if isinstance(error, HTTPException):
        return json_response({"error": error.description}, error.code or 500, error.get_headers())
    logger.exception("the request failed")
    return json_response({"error": DETAILS[500]}, 500)


def json_response(content: Mapping[str, Any], status: int = 200, headers: Any = None) -> Response:
    """Answer with JSON."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status, headers, content_type="application/json")


@blueprint.get("")
@blueprint.get("/")
def read_server() -> Response:
    """Describe the server."""
    info = current_app.extensions["openapi"]["info"]
    return json_response(tensors.describe_server(info["title"], info["version"]))


@blueprint.get("/health/live")
def read_live() -> Response:
    """Tell that the server runs."""
    return json_response({"live": True})


@blueprint.get("/health/ready")
def read_ready() -> Response:
    """Tell whether the server can predict."""
    get_model()
    if current_app.extensions["draining"]:
        raise unavailable(STOPPING)
    return json_response({"ready": True})


@blueprint.get("/models/<name>")
@blueprint.get("/models/<name>/versions/<version>")
def read_model(name: str, version: str | None = None) -> Response:
    """Describe the model."""
    return json_response(tensors.describe_model(get_named_model(name, version)))


@blueprint.get("/models/<name>/ready")
@blueprint.get("/models/<name>/versions/<version>/ready")
def read_model_ready(name: str, version: str | None = None) -> Response:
    """Tell whether the model can predict."""
    return json_response({"name": get_named_model(name, version).metadata.name, "ready": True})


@inference.post("/models/<name>/infer")
@inference.post("/models/<name>/versions/<version>/infer")
def infer_tensors(name: str, version: str | None = None) -> Response:
    """Compute the outputs of the model, in JSON or in binary."""
    model = get_named_model(name, version)
    length = request.headers.get(tensors.HEADER_LENGTH)
    sent, columns = tensors.read_request(request.get_data(), length, model)
    outputs = infer(model, columns)
    body, headers = tensors.write_response(model, sent, outputs)
    return Response(body, headers=headers)


def get_named_model(name: str, version: str | None) -> Model:
    """Find the model that a path names."""
    model = get_model()
    tensors.check_name(model, name, version)
    return model
