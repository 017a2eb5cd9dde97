"""The settings of predictions."""

from pathlib import Path

from pydantic import BaseModel, Field

from app.ml.serving.providers import CPU, Providers


class MlSettings(BaseModel):
    """The settings of predictions."""

    model_path: Path = Path("model")
    # Rows of one run of the model; a request with more rows runs alone.
    model_batch_size: int = Field(default=64, ge=1)
    # How many rows may wait in a worker, and for how long.
    model_queue_size: int = Field(default=10_000, ge=1)
    model_queue_seconds: float = Field(default=10, gt=0)
    # What runs the model; the first that is available.
    model_providers: Providers = (CPU,)
    # Whether the workers share the weights that lie beside a graph.
    model_share_weights: bool = True
    # The share of the requests that the log shows, with their answers.
    model_log_share: float = Field(default=0, ge=0, le=1)
