"""The frameworks that a service can be made with."""

FASTAPI, FLASK = "fastapi", "flask"
DEFAULT = FASTAPI  # as in copier.yml
NAMES = {FASTAPI: "FastAPI", FLASK: "Flask"}
