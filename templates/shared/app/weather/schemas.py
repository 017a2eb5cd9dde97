"""What a client asks and gets, and what the other service takes and answers."""

from datetime import UTC, datetime

from pydantic import BaseModel, Field

PATH = "/v1/forecast"


class WeatherQuery(BaseModel):
    """A place, in degrees."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)

    def parameters(self) -> dict[str, str]:
        """Return the parameters of the call."""
        return {
            "latitude": str(self.latitude),
            "longitude": str(self.longitude),
            "current": "temperature_2m,wind_speed_10m",
            "timeformat": "unixtime",
        }


class Weather(BaseModel):
    """The weather now: degrees Celsius, and kilometres an hour."""

    temperature: float
    wind_speed: float
    measured_at: datetime


class Conditions(BaseModel):
    """The weather now, as the other service writes it."""

    temperature_2m: float = Field(allow_inf_nan=False)
    wind_speed_10m: float = Field(allow_inf_nan=False)
    time: int = Field(ge=0, le=253_402_300_799)


class Forecast(BaseModel):
    """What the other service answers, as far as it matters here."""

    current: Conditions

    def weather(self) -> Weather:
        """Write it as this service does."""
        return Weather(
            temperature=self.current.temperature_2m,
            wind_speed=self.current.wind_speed_10m,
            measured_at=datetime.fromtimestamp(self.current.time, UTC),
        )
