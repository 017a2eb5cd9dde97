"""`scaffold migrate`: a Flask service becomes one of FastAPI, route by route."""
