"""Waiting for what takes its time: by asking again, with an end."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

import httpx

from merx_client import Refusal

T = TypeVar("T")
PAUSE_S = 0.3


class StepFailed(Exception):
    """One sentence on what was not as it should be."""


class Calls:
    """Waits for answers of services and commands; `patience_s` is how long at most, for each."""

    def __init__(self, patience_s: float, pause_s: float = PAUSE_S) -> None:
        self.patience_s = patience_s
        self._pause_s = pause_s

    def until(self, what: str, ask: Callable[[], T | None]) -> T:
        """What `ask` gives as soon as it gives something true. Raises StepFailed, with the last failure where one was.

        A service that is away, or answers 5xx, is asked again; any other refusal is the step's.
        """
        end, last = time.monotonic() + self.patience_s, ""
        while True:
            try:
                if found := ask():
                    return found
                last = ""
            except httpx.TransportError as error:
                last = f": {error!r}"
            except Refusal as refusal:
                if refusal.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise StepFailed(f"{what}: {refusal}") from refusal
                last = f": {refusal}"
            if time.monotonic() > end:
                raise StepFailed(f"{what}: not within {self.patience_s:g} s{last}")
            time.sleep(self._pause_s)
