"""The served system on real purchases: a year of groceries up to a week, then asked over HTTP about that week.

Everything is as `make up` does it (import, features, quick training, promotion, the service's own process), only that
the last week was never imported. `--weeks-back N` holds out an earlier week instead, to tune on; such a run prints its
table and writes nothing. `--home FOLDER` keeps the state, and uses what is there.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from socket import socket
from typing import Any

import httpx
import msgspec

from benchmarks.report import Machine, Row, command_line, show, write
from merx_core.events import Event, RecordType
from merx_core.ids import profile_of
from merx_kit.settings import MerxSettings

K = 10
READY_S = 180.0
WEEK = timedelta(weeks=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks-back", type=int, default=0)
    parser.add_argument("--home", type=Path)
    arguments = parser.parse_args()
    machine = Machine.now()
    with tempfile.TemporaryDirectory(prefix="merx-served-") as scratch:
        os.environ["MERX_HOME"] = str(arguments.home or scratch)
        settings = MerxSettings.load()
        settings.home.mkdir(parents=True, exist_ok=True)
        rows = measure(settings, held_out_from(arguments.weeks_back), Path(scratch) / "tables")
    if arguments.weeks_back:
        show(f"served, {arguments.weeks_back} weeks earlier", rows)
    else:
        write("served", rows, command_line(), machine=machine)


def held_out_from(weeks_back: int) -> datetime:
    """The first moment of the held-out week, on the data's own clock."""
    from merx_kit.importers.completejourney import DATA_ENDS

    return DATA_ENDS - WEEK * (weeks_back + 1)


def measure(settings: MerxSettings, cut: datetime, tables: Path) -> list[Row]:
    from merx_pipelines.baselines import Baselines
    from merx_pipelines.profiles import QUICK
    from merx_pipelines.steps import clean, evaluate, extract
    from merx_pipelines.steps.shop_arrays import read_shop
    from merx_pipelines.trails import product_index

    prepare(settings, cut)
    bought = purchases(cut, cut + WEEK)
    shoppers = sorted(bought)
    with service(settings) as address:
        made: dict[str, Sequence[Sequence[str]]] = {"merx": [ask(address, shopper) for shopper in shoppers]}
    extract.run(tables / "raw", settings=settings)
    clean.run_folder(tables / "raw", tables / "clean")
    shop = read_shop(tables / "clean" / "interactions.parquet", tables / "clean" / "catalogue.parquet")
    profiles = tuple(str(profile_of(shopper, None)) for shopper in shoppers)
    simple = Baselines(shop, cut.timestamp())
    made["popular"] = [simple.popular(K)] * len(shoppers)
    made["repeat"] = simple.repeat(profiles, K)
    made["neighbours"] = simple.neighbours(product_index(shop, cut.timestamp(), QUICK), profiles, QUICK)
    question = evaluate.Question(profiles, tuple(frozenset(bought[shopper]) for shopper in shoppers))
    return rows_of(evaluate.compare(made, question, evaluate.sales(shop, cut)), len(shoppers))


def prepare(settings: MerxSettings, cut: datetime) -> None:
    """The state of an installation at `cut`, made unless it is there."""
    from merx_kit.eventlog import EventLog, migrate
    from merx_kit.importers.completejourney import JourneyOptions, import_completejourney
    from merx_pipelines.runs import train

    done = settings.home / "served.txt"
    if done.exists() and done.read_text() == cut.isoformat():
        return
    migrate(settings.database_url)
    with EventLog(settings.database_url) as log:
        print(import_completejourney(log, JourneyOptions(before=cut)).to_text())
    started = time.perf_counter()
    if not train(settings, profile="quick"):
        sys.exit("the gate refused the model: nothing to serve")
    print(f"features and training took {time.perf_counter() - started:.0f} s")
    done.write_text(cut.isoformat())


def purchases(since: datetime, until: datetime) -> dict[str, set[str]]:
    """What each customer bought in a span of time, cleaned as the importer cleans it."""
    from merx_kit.importers import CleaningReport
    from merx_kit.importers.completejourney import JourneyOptions, read_completejourney

    bought: dict[str, set[str]] = {}
    _, batches = read_completejourney(CleaningReport(source="held out"), JourneyOptions(before=until))
    for batch in batches:
        for record in batch:
            if record.type == RecordType.EVENT and record.time and record.time >= since:
                event = msgspec.json.decode(record.data, type=Event)
                bought.setdefault(str(event.customer_id), set()).update(line.product_id for line in event.lines)
    return bought


@contextmanager
def service(settings: MerxSettings) -> Iterator[str]:
    """The recommendation service as a process of its own, serving the champion."""
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "RECO_PORT": str(port), "RECO_EXPOSURES": "false"}
    address = f"http://127.0.0.1:{port}"
    log = settings.home / "served.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "merx_recommendation"], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_for_model(address, process)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def wait_for_model(address: str, process: "subprocess.Popen[bytes]") -> None:
    """Returns when answers come from a model and the features, undegraded."""
    ends = time.monotonic() + READY_S
    while time.monotonic() < ends:
        if process.poll() is not None:
            sys.exit(f"the service ended with status {process.returncode}")
        try:
            answer = httpx.post(f"{address}/v1/recommendations", json={"customer_id": "1", "size": K}, timeout=5)
            if answer.status_code == 200 and not answer.json().get("degraded"):
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    sys.exit(f"the service was not whole within {READY_S:.0f} s")


def ask(address: str, customer_id: str) -> list[str]:
    """The list that the shop's home page would show."""
    answer = httpx.post(f"{address}/v1/recommendations", json={"customer_id": customer_id, "size": K}, timeout=30)
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    return [item["product_id"] for item in body["items"]]


def rows_of(systems: dict[str, Any], shoppers: int) -> list[Row]:
    merx = systems["merx"]
    peers = {name: system for name, system in systems.items() if name != "merx"}

    def row(claim: str, measure: str) -> Row:
        found = getattr(merx, measure)
        values = {name: getattr(peer, measure).mean for name, peer in peers.items()}
        return Row(
            claim=f"{claim}, held-out week, {shoppers} shoppers, over HTTP",
            unit=claim,
            better="higher",
            merx=found.mean,
            spread=(found.low, found.high),
            peers=values,
            goal=max(values.values()),
        )

    def share(claim: str, measure: str) -> Row:
        value = getattr(merx, measure)
        values = {name: getattr(peer, measure) for name, peer in peers.items()}
        return Row(claim=claim, unit="share", better="higher", merx=value, spread=(value, value), peers=values)

    ahead = peers["repeat"].ahead
    lead = Row(
        claim="NDCG@10 ahead of repeat purchase, same shoppers",
        unit="NDCG@10",
        better="higher",
        merx=ahead.mean,
        spread=(ahead.low, ahead.high),
        goal=0.0,
    )
    return [
        row("NDCG@10", "ndcg"),
        row("Recall@10", "recall"),
        lead,
        share("coverage of the products sold", "coverage"),
        share("places for the long tail (all but the best-selling fifth)", "long_tail_share"),
    ]


if __name__ == "__main__":
    main()
