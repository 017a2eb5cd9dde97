"""Predictions of the model in the folder `model/`."""

import os

# Before ONNX Runtime is imported: it would report its use to Microsoft, from a thread that a forked
# worker does not survive.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
