"""Puts a pickle in its place, and describes it."""

from hashlib import sha256
from pathlib import Path

from app.ml.serving.metadata import Feature, Metadata

content, folder = Path("model.joblib").read_bytes(), Path("model")
folder.mkdir(exist_ok=True)
(folder / "model.joblib").write_bytes(content)
metadata = Metadata(
    name="own",
    version="1",
    file="model.joblib",
    sha256=sha256(content).hexdigest(),
    features=[Feature(name=name, type="number", minimum=0.1) for name in ("sl", "pl")],
    classes=[False, True],
    threshold=0.3,
)
(folder / "model.json").write_text(metadata.model_dump_json(exclude_none=True))
