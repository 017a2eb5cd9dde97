"""The setting of the weather."""

from pydantic import BaseModel

from app.outbound.settings import ServiceUrl


class WeatherSettings(BaseModel):
    """Which service is asked; only this decides on the host of a call."""

    weather_url: ServiceUrl = "https://api.open-meteo.com"
