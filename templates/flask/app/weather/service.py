"""The other service, which knows the weather."""

from app.outbound.answers import read_answer
from app.outbound.client import create_client
from app.settings import Settings
from app.weather.schemas import PATH, Forecast, Weather, WeatherQuery


class WeatherService:
    """Asks for the weather."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.connect()

    def connect(self) -> None:
        """Begin with a client that has no connection."""
        self.client = create_client(self._settings.weather_url, self._settings)

    def read(self, query: WeatherQuery) -> Weather:
        """Ask for the weather at a place."""
        answer = self.client.get(PATH, params=query.parameters())
        return read_answer(answer, Forecast).weather()

    def close(self) -> None:
        """Close the connections."""
        self.client.close()
