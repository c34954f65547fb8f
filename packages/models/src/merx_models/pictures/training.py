"""From a folder of labelled pictures (`folders` says its layout) to a model in a folder, in one command.

python -m merx_models.pictures.training <folder of pictures> <folder for the model> [--seed 0] [--minutes 5]
"""

import argparse
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from merx_models.pictures.backbone import Backbone, OnnxBackbone, in_batches
from merx_models.pictures.folders import Part, PictureFolder, read_folder
from merx_models.pictures.graph import write_network
from merx_models.pictures.head import Head, first_head
from merx_models.pictures.joint import JointSpace
from merx_models.pictures.model import NETWORK, Classes, PictureModel
from merx_models.pictures.patterns import PatternHead
from merx_models.pictures.tuning import Labelled, TuningSettings, settings_for, tune
from merx_models.pictures.views import whole
from merx_models.text_encoder import TextEncoder

Floats = NDArray[np.float32]
LOG = logging.getLogger(__name__)
CATALOGUE_WEIGHT = 8.0
"""A catalogue picture is drawn as often as so many photographs: there is one of it, and it is what is searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTraining:
    """`cpu_minutes` of learning, unless `tuning` says it all. `network` names a file of weights of the backbone called
    `backbone`, which is then used as it is; without one EfficientNet-Lite0 is tuned.
    """

    cpu_minutes: float = 5.0
    tuning: TuningSettings | None = None
    patterns: bool = True
    backbone: str = "efficientnet-lite0"
    network: Path | None = None


def train(
    data: PictureFolder,
    work: Path,
    *,
    settings: PictureTraining | None = None,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> PictureModel:
    """A model whose network lies in the folder `work`; `PictureModel.save` makes the folder that is served."""
    chosen = settings or PictureTraining()
    work.mkdir(parents=True, exist_ok=True)
    if chosen.network is None:
        tuning = chosen.tuning or settings_for(data.train.pictures, cpu_minutes=chosen.cpu_minutes)
        network, head = tune(labelled(data), settings=tuning, seed=seed, progress=progress)
        path = write_network(network, work / NETWORK)
        backbone = OnnxBackbone(path, size=look_size(tuning.train_size))
    else:
        backbone = OnnxBackbone(chosen.network, name=chosen.backbone)
        head = frozen_head(backbone, labelled(data))
    patterns = PatternHead.fit(backbone, seed=seed) if chosen.patterns else None
    model = PictureModel(backbone, head, Classes(data.classes, data.attributes), patterns=patterns)
    if len(data.validation):
        model.head = calibrated(head, model.embed(data.validation.pictures), data.validation.labels)
    model.joint = joint_space(model, data)
    return model


def look_size(train_size: int) -> int:
    """The side of the views that the finished model looks at: larger than those it learned from, where things are seen
    nearer (Touvron et al. 2019); a multiple of 32, at most 1.4 times as large."""
    return 32 * max(1, int(1.4 * train_size / 32))


def labelled(data: PictureFolder) -> Labelled:
    """Photographs and catalogue pictures; of classes with many pictures each is drawn less often."""
    labels = np.concatenate([data.train.labels, data.catalogue.labels])
    weight = np.bincount(labels)[labels] ** -0.5
    weight[len(data.train) :] *= CATALOGUE_WEIGHT
    return Labelled([*data.train.pictures, *data.catalogue.pictures], labels, weight)


def frozen_head(backbone: Backbone, data: Labelled, *, dim: int = 256) -> Head:
    """The closed-form head alone, on a network that stays as it is."""
    features = in_batches(backbone, [whole(picture, backbone.size) for picture in data.pictures])
    return first_head(features, data.labels, dim=dim)


def calibrated(head: Head, vectors: Floats, labels: NDArray[np.int64]) -> Head:
    """The head with the scale at which its confidences fit pictures it did not learn from (Guo et al. 2017)."""

    def surprise(log_scale: float) -> float:
        chance = replace(head, scale=float(np.exp(log_scale))).probabilities(vectors)
        return -float(np.log(np.maximum(chance[np.arange(len(labels)), labels], 1e-12)).mean())

    best = optimize.minimize_scalar(surprise, bounds=(0.0, 5.0), method="bounded")
    return replace(head, scale=float(np.exp(best.x)))


def joint_space(model: PictureModel, data: PictureFolder) -> JointSpace | None:
    """Learned from every picture whose class has a description; None where fewer than two classes have one."""
    told = [place for place, text in enumerate(data.descriptions) if text]
    if len(told) < 2:
        return None
    texts = [f"{data.classes[place].rpartition('/')[2]}: {data.descriptions[place]}" for place in told]
    encoded = TextEncoder().encode(texts)
    words = np.zeros((len(data.classes), encoded.shape[1]), np.float32)
    words[told] = encoded
    vectors, labels = _both(model, data.train, data.catalogue)
    kept = np.isin(labels, told)
    return JointSpace.fit(vectors[kept], words[labels[kept]])


def _both(model: PictureModel, *parts: Part) -> tuple[Floats, NDArray[np.int64]]:
    pictures = [picture for part in parts for picture in part.pictures]
    return model.embed(pictures, careful=False), np.concatenate([part.labels for part in parts])


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 with a model in the target folder."""
    parser = argparse.ArgumentParser(prog="merx_models.pictures.training", description=__doc__)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=5.0, help="CPU minutes of learning, about")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    data = read_folder(given.pictures)
    for name in ("train", "validation", "catalogue"):
        part: Part = getattr(data, name)
        LOG.info("%s: %d pictures, refused %s", name, len(part), dict(part.refused) or "none")
    settings = PictureTraining(cpu_minutes=given.minutes)
    work = given.target.with_name(f"{given.target.name}.work")
    model = train(data, work, settings=settings, seed=given.seed)
    model.save(given.target, network=work / NETWORK)
    (work / NETWORK).unlink()
    work.rmdir()
    if len(data.validation):
        found = model.categories(model.embed(data.validation.pictures)).argmax(axis=1)
        LOG.info("validation: %.4f of %d right", float((found == data.validation.labels).mean()), len(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
