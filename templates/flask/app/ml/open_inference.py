"""The routes of the Open Inference Protocol, as KServe, Triton and their clients speak it."""

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import NotFound

from app.ml.inference import get_model, infer, refusal
from app.ml.model import Model
from app.ml.tensors import HEADER_LENGTH, BadRequest, describe_model, read_question, write_answer
from app.problems import DETAILS, MEDIA_TYPE

PREFIX = "/v2"

logger = logging.getLogger(__name__)
blueprint = Blueprint("open_inference", __name__, url_prefix=PREFIX)
# Apart, because not everybody may ask for it.
inference = Blueprint("inference", __name__, url_prefix=PREFIX)


def init_app(app: Flask) -> None:
    """Add the routes; their errors have the protocol's form."""
    app.register_blueprint(blueprint)
    app.register_blueprint(inference)
    route = app.wsgi_app

    def answer_always(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return route(environ, start_response)
        except Exception:
            if not environ["PATH_INFO"].startswith(f"{PREFIX}/"):
                raise
            logger.exception("the request failed")
            return write({"error": DETAILS[500]}, 500)(environ, start_response)

    app.wsgi_app = answer_always  # type: ignore[method-assign]


@blueprint.errorhandler(BadRequest)
@inference.errorhandler(BadRequest)
def refuse(error: BadRequest) -> Response:
    """Say what the protocol or the model does not allow."""
    return write({"error": str(error)}, 400)


@blueprint.after_request
@inference.after_request
def reword(response: Response) -> Response:
    """Give a problem the form of the protocol."""
    if response.mimetype == MEDIA_TYPE:
        error = write({"error": response.get_json()["detail"]})
        response.data, response.content_type = error.data, error.content_type
    return response


def write(content: Mapping[str, Any], status: int = 200) -> Response:
    """Answer with JSON."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status, content_type="application/json")


@blueprint.get("")
@blueprint.get("/")
def read_server() -> Response:
    """Describe the server."""
    info = current_app.extensions["openapi"]["info"]
    extensions = ["binary_tensor_data"]
    return write({"name": info["title"], "version": info["version"], "extensions": extensions})


@blueprint.get("/health/live")
def read_live() -> Response:
    """Tell that the server runs."""
    return write({"live": True})


@blueprint.get("/health/ready")
def read_ready() -> Response:
    """Tell whether the server can predict."""
    get_model()
    if current_app.extensions["draining"]:
        raise refusal("The service is stopping.")
    return write({"ready": True})


@blueprint.get("/models/<name>")
@blueprint.get("/models/<name>/versions/<version>")
def read_model(name: str, version: str | None = None) -> Response:
    """Describe the model."""
    return write(describe_model(get_named_model(name, version)))


@blueprint.get("/models/<name>/ready")
@blueprint.get("/models/<name>/versions/<version>/ready")
def read_model_ready(name: str, version: str | None = None) -> Response:
    """Tell whether the model can predict."""
    return write({"name": get_named_model(name, version).metadata.name, "ready": True})


@inference.post("/models/<name>/infer")
@inference.post("/models/<name>/versions/<version>/infer")
def infer_tensors(name: str, version: str | None = None) -> Response:
    """Compute the outputs of the model, in JSON or in binary."""
    model = get_named_model(name, version)
    question = read_question(request.get_data(), request.headers.get(HEADER_LENGTH), model)
    outputs = infer(model, question.columns, question.rows)
    body, headers = write_answer(model, question.request, outputs)
    return Response(body, headers=headers)


def get_named_model(name: str, version: str | None) -> Model:
    """Find the model that a path names."""
    model = get_model()
    metadata = model.metadata
    if name != metadata.name or version not in (None, metadata.version):
        raise NotFound(f"The model is {metadata.name}, version {metadata.version}.")
    return model
