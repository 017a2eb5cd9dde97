"""The OpenAPI document, and a page that shows it."""

from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Response

from app.docs import CONTENT_SECURITY_POLICY, docs_file
from app.problems import MEDIA_TYPE

PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}

router = APIRouter(include_in_schema=False)


class Service(FastAPI):
    """FastAPI, but for the media type of problems in the document."""

    def openapi(self) -> dict[str, Any]:
        """Describe the service."""
        document = super().openapi()
        for path in document["paths"].values():
            for operation in path.values():
                for response in operation["responses"].values():
                    content = response.get("content", {})
                    if content.get("application/json") == PROBLEM:
                        content[MEDIA_TYPE] = content.pop("application/json")
        return document


@router.get("/docs")
@router.get("/docs/{name}")
async def read_docs(name: str = "") -> Response:
    """Send the page, or a file that it needs."""
    try:
        content, media_type = docs_file(name)
    except KeyError:
        raise HTTPException(404) from None
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    return Response(content, media_type=media_type, headers=headers)
