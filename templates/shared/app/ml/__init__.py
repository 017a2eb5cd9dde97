"""Predictions of the model in the folder `model/`."""

import os

# Set before ONNX Runtime is imported. It would report its use to Microsoft, from a thread that does
# not survive a fork.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
