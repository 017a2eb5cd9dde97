"""The routes of the Open Inference Protocol, as KServe, Triton and their clients speak it."""

import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from app.ml.inference import get_model, infer, refusal
from app.ml.model import Model
from app.ml.tensors import HEADER_LENGTH, BadRequest, describe_model, read_question, write_answer
from app.problems import DETAILS

logger = logging.getLogger(__name__)


class ProtocolRoute(APIRoute):
    """A route whose errors have the protocol's form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Answer also when the route refuses or fails."""
        answer = super().get_route_handler()

        async def answer_always(request: Request) -> Response:
            try:
                return await answer(request)
            except BadRequest as error:
                return JSONResponse({"error": str(error)}, 400)
            except HTTPException as error:
                if error.status_code == 413:
                    raise  # as for every other route
                return JSONResponse({"error": error.detail}, error.status_code, error.headers)
            except Exception:
                logger.exception("the request failed")
                return JSONResponse({"error": DETAILS[500]}, 500)

        return answer_always


router = APIRouter(prefix="/v2", include_in_schema=False, route_class=ProtocolRoute)
# Apart, because not everybody may ask for it.
inference = APIRouter(prefix="/v2", include_in_schema=False, route_class=ProtocolRoute)


async def get_named_model(request: Request, name: str, version: str | None = None) -> Model:
    """Find the model that a path names."""
    model = get_model(request)
    metadata = model.metadata
    if name != metadata.name or version not in (None, metadata.version):
        raise HTTPException(404, f"The model is {metadata.name}, version {metadata.version}.")
    return model


NamedModelDep = Annotated[Model, Depends(get_named_model)]


@router.get("")
@router.get("/")
async def read_server(request: Request) -> dict[str, Any]:
    """Describe the server."""
    app = request.app
    return {"name": app.title, "version": app.version, "extensions": ["binary_tensor_data"]}


@router.get("/health/live")
async def read_live() -> dict[str, bool]:
    """Tell that the server runs."""
    return {"live": True}


@router.get("/health/ready")
async def read_ready(request: Request) -> dict[str, bool]:
    """Tell whether the server can predict."""
    get_model(request)
    if request.app.state.draining:
        raise refusal("The service is stopping.")
    return {"ready": True}


@router.get("/models/{name}")
@router.get("/models/{name}/versions/{version}")
async def read_model(model: NamedModelDep) -> dict[str, Any]:
    """Describe the model."""
    return describe_model(model)


@router.get("/models/{name}/ready")
@router.get("/models/{name}/versions/{version}/ready")
async def read_model_ready(model: NamedModelDep) -> dict[str, Any]:
    """Tell whether the model can predict."""
    return {"name": model.metadata.name, "ready": True}


@inference.post("/models/{name}/infer")
@inference.post("/models/{name}/versions/{version}/infer")
async def infer_tensors(request: Request, model: NamedModelDep) -> Response:
    """Compute the outputs of the model, in JSON or in binary."""
    # One that is sent twice is as wrong as one that is no number.
    lengths = request.headers.getlist(HEADER_LENGTH)
    length = ",".join(lengths) if lengths else None
    question = read_question(await request.body(), length, model)
    outputs = await infer(request, model, question.columns, question.rows)
    body, headers = write_answer(model, question.request, outputs)
    return Response(body, headers=headers)
