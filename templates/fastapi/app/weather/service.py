"""The other service, which knows the weather."""

from app.outbound.answers import read_answer
from app.outbound.client import create_client
from app.settings import Settings
from app.weather.schemas import PATH, Forecast, Weather, WeatherQuery


class WeatherService:
    """Asks for the weather."""

    def __init__(self, settings: Settings) -> None:
        self.client = create_client(settings.weather_url, settings)

    async def read(self, query: WeatherQuery) -> Weather:
        """Ask for the weather at a place."""
        answer = await self.client.get(PATH, params=query.parameters())
        return read_answer(answer, Forecast).weather()
