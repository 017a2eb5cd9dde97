"""How a model is loaded: nothing serves that is not what its description says."""

import traceback
from pathlib import Path

from app.ml import predictor
from app.ml.serving.checks import check
from app.ml.serving.model import Model
from app.ml.serving.model_error import ModelError
from app.ml.serving.model_files import read_metadata, verified_files
from app.ml.serving.onnx_model import Runtime


def load(folder: Path, runtime: Runtime, batch_size: int) -> Model:
    """Load the model of a folder, check it and warm it up, or raise a ModelError."""
    try:
        metadata = read_metadata(folder)
        loaded = predictor.Predictor()
        with verified_files(folder, metadata):
            loaded.load(folder, metadata, runtime)
        model = Model(metadata, loaded)
        model.warm_up(check(model, folder, batch_size), batch_size)
    except ModelError as error:
        raise ModelError(f"{folder}: {error}") from error
    except OSError as error:
        raise ModelError(f"{error.filename}: {error.strerror}") from error
    except Exception as error:
        raise ModelError(f"{folder}: {_locate(error)}{error}") from error
    return model


def _locate(error: Exception) -> str:
    """Say where the predictor raised an error; the errors of ONNX Runtime say enough."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == predictor.__file__]
    if not lines:
        return f"{type(error).__name__}: "
    return f"app/ml/predictor.py, line {lines[-1]}: {type(error).__name__}: "
