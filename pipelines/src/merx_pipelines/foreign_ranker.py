"""A ranker trained elsewhere: checked against the contract, put into the champion's bundle, registered."""

import tempfile
from pathlib import Path

import msgspec
import numpy as np

from merx_kit.registry import CHAMPION, ModelVersion
from merx_kit.registry.ports import CONTRACT_TAG
from merx_kit.settings import MerxSettings
from merx_models import golden
from merx_models.bundle import Bundle, BundleParts, Golden
from merx_pipelines.registry_access import model_registry
from merx_pipelines.steps.bundle import NAME


class RankerUnfit(ValueError):
    """The model does not keep the ranker's contract, and where."""


def register_ranker(settings: MerxSettings, ranker: Path, *, kind: str) -> ModelVersion:
    """Registers `ranker` with the champion's index and candidate sources; promotes it in the embedded default.

    Checked: it loads, takes the declared inputs and as many columns as there are ranking columns, answers every golden
    request with one finite number per candidate, and does not answer all candidates alike. Raises RankerUnfit, or
    ModelMissing where there is no champion.
    """
    if not ranker.exists():
        raise RankerUnfit(f"{ranker} does not exist")
    if ranker.is_dir() != (kind == "pyfunc"):
        raise RankerUnfit(
            f"{ranker} is a {'folder' if ranker.is_dir() else 'file'}; an ONNX ranker is a file, a pyfunc a folder"
        )
    registry = model_registry(settings)
    champion = registry.resolve(NAME, CHAMPION)
    with tempfile.TemporaryDirectory(prefix="merx-ranker-") as work:
        base = Bundle.load(registry.fetch(champion, Path(work) / "champion"))
        folder = Path(work) / "bundle"
        _assemble(base, ranker, folder)
        tags = {
            CONTRACT_TAG: base.manifest.feature_service_hash,
            "ranker": f"{kind}: {ranker.name}",
            "based_on": champion.label,
            "window_end": str(base.manifest.window_end),
        }
        version = registry.register(NAME, folder, tags=tags)
    return registry.promote(NAME, version.version) if settings.embedded else version


def _assemble(base: Bundle, ranker: Path, folder: Path) -> None:
    from merx_models.bundle import BundleError
    from merx_models.ranker import RankerError

    manifest = msgspec.structs.replace(base.manifest, ranker_model=ranker.name)
    parts = BundleParts(manifest, base.index, base.sources, ranker, background=base.background)
    try:
        Bundle.save(folder, parts)
        made = Bundle.load(folder)
        answers = [golden.answer(made, each.request) for each in base.golden]
    except (BundleError, RankerError, RuntimeError, ValueError) as error:
        raise RankerUnfit(f"{ranker.name}: {error}") from error
    for number, found in enumerate(answers):
        _check(ranker, number, np.asarray(found["scores"]), len(base.golden[number].request["candidates"]))
    if answers and all(np.ptp(np.asarray(found["scores"])) == 0 for found in answers if found["scores"]):
        raise RankerUnfit(f"{ranker.name} gives every candidate the same score")
    requests = [each.request for each in base.golden]
    Bundle.add_golden(folder, [Golden(request, found) for request, found in zip(requests, answers, strict=True)])
    golden.check(Bundle.load(folder))


def _check(ranker: Path, number: int, scores: np.ndarray, candidates: int) -> None:
    if scores.shape != (candidates,):
        raise RankerUnfit(f"{ranker.name}: {scores.shape} scores for {candidates} candidates (golden request {number})")
    if not np.isfinite(scores).all():
        raise RankerUnfit(f"{ranker.name}: a score is not a finite number (golden request {number})")
