"""The page that shows the OpenAPI document."""

from fastapi import APIRouter, HTTPException, Response

from app.docs import FILES, HEADERS

router = APIRouter(include_in_schema=False)


@router.get("/docs")
@router.get("/docs/{name}")
async def read_docs(name: str = "") -> Response:
    """Send the page, or a file that it needs."""
    if name not in FILES:
        raise HTTPException(404)
    path, media_type = FILES[name]
    return Response(path.read_bytes(), headers=HEADERS, media_type=media_type)
