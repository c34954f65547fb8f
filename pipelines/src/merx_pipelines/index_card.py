"""The card of a search index: what it holds, what it was made from and what was checked, in one page."""

from collections.abc import Mapping
from typing import Any

from merx_models.search_index import IndexManifest
from merx_pipelines.steps.check_index import LEAST_FOUND, LEAST_LOOKS, LEAST_RECALL, IndexVerdict

CARD = """# Model card: search

**What it does.** Finds products by words, by a picture, and by a picture with words; filters, counts and sorts them by
what the catalogue says. Fusion: {method}.

**Made from.** The catalogue as the event log had it up to record {head:,}: {products:,} products. Profile `{profile}`,
seed {seed}; contract `{contract}`. The service reads on in the log from there, so that products, stock levels and
deletions that came later count too.

**Texts.** Encoder `{encoder}`; {encoded:,} distinct texts went through it{placed}.

**Pictures.** {pictured:,} products are found by their pictures{network}. Of {wanted:,} pictures that were wanted
{read:,} could be read{refused}.

| checked on a sample | measured | least |
|---|---|---|
| products among the first ten for their own title | {found:.1%} | {least_found:.0%} |
| recall of the ten nearest texts against an exact search | {recall:.3f} | {least_recall} |
| pictures that find their own product | {looks:.1%} | {least_looks:.0%} |

**Suggestions.** {suggestions:,} values that the catalogue lacks were read from pictures (`suggestions.jsonl`, each with
its confidence and the picture). They are for people to accept: none is searched by, and none is written into the
catalogue.

**Limits.** The figures say that the index holds what it was given and finds it again, not that shoppers find what they
want: that is measured on judged queries and on what is clicked and bought. Pictures are read when an index is built: a
product that comes later, or changes its picture, is found by words at once and by its new picture after the next build.
"""


def index_card(
    manifest: IndexManifest,
    verdict: IndexVerdict,
    *,
    texts: Mapping[str, Any],
    pictures: Mapping[str, Any],
    suggestions: int,
    network: str = "",
) -> str:
    """Markdown; `texts` and `pictures` are the reports of their steps, `network` what reads pictures."""
    cosine = texts["map_cosine"]
    placed = "" if cosine is None else f", the others were placed by their words (cosine {cosine:.3f} to its own)"
    refused = ", ".join(f"{count:,} {reason}" for reason, count in pictures["refused"].items())
    return CARD.format(
        method=manifest.method,
        head=manifest.head,
        products=manifest.products,
        profile=manifest.settings.get("profile"),
        seed=manifest.settings.get("seed"),
        contract=manifest.feature_service_hash,
        encoder=manifest.encoder,
        encoded=texts["encoded"],
        placed=placed,
        pictured=manifest.pictured,
        network=f", by `{network}`" if network else "",
        wanted=pictures["wanted"],
        read=pictures["read"],
        refused=f"; refused: {refused}" if refused else "",
        found=verdict.found,
        recall=verdict.recall,
        looks=verdict.looks,
        least_found=LEAST_FOUND,
        least_recall=LEAST_RECALL,
        least_looks=LEAST_LOOKS,
        suggestions=suggestions,
    )
