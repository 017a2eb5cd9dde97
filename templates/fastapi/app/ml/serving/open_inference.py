"""The routes of the Open Inference Protocol, as KServe, Triton and their clients speak it."""

import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from app.ml.model import Model
from app.ml.serving import tensors
from app.ml.serving.batch_queue import STOPPING
from app.ml.serving.inference import get_model, infer, unavailable
from app.problems import DETAILS

logger = logging.getLogger(__name__)


class ProtocolRoute(APIRoute):
    """A route whose errors have the protocol's form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Turn the exceptions of a route into errors of the protocol."""
        handle = super().get_route_handler()

        async def handle_errors(request: Request) -> Response:
            try:
                return await handle(request)
            except tensors.ProtocolError as error:
                return JSONResponse({"error": str(error)}, error.status)
            except HTTPException as error:
                if error.status_code == 413:
                    raise  # a problem, as for all other routes
                return JSONResponse({"error": error.detail}, error.status_code, error.headers)
            except Exception:
                logger.exception("the request failed")
                return JSONResponse({"error": DETAILS[500]}, 500)

        return handle_errors


router = APIRouter(prefix=tensors.PREFIX, include_in_schema=False, route_class=ProtocolRoute)
# A router of its own, because it may be protected.
inference = APIRouter(prefix=tensors.PREFIX, include_in_schema=False, route_class=ProtocolRoute)


async def get_named_model(request: Request, name: str, version: str | None = None) -> Model:
    """Find the model that a path names."""
    model = get_model(request)
    tensors.check_name(model, name, version)
    return model


NamedModelDep = Annotated[Model, Depends(get_named_model)]


@router.get("")
@router.get("/")
async def read_server(request: Request) -> dict[str, Any]:
    """Describe the server."""
    return tensors.describe_server(request.app.title, request.app.version)


@router.get("/health/live")
async def read_live() -> dict[str, bool]:
    """Tell that the server runs."""
    return {"live": True}


@router.get("/health/ready")
async def read_ready(request: Request) -> dict[str, bool]:
    """Tell whether the server can predict."""
    get_model(request)
    if request.app.state.draining:
        raise unavailable(STOPPING)
    return {"ready": True}


@router.get("/models/{name}")
@router.get("/models/{name}/versions/{version}")
async def read_model(model: NamedModelDep) -> dict[str, Any]:
    """Describe the model."""
    return tensors.describe_model(model)


@router.get("/models/{name}/ready")
@router.get("/models/{name}/versions/{version}/ready")
async def read_model_ready(model: NamedModelDep) -> dict[str, Any]:
    """Tell whether the model can predict."""
    return {"name": model.metadata.name, "ready": True}


@inference.post("/models/{name}/infer")
@inference.post("/models/{name}/versions/{version}/infer")
async def infer_tensors(request: Request, model: NamedModelDep) -> Response:
    """Compute the outputs of the model, in JSON or in binary."""
    # A header that is sent twice becomes one that is no number.
    lengths = request.headers.getlist(tensors.HEADER_LENGTH)
    length = ",".join(lengths) if lengths else None
    sent, columns = tensors.read_request(await request.body(), length, model)
    outputs = await infer(request, model, columns)
    body, headers = tensors.write_response(model, sent, outputs)
    return Response(body, headers=headers)
