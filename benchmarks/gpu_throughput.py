"""What a GPU does: throughput against batch size, utilisation under a replayed load before and after batching, and
joules for 1,000 calls, for a network of a ranker's shape and one of a text encoder's.

Needs torch and onnxruntime alone, and no other file: copy it to where a GPU is and run `python gpu_throughput.py`. The
driver's nvidia-smi tells utilisation and power. Without a GPU it measures the CPU, says so in every line, and
gives no joules. `--out` writes JSON whose `overhead_ms`, `request_ms` and `rated_per_s` the scaling simulation takes.
"""

import argparse
import json
import math
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

GPU = torch.cuda.is_available()
CANDIDATES, FEATURES = 100, 40
TOKENS, WIDTH, LAYERS, HEADS, VOCABULARY = 64, 384, 6, 12, 30_000
Run = Callable[[int], None]
"""Runs one batch of the given size to its end."""
FEWEST_CALLS = 10


class Ranker(nn.Module):  # type: ignore[misc]  # torch is not typed here
    """Scores 100 candidates of 40 features each: one call."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(FEATURES, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 1)
        )

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return self.layers(rows).squeeze(-1)


class Encoder(nn.Module):  # type: ignore[misc]
    """Six transformer layers of width 384 on 64 tokens, mean-pooled: one text."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, batch_first=True, activation="gelu")
        self.layers = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.layers(self.words(tokens)).mean(dim=1)


@dataclass(frozen=True)
class Network:
    name: str
    make: Callable[[], nn.Module]
    inputs: Callable[[int], torch.Tensor]


NETWORKS = (
    Network("ranker", Ranker, lambda size: torch.randn(size, CANDIDATES, FEATURES)),
    Network("encoder", Encoder, lambda size: torch.randint(0, VOCABULARY, (size, TOKENS))),
)


@dataclass(frozen=True)
class Engine:
    """A network ready to run, and where."""

    run: Run
    on_gpu: bool

    @property
    def device(self) -> str:
        if self.on_gpu:
            return str(torch.cuda.get_device_name(0))
        return f"CPU ({torch.get_num_threads()} threads): not a GPU measurement"


@dataclass(frozen=True)
class Sizes:
    """Median time of a batch and calls a second, by batch size; and the straight line through the times."""

    batch_ms: Mapping[int, float]
    calls_per_s: Mapping[int, float]
    overhead_ms: float
    request_ms: float

    @property
    def largest(self) -> int:
        return max(self.batch_ms)

    @property
    def rated_per_s(self) -> float:
        return self.calls_per_s[self.largest]


@dataclass
class Watched:
    """What nvidia-smi said while the work ran: utilisation in percent, power in watts; empty without a GPU."""

    utilisation: list[float] = field(default_factory=list)
    watts: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Replayed:
    """A load of scheduled calls, served."""

    calls: int
    mean_batch: float
    busy: float
    """Share of the time in which a batch was under way."""
    work_weighted: float
    """Calls over what full batches would have served in the same time."""
    p50_ms: float
    p99_ms: float
    device_utilisation: float | None
    joules_per_1000: float | None


def torch_engine(network: Network) -> Engine:
    device = torch.device("cuda" if GPU else "cpu")
    model = network.make().eval().to(device)
    pool: dict[int, torch.Tensor] = {}

    def run(size: int) -> None:
        if size not in pool:
            pool[size] = network.inputs(size)
        with torch.inference_mode():
            answer = model(pool[size].to(device))
            answer.cpu()  # to the host, as a service needs it; waits for the GPU

    return Engine(run, on_gpu=GPU)


def onnx_engine(network: Network) -> Engine:
    """The same network in onnxruntime, on CUDA where its build has it; raises what the exporter raises."""
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        model, example = network.make().eval(), network.inputs(2)
        axes = {"input": {0: "size"}, "output": {0: "size"}}
        names = {"input_names": ["input"], "output_names": ["output"], "dynamic_axes": axes}
        with warnings.catch_warnings():  # the newer exporter needs packages of its own
            warnings.simplefilter("ignore", DeprecationWarning)
            torch.onnx.export(model, (example,), str(path), dynamo=False, **names)
        wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
        providers = [name for name in wanted if name in onnxruntime.get_available_providers()]
        session = onnxruntime.InferenceSession(str(path), providers=providers)
    pool: dict[int, Any] = {}

    def run(size: int) -> None:
        if size not in pool:
            pool[size] = network.inputs(size).numpy()
        session.run(None, {"input": pool[size]})

    return Engine(run, on_gpu="CUDAExecutionProvider" in session.get_providers())


def measure_sizes(run: Run, sizes: Sequence[int], seconds: float) -> Sizes:
    """Each size for so many seconds after a warm-up, at least five batches."""
    medians = {}
    for size in sizes:
        for _ in range(3):
            run(size)
        times: list[float] = []
        end = time.perf_counter() + seconds
        while len(times) < 5 or time.perf_counter() < end:
            started = time.perf_counter()
            run(size)
            times.append((time.perf_counter() - started) * 1_000)
        medians[size] = statistics.median(times)
    slope, start = statistics.linear_regression(list(medians), list(medians.values()))
    rates = {size: size / batch_ms * 1_000 for size, batch_ms in medians.items()}
    return Sizes(medians, rates, overhead_ms=max(start, 0.0), request_ms=slope)


def schedule(mean_per_s: float, seconds: float, seed: int = 0) -> list[float]:
    """Times of calls: a Poisson process whose rate swings three to one once over the time."""
    source, moment, times = random.Random(seed), 0.0, []
    highest = 1.5 * mean_per_s
    while (moment := moment + source.expovariate(highest)) < seconds:
        rate = mean_per_s * (1 - 0.5 * math.cos(2 * math.pi * moment / seconds))
        if source.random() < rate / highest:
            times.append(moment)
    return times


def replay(engine: Engine, times: Sequence[float], *, largest: int, rated_per_s: float) -> Replayed:
    """Serve calls at their scheduled times, taking all that wait, at most `largest`, as soon as the device is free."""
    for size in range(1, largest + 1):
        engine.run(size)  # every size once before the clock runs
    latencies: list[float] = []
    busy, served, batches = 0.0, 0, 0
    with watched(on_gpu=engine.on_gpu) as seen:
        begin = time.perf_counter()
        while served < len(times):
            now = time.perf_counter() - begin
            if times[served] > now:
                time.sleep(times[served] - now)
                continue
            size = sum(1 for moment in times[served : served + largest] if moment <= now)
            engine.run(size)
            end = time.perf_counter() - begin
            latencies += [(end - moment) * 1_000 for moment in times[served : served + size]]
            busy, served, batches = busy + end - now, served + size, batches + 1
        took = time.perf_counter() - begin
    ordered = sorted(latencies)
    return Replayed(
        calls=served,
        mean_batch=served / batches,
        busy=busy / took,
        work_weighted=served / took / rated_per_s,
        p50_ms=ordered[len(ordered) // 2],
        p99_ms=ordered[int(len(ordered) * 0.99)],
        device_utilisation=statistics.mean(seen.utilisation) / 100 if seen.utilisation else None,
        joules_per_1000=statistics.mean(seen.watts) * took / served * 1_000 if seen.watts else None,
    )


@contextmanager
def watched(*, on_gpu: bool) -> Iterator[Watched]:
    """nvidia-smi ten times a second while the body runs, where there is a GPU."""
    seen = Watched()
    smi = shutil.which("nvidia-smi")
    if not on_gpu or smi is None:
        yield seen
        return
    query = [smi, "-i", "0", "--query-gpu=utilization.gpu,power.draw", "--format=csv,noheader,nounits", "-lms", "100"]
    with subprocess.Popen(query, stdout=subprocess.PIPE, text=True) as process:
        reader = threading.Thread(target=_read, args=(process, seen))
        reader.start()
        try:
            yield seen
        finally:
            process.terminate()
            reader.join()


def _read(process: "subprocess.Popen[str]", seen: Watched) -> None:
    for line in process.stdout or ():
        parts = line.split(",")
        try:
            utilisation, watts = float(parts[0]), float(parts[1])
        except (IndexError, ValueError):  # "[N/A]" where a device does not tell
            continue
        seen.utilisation.append(utilisation)
        seen.watts.append(watts)


def measure(engine: Engine, *, sizes: Sequence[int], seconds: float, replay_s: float) -> dict[str, Any]:
    """Throughput by batch size, and the same load served one call at a time and in batches: half of what single calls
    can take on average, three quarters of it at the peak.
    """
    found = measure_sizes(engine.run, sizes, seconds)
    mean_per_s = 0.5 * found.calls_per_s[1]
    times = schedule(mean_per_s, max(replay_s, FEWEST_CALLS / mean_per_s))
    served = {
        name: asdict(replay(engine, times, largest=largest, rated_per_s=found.rated_per_s))
        for name, largest in (("one at a time", 1), ("in batches", found.largest))
    }
    rated = {"device": engine.device, "largest_batch": found.largest, "rated_per_s": found.rated_per_s}
    return {**rated, **asdict(found), "replayed": served}


def show(name: str, found: Mapping[str, Any]) -> None:
    print(f"\n{name}, {found['device']}")
    print(f"  {'batch':>6} {'ms':>9} {'calls/s':>10}")
    for size, batch_ms in found["batch_ms"].items():
        print(f"  {size:>6} {batch_ms:>9.3f} {found['calls_per_s'][size]:>10.0f}")
    print(f"  a batch of b takes {found['overhead_ms']:.3f} + {found['request_ms']:.4f} b ms")
    for way, served in found["replayed"].items():
        parts = [f"{label} {_figure(served[key])}" for key, label in SHOWN.items()]
        print(f"  {way}: {', '.join(parts)}")


SHOWN = {
    "mean_batch": "mean batch",
    "busy": "busy",
    "work_weighted": "work-weighted",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "device_utilisation": "device utilisation",
    "joules_per_1000": "joules per 1,000 calls",
}


def _figure(value: float | None) -> str:
    return "not measured" if value is None else format(value, ".3g")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="write the figures there as JSON")
    parser.add_argument("--short", action="store_true", help="a fraction of a second each: to see that it runs")
    parser.add_argument("--network", choices=[network.name for network in NETWORKS], help="this one alone")
    asked = parser.parse_args(arguments)
    sizes = (1, 2, 4) if asked.short else (1, 2, 4, 8, 16, 32, 64, 128) if GPU else (1, 2, 4, 8, 16, 32)
    seconds, replay_s = (0.02, 0.3) if asked.short else (2.0, 30.0)
    torch.manual_seed(0)
    if asked.short:
        torch.set_num_threads(1)  # what runs beside it would make a small network wait for its threads
    figures: dict[str, Any] = {"gpu": GPU, "torch": torch.__version__, "networks": {}}
    for network in (network for network in NETWORKS if asked.network in {None, network.name}):
        for engine, build in (("torch", torch_engine), ("onnxruntime", onnx_engine)):
            try:
                ready = build(network)
            except (ImportError, RuntimeError) as missing:  # an exporter or a provider that this machine lacks
                print(f"\n{network.name} on {engine}: not measured, {missing}", file=sys.stderr)
                continue
            found = measure(ready, sizes=sizes, seconds=seconds, replay_s=replay_s)
            show(f"{network.name} on {engine}", found)
            figures["networks"][f"{network.name} on {engine}"] = found
    if asked.out:
        asked.out.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
