from typing import Literal, cast

ForecastPeriod = Literal["day", "week"]


def check_forecast_period(value: str) -> ForecastPeriod:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(ForecastPeriod, value)
