"""Pictures of products to a picture model, to vectors and thumbnails, and to values that the catalogue lacks."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merx_core.catalogue import Product
from merx_models.pictures.backbone import Backbone, OnnxBackbone, looked_at, packaged_backbone
from merx_models.pictures.colour import colours
from merx_models.pictures.decoding import PictureLimits, PictureRefused, decode
from merx_models.pictures.head import Head, first_head
from merx_models.pictures.isolation import DecoderProcess
from merx_models.pictures.joint import JointSpace
from merx_models.pictures.model import Guess, PictureModel
from merx_models.pictures.patterns import PatternHead
from merx_models.pictures.views import Pixels
from merx_models.search_index.looks import Looks
from merx_models.search_index.suggestions import Suggestion, suggestions_for, write_suggestions
from merx_models.search_index.thumbnails import thumbnail
from merx_pipelines.folders import Folders
from merx_pipelines.indexing.picture_classes import NO_CLASS, Labels, labels_of, one_class
from merx_pipelines.indexing.picture_source import DRAWN, Brought, PictureSource
from merx_pipelines.indexing.settings import IndexSettings
from merx_pipelines.plan import index_profile_named
from merx_pipelines.profiles import IndexProfile
from merx_pipelines.steps.index_catalogue import by_sales, read_products_of, read_sales

Floats = NDArray[np.float32]
Progress = Callable[[str], None]
MODEL, LOOKS, REPORT, NETWORK = "model", "looks", "pictures.json", "network.onnx"
SIDE = 256
PIECE = 128
LEARNED_FROM = 20_000
"""So many pictures are held in memory for the network to learn from; the others are only looked at."""
FEWEST = 20
"""Fewer pictures make no picture search."""


@dataclass(slots=True)
class _Seen:
    """What is kept of every picture that could be read."""

    products: list[Product] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    thumbnails: list[bytes] = field(default_factory=list)
    colours: list[Guess] = field(default_factory=list)
    features: list[Floats] = field(default_factory=list)
    """[n, views, F] each; the first view is of the whole picture."""
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Looking:
    """How pictures are looked at: whole alone, or by four views where `careful`, as photographs of shoppers are."""

    network: Backbone
    decoder: DecoderProcess
    careful: bool

    def features(self, pictures: Sequence[Pixels]) -> Floats:
        return looked_at(self.network, pictures, careful=self.careful)


def run(  # noqa: PLR0913 - what its component takes
    made: Folders,
    out: Path,
    *,
    profile: str = "quick",
    drawn: bool = False,
    seed: int = 0,
    settings: IndexSettings | None = None,
    progress: Progress = lambda _: None,
) -> int:
    """Reads catalogue and texts; writes model/, looks/, suggestions.jsonl and pictures.json into `out`, and returns how
    many products have a picture. `drawn`: those that name none are drawn.

    Where fewer than FEWEST can be read there is no picture search: the report is all that later steps find.
    """
    chosen, used = index_profile_named(profile), settings or IndexSettings.load()
    products, sold = read_products_of(made.catalogue), read_sales(made.catalogue)
    source = PictureSource(used, drawn=drawn)
    wanted = _candidates(products, sold, chosen, drawn=drawn)
    out.mkdir(parents=True, exist_ok=True)
    if not wanted:
        (out / REPORT).write_text(json.dumps({"wanted": 0, "read": 0, "refused": {}}))
        return 0
    if used.picture_network is None:
        network, head, labels = _learned(source, wanted, chosen, out, seed=seed, progress=progress)
    else:
        shutil.copyfile(used.picture_network, out / NETWORK)
        network, head, labels = OnnxBackbone(out / NETWORK, name=used.picture_backbone), None, None
    with DecoderProcess(PictureLimits(side=SIDE)) as decoder:
        looking = _Looking(network, decoder, careful=chosen.careful)
        seen = _look(source.bring(wanted), looking, progress=progress)
    report = {"wanted": len(wanted), "read": len(seen.products), "refused": dict(seen.refused.most_common(20))}
    (out / REPORT).write_text(json.dumps(report))
    if len(seen.products) < FEWEST:
        return 0
    features = np.concatenate(seen.features)
    labels = labels if head is not None and labels is not None else labels_of(seen.products, _pack_type(drawn=drawn))
    model = _model(network, head, labels, features=features[:, 0], profile=chosen, seed=seed)
    vectors = model.vectors(features)
    rows = {product.product_id: row for row, product in enumerate(products)}
    words = np.load(made.texts / "vectors.npy", mmap_mode="r")
    model.joint = JointSpace.fit(vectors, words[[rows[product.product_id] for product in seen.products]])
    model.save(out / MODEL, network=out / NETWORK)
    Looks.build(vectors, [product.product_id for product in seen.products], seen.thumbnails).save(out / LOOKS)
    write_suggestions(out, _suggestions(model, seen, features, least=used.least_confidence))
    return len(seen.products)


def _candidates(
    products: list[Product], sold: dict[str, float], profile: IndexProfile, *, drawn: bool
) -> list[Product]:
    """The best sold of those that may have a picture."""
    kept = products if drawn else [product for product in products if product.pictures]
    return by_sales(kept, sold)[: profile.pictures]


def _learned(
    source: PictureSource, wanted: Sequence[Product], profile: IndexProfile, out: Path, *, seed: int, progress: Progress
) -> tuple[Backbone, Head | None, Labels | None]:
    """The network, tuned on the best sold where the profile says so; its file is network.onnx in `out`."""
    path = out / NETWORK
    if not profile.cpu_minutes:
        return packaged_backbone(path, threads=1), None, None
    from merx_models.pictures.graph import write_network
    from merx_models.pictures.training import look_size
    from merx_models.pictures.tuning import Labelled, settings_for, tune

    held: list[tuple[Product, Pixels]] = []
    with DecoderProcess(PictureLimits(side=SIDE)) as decoder:
        for brought in source.bring(wanted[:LEARNED_FROM]):
            pixels = _decoded(brought, decoder)
            if not isinstance(pixels, str):
                held.append((brought.product, pixels))
    labels = labels_of([product for product, _ in held], _pack_type(drawn=False))
    kept = np.flatnonzero(labels.numbers != NO_CLASS)
    if len(kept) < FEWEST or len(labels.classes.names) < 2:
        return packaged_backbone(path, threads=1), None, None
    numbers = labels.numbers[kept]
    data = Labelled([held[place][1] for place in kept], numbers, 1.0 / np.sqrt(np.bincount(numbers)[numbers]))
    tuning = settings_for(data.pictures, cpu_minutes=profile.cpu_minutes)
    progress(f"learning from {len(kept):,} pictures")
    network, head = tune(data, settings=tuning, seed=seed, progress=lambda views: progress(f"{views:,} views seen"))
    return OnnxBackbone(write_network(network, path), size=look_size(tuning.train_size)), head, labels


def _look(pictures: Iterator[Brought], looking: _Looking, *, progress: Progress) -> _Seen:
    """Every picture once: its views through the network, its main colour, and a small copy."""
    seen = _Seen()
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="look") as threads:
        while piece := list(islice(pictures, PIECE)):
            read: list[tuple[Brought, Pixels]] = []
            for brought in piece:
                pixels = _decoded(brought, looking.decoder)
                if isinstance(pixels, str):
                    seen.refused[pixels] += 1
                else:
                    read.append((brought, pixels))
            if not read:
                continue
            parts = np.array_split(np.arange(len(read)), min(os.cpu_count() or 1, len(read)))
            pixels_of = [[read[place][1] for place in part] for part in parts]
            seen.features.append(np.concatenate(list(threads.map(looking.features, pixels_of))))
            seen.thumbnails += threads.map(lambda one: thumbnail(one[1]), read)
            seen.colours += threads.map(lambda one: _main_colour(one[1]), read)
            seen.products += [brought.product for brought, _ in read]
            seen.sources += [brought.source for brought, _ in read]
            progress(f"{len(seen.products):,} pictures read")
    return seen


def _decoded(brought: Brought, decoder: DecoderProcess) -> Pixels | str:
    """Its pixels, or a word for why there are none. What was drawn here needs no process of its own."""
    if brought.refused:
        return brought.refused
    try:
        return decode(brought.data, decoder.limits) if brought.source == DRAWN else decoder.decode(brought.data)
    except PictureRefused as refused:
        return refused.code


def _main_colour(picture: Pixels) -> Guess:
    first = colours(picture)[0]
    return Guess(first.name, first.share)


def _model(
    network: Backbone, head: Head | None, labels: Labels, *, features: Floats, profile: IndexProfile, seed: int
) -> PictureModel:
    """A head over what was seen, where none was learned; its confidences are set on a tenth that it did not see."""
    patterns = PatternHead.fit(network, each=profile.swatches, seed=seed)
    if head is not None:
        return PictureModel(network, head, labels.classes, patterns=patterns)
    from merx_models.pictures.training import calibrated

    if not labels.classes.names:
        labels = one_class(len(features))
    known = np.flatnonzero(labels.numbers != NO_CLASS)
    numbers = labels.numbers[known]
    held_out = np.random.default_rng(seed).random(len(known)) < 0.1
    # Every class must be learned from: what would leave one empty is not held out.
    first = np.unique(numbers, return_index=True)[1]
    held_out[first] = False
    head = first_head(features[known[~held_out]], numbers[~held_out], dim=128)
    if held_out.any():
        head = calibrated(head, head.embed(features[known[held_out]]), numbers[held_out])
    return PictureModel(network, head, labels.classes, patterns=patterns)


def _suggestions(model: PictureModel, seen: _Seen, features: Floats, *, least: float) -> list[Suggestion]:
    told = model.attributes(features, top=1)
    if len(model.classes.names) < 2:
        # Where there is one class alone, that a thing is of it says nothing.
        told = [{name: each[name] for name in each.keys() & {"pattern"}} for each in told]
    return [
        suggestion
        for product, source, colour, guesses in zip(seen.products, seen.sources, seen.colours, told, strict=True)
        for suggestion in suggestions_for(product, {**guesses, "colour": (colour,)}, picture=source, least=least)
    ]


def _pack_type(*, drawn: bool) -> Callable[[Product], str]:
    """What a product comes in, by the catalogue, or by how it was drawn."""
    if not drawn:
        return lambda product: product.attributes.get("pack_type", "")
    from merx_pipelines.drawn import pack_type

    return lambda product: product.attributes.get("pack_type", "") or pack_type(product)
