"""The route of the weather."""

from flask import Blueprint, current_app

from app.openapi import operation
from app.problem_responses import problem_responses
from app.validation import validated
from app.weather.schemas import Weather, WeatherQuery
from app.weather.service import WeatherService

blueprint = Blueprint("weather", __name__)


@blueprint.get("/api/v1/weather")
@operation(responses=problem_responses(422, 502, 503, 504))
@validated
def read_weather(query: WeatherQuery) -> Weather:
    """Read the weather at a place."""
    weather: WeatherService = current_app.extensions["weather"]
    return weather.read(query)
