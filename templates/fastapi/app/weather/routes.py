"""The route of the weather."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request

from app.problem_responses import problem_responses
from app.weather.schemas import Weather, WeatherQuery
from app.weather.service import WeatherService


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep the client of the other service as long as this one runs."""
    weather = app.state.weather = WeatherService(app.state.settings)
    async with weather.client:
        yield


router = APIRouter(tags=["weather"], lifespan=lifespan)


@router.get(
    "/api/v1/weather",
    operation_id="read_weather",
    responses=problem_responses(422, 502, 503, 504),
)
async def read_weather(query: Annotated[WeatherQuery, Query()], request: Request) -> Weather:
    """Read the weather at a place."""
    weather: WeatherService = request.app.state.weather
    return await weather.read(query)
