"""Predictions with FastAPI as one first writes them: the handler runs the model itself."""

from typing import Annotated, Any

from bare_model import Model
from fastapi import FastAPI
from pydantic import BaseModel, Field

model = Model()
app = FastAPI()


class Instance(BaseModel):
    sepal_length: Annotated[float, Field(ge=4, le=8)]
    sepal_width: Annotated[float, Field(ge=2, le=5)]
    petal_length: Annotated[float, Field(ge=1, le=7)]
    petal_width: Annotated[float, Field(ge=0, le=3)]


class PredictionRequest(BaseModel):
    instances: Annotated[list[Instance], Field(min_length=1, max_length=1000)]


class Prediction(BaseModel):
    label: str
    probabilities: dict[str, float]


class Predictions(BaseModel):
    predictions: list[Prediction]


@app.get("/livez")
async def livez() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/api/v1/predictions", response_model=Predictions)
async def predict(body: PredictionRequest) -> dict[str, Any]:
    return {"predictions": model.predict([instance.model_dump() for instance in body.instances])}
