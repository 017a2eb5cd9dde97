"""The OpenAPI document, with the media type of problem details."""

from typing import Any

from fastapi import FastAPI

from app.problems import MEDIA_TYPE

PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}


class FastAPIWithProblems(FastAPI):
    """Documents each problem as application/problem+json."""

    def openapi(self) -> dict[str, Any]:
        """Describe the service."""
        document = super().openapi()
        for path in document["paths"].values():
            for operation in path.values():
                for response in operation["responses"].values():
                    if response.get("content", {}).get("application/json") == PROBLEM:
                        response["content"] = {MEDIA_TYPE: PROBLEM}
        return document
