"""`uv run poe import-model FILE`: a model of your own becomes the one that is served."""
