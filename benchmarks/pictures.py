"""goals.md `pictures`: photographs of groceries told apart and found in the catalogue; clothes found by their like.

The pictures in the test part are read once, at the end: no setting was chosen on them. Photographs: the training part
of Grocery Store with its catalogue pictures, tested on what its authors call validation. Clothes: Fashion-MNIST, its
ten thousand test pictures looked up among the sixty thousand. Every contender knows the same labelled pictures.
`DATA=<folder>` runs the same on any folder of class folders (`merx_models.pictures.folders` says its layout).
"""

import argparse
import csv
import gzip
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from benchmarks.report import (
    Machine,
    Row,
    bench_data,
    command_line,
    cpu_seconds,
    data_path,
    median_spread,
    skip,
    stored,
    write,
)
from merx_models.pictures.backbone import in_batches, packaged_backbone
from merx_models.pictures.folders import Part, PictureFolder, read_folder
from merx_models.pictures.head import coarse_probabilities
from merx_models.pictures.model import PictureModel
from merx_models.pictures.training import PictureTraining, look_size, train
from merx_models.pictures.tuning import settings_for
from merx_models.pictures.views import Changes, Pixels, changed, whole
from merx_models.text_encoder import TextEncoder, unit

SEEDS = (0, 1, 2)
GROCERIES, CLOTHES = "Grocery Store", "Fashion-MNIST"
FASHION = Path("/usr/share/datasets/fashion-mnist")
SMALL_MINUTES = 12.0
"""Five minutes are fewer views than there are pictures of clothes; twelve are two of each."""
RAW_SIDE = 28
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Scores = dict[str, float]
ACCURACY, COARSE, CROPPED = (
    "fine class, accuracy",
    "coarse class, accuracy",
    "fine class of a random third to half of it",
)
FIRST, TENTH, ALIKE = (
    "catalogue picture found, R@1",
    "catalogue picture found, R@10",
    "same class among the ten nearest",
)
WORDS, CPU = "description found from the photograph, R@10", "training, CPU"


@dataclass(frozen=True)
class Task:
    """A set, the goals of goals.md for it, by claim, and the CPU minutes that learning takes, about."""

    name: str
    data: PictureFolder
    goals: Mapping[str, float] = field(default_factory=dict)
    minutes: float = 5.0


@dataclass(frozen=True)
class Placed:
    """What a contender makes of the pictures: vectors of the parts, and class probabilities [n, C] of the test."""

    test: Floats
    train: Floats
    catalogue: Floats
    chance: Floats | None
    cropped: Floats | None = None


def scores(task: Task, placed: Placed) -> Scores:
    data = task.data
    found: Scores = {}
    if placed.chance is not None:
        found[ACCURACY] = float((placed.chance.argmax(axis=1) == data.test.labels).mean())
        if "coarse" in data.attributes:
            found[COARSE] = _coarse(data, placed.chance)
    if placed.cropped is not None:
        found[CROPPED] = float((placed.cropped.argmax(axis=1) == data.test.labels).mean())
    if len(data.catalogue):
        places = _nearest(placed.test, placed.catalogue, 10)
        right = data.catalogue.labels[places] == data.test.labels[:, None]
        found[FIRST], found[TENTH] = float(right[:, 0].mean()), float(right.any(axis=1).mean())
    places = _nearest(placed.test, placed.train, 10)
    found[ALIKE] = float((data.train.labels[places] == data.test.labels[:, None]).mean())
    return found


def _coarse(data: PictureFolder, chance: Floats) -> float:
    values = data.attributes["coarse"]
    names = sorted(set(values))
    number = np.array([names.index(value) for value in values])
    summed = coarse_probabilities(chance, number.tolist())
    return float((summed.argmax(axis=1) == number[data.test.labels]).mean())


def _nearest(queries: Floats, stored: Floats, k: int) -> Ints:
    """Rows of `stored` by descending cosine; both are unit vectors."""
    return np.concatenate([_some_nearest(queries[at : at + 500], stored, k) for at in range(0, len(queries), 500)])


def _some_nearest(queries: Floats, stored: Floats, k: int) -> Ints:
    cosine = queries @ stored.T
    near = np.argpartition(-cosine, min(k, len(stored)) - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(cosine, near, 1), axis=1, kind="stable")
    return np.take_along_axis(near, order, 1).astype(np.int64)


def cropped(part: Part) -> list[Pixels]:
    """A third to a half of each test picture, in other light: as a hurried shopper holds the camera."""
    rng = np.random.default_rng(2026)
    changes = Changes(least_area=0.33, replace_background=0.0, erase=0.0)
    return [changed(picture, max(picture.shape[:2]), rng, changes=changes) for picture in part.pictures]


def raw_pixels(task: Task) -> Scores:
    """Pixels as they are, straightened into a vector."""

    def place(part: Part) -> Floats:
        if not len(part):
            return np.zeros((0, RAW_SIDE * RAW_SIDE * 3), np.float32)
        views = np.stack([whole(picture, RAW_SIDE) for picture in part.pictures])
        return unit(views.reshape(len(views), -1).astype(np.float32))

    placed = Placed(place(task.data.test), place(task.data.train), place(task.data.catalogue), None)
    return scores(task, placed)


def frozen(task: Task, work: Path) -> Scores:
    """The packaged network as it is: cosine of its features, and logistic regression on them."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    before = cpu_seconds()
    data = task.data
    size = look_size(settings_for(data.train.pictures).train_size)
    backbone = packaged_backbone(work / "packaged.onnx", size=size)

    def features(pictures: Sequence[Pixels]) -> Floats:
        views = [whole(picture, size) for picture in pictures]
        return in_batches(backbone, views) if views else np.zeros((0, 1280), np.float32)

    known, test, catalogue = (features(part.pictures) for part in (data.train, data.test, data.catalogue))
    regression = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
    labels = np.concatenate([data.train.labels, data.catalogue.labels])
    regression.fit(np.concatenate([known, catalogue]), labels)
    spent = cpu_seconds() - before
    chance, near = (regression.predict_proba(rows) for rows in (test, features(cropped(data.test))))
    return {**scores(task, Placed(unit(test), unit(known), unit(catalogue), chance, near)), CPU: spent}


def merx(task: Task, work: Path, seed: int, progress: Progress) -> Scores:
    before, data = cpu_seconds(), task.data
    views = settings_for(data.train.pictures, cpu_minutes=task.minutes).views
    bar = progress.add_task(f"{task.name}, seed {seed}", total=views)
    settings = PictureTraining(cpu_minutes=task.minutes)
    model = train(data, work, settings=settings, seed=seed, progress=lambda seen: progress.advance(bar, seen))
    spent = cpu_seconds() - before
    test = model.embed(data.test.pictures)
    catalogue = model.embed(data.catalogue.pictures) if len(data.catalogue) else test[:0]
    known = model.embed(data.train.pictures)
    near = model.categories(model.embed(cropped(data.test)))
    found = scores(task, Placed(test, known, catalogue, model.categories(test), near))
    found |= _described(model, data, test) | {CPU: spent}
    progress.console.print(f"{task.name}, seed {seed}: { ({name: round(value, 4) for name, value in found.items()}) }")
    return found


def _described(model: PictureModel, data: PictureFolder, test: Floats) -> Scores:
    """Whether the words that describe its class are among the ten nearest to a photograph in the joint space."""
    if model.joint is None:
        return {}
    told = [place for place, text in enumerate(data.descriptions) if text]
    texts = [f"{data.classes[place].rpartition('/')[2]}: {data.descriptions[place]}" for place in told]
    words = model.joint.texts(TextEncoder().encode(texts))
    asked = np.isin(data.test.labels, told)
    places = _nearest(model.joint.pictures(test[asked]), words, 10)
    right = np.array(told)[places] == data.test.labels[asked][:, None]
    return {WORDS: float(right.any(axis=1).mean())}


def measure(task: Task) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, Progress(console=Console(stderr=True)) as progress:
        peers = {"raw pixels": raw_pixels(task), "frozen + LR": frozen(task, Path(folder))}
        for name, found in peers.items():
            progress.console.print(f"{task.name}, {name}: { ({key: round(value, 4) for key, value in found.items()}) }")
        runs = [merx(task, Path(folder) / str(seed), seed, progress) for seed in SEEDS]
    return [_row(task, claim, runs, peers) for claim in runs[0]]


def _row(task: Task, claim: str, runs: Sequence[Scores], peers: Mapping[str, Scores]) -> Row:
    value, spread = median_spread([run[claim] for run in runs])
    beside = {name: found[claim] for name, found in peers.items() if claim in found}
    unit_of = "s" if claim == CPU else "share"
    text = f"{task.name}: {claim} (median of {len(SEEDS)} seeds)"
    goal = task.goals.get(claim)
    return Row(
        claim=text,
        unit=unit_of,
        better="lower" if claim == CPU else "higher",
        merx=value,
        spread=spread,
        peers=beside,
        goal=goal,
    )


def grocery_store(archive: Path, folder: Path) -> PictureFolder:
    """The archive, laid out as `merx_models.pictures.folders` reads it; what is called val there is the test part."""
    with tarfile.open(archive) as stored:
        stored.extractall(folder, filter="data")
    root = folder / "grocery_store"
    (root / "val").rename(root / "test")
    lines = [line.split(",") for line in (root / "train.txt").read_text().splitlines()]
    names = {int(fine): Path(path).parent.relative_to("train").as_posix() for path, fine, _ in lines}
    with (root / "classes.csv").open(newline="") as stream:
        rows = {names[int(row["Class ID (int)"])]: row for row in csv.DictReader(stream)}
    table = [("class", "coarse", "description"), *(_class_row(root, name, row) for name, row in rows.items())]
    with (root / "classes.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(table)
    return read_folder(root)


def _class_row(root: Path, name: str, row: Mapping[str, str]) -> tuple[str, str, str]:
    """Its catalogue picture is laid into the class's folder of the catalogue part."""
    picture = root / row["Iconic Image Path (str)"].lstrip("/")
    target = root / "catalogue" / name / picture.name
    target.parent.mkdir(parents=True)
    picture.rename(target)
    description = (root / row["Product Description Path (str)"].lstrip("/")).read_text()
    return name, row["Coarse Class Name (str)"], description


def fashion() -> PictureFolder | None:
    """Fashion-MNIST as Debian's dataset-fashion-mnist lays it down; None where it is not installed."""
    if not FASHION.is_dir():
        return None
    names = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot")
    nothing = Part([], np.zeros(0, np.int64))
    return PictureFolder(
        classes=names,
        train=_fashion_part("train"),
        validation=nothing,
        test=_fashion_part("t10k"),
        catalogue=nothing,
        descriptions=("",) * len(names),
        attributes={},
    )


def _fashion_part(name: str) -> Part:
    def values(kind: str, offset: int) -> NDArray[np.uint8]:
        return np.frombuffer(
            gzip.decompress((FASHION / f"{name}-{kind}-ubyte.gz").read_bytes()), np.uint8, offset=offset
        )

    grey = values("images-idx3", 16).reshape(-1, 28, 28, 1)
    return Part(list(np.repeat(grey, 3, axis=3)), values("labels-idx1", 8).astype(np.int64))


def tasks(only: str = "") -> Iterator[Task]:
    other = data_path()
    if other is not None:
        data = read_folder(other)
        if not len(data.test):
            skip(f"{other.name} has no test part")
        yield Task(other.name, data)
        return
    if only != CLOTHES:
        archive = bench_data() / "grocery_store.tar"
        with tempfile.TemporaryDirectory() as folder:
            yield Task(GROCERIES, grocery_store(archive, Path(folder)), {ACCURACY: 0.86, TENTH: 0.90})
    if only != GROCERIES:
        clothes = fashion()
        if clothes is None:
            Console(stderr=True).print("[yellow]skipped:[/] Fashion-MNIST; apt-get install dataset-fashion-mnist")
        else:
            yield Task(CLOTHES, clothes, {ALIKE: 0.91}, minutes=SMALL_MINUTES)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[GROCERIES, CLOTHES], default="", help="the other set's rows stay")
    asked = parser.parse_args(arguments)
    machine = Machine.now()
    rows = [row for task in tasks(asked.only) for row in measure(task)]
    kept = [row for row in stored("pictures") if asked.only and not row.claim.startswith(f"{asked.only}:")]
    write("pictures", [*kept, *rows], command_line(), machine=machine)


if __name__ == "__main__":
    main()
