"""Waits until every process answers, then shows each address with one request to try and its real answer."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from rich.console import Console
from rich.table import Table

from merx_pipelines.embedded.processes import ServedProcess

POLL_S = 0.3
PATIENCE_S = 40.0
"""How long a service that is ready may still wait for its model before it is asked for its example all the same."""
SHOWN_CHARACTERS = 600
SILENT = "not ready in time; its lines above say why"


@dataclass(frozen=True)
class Answer:
    """What a process answered to its example request; `status` 0 means that it did not answer."""

    process: ServedProcess
    status: int
    body: str


def announce(
    served: Sequence[ServedProcess], stopped: threading.Event, *, timeout_s: float, console: Console
) -> list[Answer]:
    """Show the table once all are ready; on a timeout, shows what answers and says which process does not."""
    deadline = time.monotonic() + timeout_s
    with httpx.Client(timeout=10.0) as client:
        # All are ready before the first is asked: by then a service has its model, and not only its fallback.
        ready = [_ready(client, process, stopped, deadline) for process in served]
        answers = [
            _ask(client, process) if up else Answer(process, 0, SILENT)
            for process, up in zip(served, ready, strict=True)
        ]
    if not stopped.is_set():
        show(answers, console)
    return answers


def _ask(client: httpx.Client, process: ServedProcess) -> Answer:
    url = process.address + process.try_path
    try:
        response = client.get(url) if process.try_body is None else client.post(url, json=process.try_body)
    except httpx.HTTPError as error:
        return Answer(process, 0, str(error))
    return Answer(process, response.status_code, response.text)


def _ready(client: httpx.Client, process: ServedProcess, stopped: threading.Event, deadline: float) -> bool:
    patience = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and not stopped.is_set():
        try:
            response = client.get(process.address + process.ready_path)
            if response.status_code == httpx.codes.OK and (whole(response) or time.monotonic() > patience):
                return True
        except httpx.HTTPError:
            pass  # not listening yet
        stopped.wait(POLL_S)
    return False


def whole(response: httpx.Response) -> bool:
    """Whether a readiness answer names nothing that is missing, so that the example shows more than a fallback."""
    return '"status":"degraded"' not in response.text


def show(answers: Sequence[Answer], console: Console) -> None:
    """The addresses as a table, then one request for each that can be copied as it is, with its answer of just now."""
    table = Table(title="Merx is up")
    for column in ("service", "address", "answers"):
        table.add_column(column, no_wrap=True)
    for answer in answers:
        table.add_row(answer.process.name, answer.process.address, str(answer.status or "no"))
    console.print(table)
    for answer in answers:
        body = " ".join(answer.body.split())
        cut = body if len(body) <= SHOWN_CHARACTERS else body[:SHOWN_CHARACTERS] + " ..."
        console.print(f"$ {request_line(answer.process)}", style="bold", highlight=False, markup=False, soft_wrap=True)
        console.print(cut, highlight=False, markup=False, soft_wrap=True)


def request_line(process: ServedProcess) -> str:
    """The example request as a curl command."""
    url = process.address + process.try_path
    if process.try_body is None:
        return f"curl '{url}'"
    return f"curl {url} -H 'Content-Type: application/json' -d '{json.dumps(process.try_body)}'"
