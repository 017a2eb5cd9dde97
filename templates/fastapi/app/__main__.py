"""`python -m app`: the production server."""

from app.server.uvicorn_server import serve
from app.settings import load_settings

if __name__ == "__main__":
    serve(load_settings())
