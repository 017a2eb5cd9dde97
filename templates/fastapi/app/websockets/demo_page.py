"""The page on which two tabs talk; only development has it."""

from fastapi import APIRouter, HTTPException, Response

from app.websockets.demo import FILES, HEADERS

router = APIRouter(include_in_schema=False)


@router.get("/ws-demo")
@router.get("/ws-demo/{name}")
async def read_demo(name: str = "") -> Response:
    """Send the page, or a file that it needs."""
    if name not in FILES:
        raise HTTPException(404)
    path, media_type = FILES[name]
    return Response(path.read_bytes(), headers=HEADERS, media_type=media_type)
