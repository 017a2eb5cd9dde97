"""What is measured of predictions."""

from prometheus_client import Gauge

QUEUED_ROWS = Gauge(
    "prediction_queue_rows", "Rows that wait for the model.", multiprocess_mode="livesum"
)
QUEUE_LIMIT = Gauge(
    "prediction_queue_limit_rows",
    "Rows that may wait for the model.",
    multiprocess_mode="livesum",
)
