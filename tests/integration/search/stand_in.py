"""A search service of twelve products: the contracts on the kit, an order that can be worked out by hand."""

import io
import re
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from merx_core.contracts.problem import FieldError
from merx_core.contracts.search import (
    AttributesRequest,
    AttributesResponse,
    AttributeSuggestion,
    FacetValue,
    FeatureShare,
    FoundExplanation,
    FoundProduct,
    Guess,
    LookalikesQuery,
    LookalikesResponse,
    Order,
    PictureColour,
    ProductPath,
    SearchExplainRequest,
    SearchExplainResponse,
    SearchFilters,
    SearchRequest,
    SearchResponse,
    SuggestionsQuery,
    SuggestionsResponse,
)
from merx_kit.errors import NotFound, ValidationFailed
from merx_kit.http import Api, Reply, RequestContext
from merx_kit.http.gateway import Gateway
from merx_kit.settings import ServiceSettings

PREFIX = "/search"
MODEL = "search-7"
NOBODY = "nobody"
"""A customer whose taste cannot be had."""
PAGE = Path(__file__).parents[3] / "services" / "search" / "src" / "merx_search" / "pages" / "console.html"
BODY_LIMIT = 20_000_000
INKS = {"red": "#c8372d", "blue": "#2f5fd0", "green": "#2c8a57", "white": "#e9e6df", "black": "#2b2f36"}
SPELLINGS = {"mugg": "mug", "tea pto": "tea pot"}
BASE, WORD, LIKED = 0.25, 0.5, 0.01


@dataclass(frozen=True)
class Thing:
    """Of `sold` units in a month; `pattern` is what its picture shows."""

    id: str
    title: str
    price: int | None
    category: str
    brand: str
    colour: str
    sold: int
    pattern: str = "plain"
    in_stock: bool = True
    pictured: bool = True


THINGS = {
    thing.id: thing
    for thing in (
        Thing("1001", "Stoneware mug, red", 1290, "mugs", "Hearth & Home", "red", 90),
        Thing("1002", "Stoneware mug, blue", 1290, "mugs", "Hearth & Home", "blue", 80),
        Thing("1003", "Enamel mug with white dots", 890, "mugs", "Campfire", "blue", 60, "dotted"),
        Thing("1004", "Thermo mug of steel, 450 ml", 2450, "mugs", "Campfire", "black", 75, pictured=False),
        Thing("1005", "Espresso cup and saucer", 1150, "cups", "Hearth & Home", "white", 40),
        Thing("1006", "Tea pot of cast iron", 4900, "pots", "Kyoto Ironworks", "black", 35),
        Thing("1007", "Striped tea towel, set of two", 1400, "textiles", "Linen Lane", "green", 55, "striped"),
        Thing("1008", "Cotton apron with stripes", 2600, "textiles", "Linen Lane", "blue", 30, "striped"),
        Thing("1009", "<script>window.hacked = true</script> mug", 500, "mugs", "<b>Mallory</b>", "green", 1),
        Thing("1010", "Glass jug for water, 1.2 litres", 1990, "jugs", "Clear & Co", "white", 20, pictured=False),
        Thing("1011", "Milk jug, hand-painted", None, "jugs", "Kyoto Ironworks", "red", 10, "dotted"),
        Thing("1012", "Mug tree for six mugs", 1790, "storage", "Hearth & Home", "black", 15, in_stock=False),
    )
}


def allowed(thing: Thing, filters: SearchFilters) -> bool:
    carried = {"colour": thing.colour, "pattern": thing.pattern}
    price = -1 if thing.price is None else thing.price
    return (
        (not filters.categories or thing.category in filters.categories)
        and (not filters.brands or thing.brand in filters.brands)
        and all(carried[name] in labels for name, labels in filters.attributes.items())
        and (filters.price_min is None or price >= filters.price_min)
        and (filters.price_max is None or 0 <= price <= filters.price_max)
        and (thing.in_stock or not filters.in_stock)
    )


def score_of(thing: Thing, words: Iterable[str]) -> float:
    return BASE + WORD * sum(word in thing.title.lower() for word in words) + LIKED * thing.sold


def shown(thing: Thing, score: float, legs: tuple[str, ...]) -> FoundProduct:
    return FoundProduct(
        product_id=thing.id,
        title=thing.title,
        score=score,
        legs=legs,
        price=thing.price,
        currency="" if thing.price is None else "EUR",
        in_stock=thing.in_stock,
        brand=thing.brand,
        picture=f"v1/products/{thing.id}/picture" if thing.pictured else "",
    )


def facets_of(things: Iterable[Thing], names: Iterable[str]) -> dict[str, tuple[FacetValue, ...]]:
    listed = list(things)
    return {name: facet(listed, name.removeprefix("attributes.")) for name in names}


def facet(things: list[Thing], column: str) -> tuple[FacetValue, ...]:
    counts = Counter(getattr(thing, column) for thing in things)
    return tuple(FacetValue(value, count) for value, count in sorted(counts.items(), key=lambda each: -each[1]))


def drawing(thing: Thing) -> bytes:
    """A mug of the thing's colour and pattern, as JPEG."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (240, 180), "#fff")
    pen = ImageDraw.Draw(image)
    pen.ellipse((145, 60, 200, 125), outline=INKS[thing.colour], width=12)
    pen.rounded_rectangle((60, 35, 165, 150), 18, fill=INKS[thing.colour], outline="#00000022")
    for step in range(4 if thing.pattern != "plain" else 0):
        if thing.pattern == "striped":
            pen.rectangle((60, 50 + 25 * step, 164, 58 + 25 * step), fill="#fff")
        else:
            pen.ellipse((70 + 24 * step, 60 + 30 * (step % 2), 82 + 24 * step, 72 + 30 * (step % 2)), fill="#fff")
    written = io.BytesIO()
    image.save(written, "JPEG", quality=90)
    return written.getvalue()


@dataclass
class StandIn:
    """The query "slow" waits for `release`; `asked` are the searches that came in."""

    release: threading.Event = field(default_factory=threading.Event)
    asked: list[SearchRequest] = field(default_factory=list)

    async def search(self, request: SearchRequest, context: RequestContext) -> SearchResponse:
        import asyncio

        self.asked.append(request)
        self._refuse(request)
        if request.query == "slow":
            await asyncio.to_thread(self.release.wait, 30)
        query = SPELLINGS.get(request.query, request.query) if request.correct_spelling else request.query
        words = re.findall(r"\w+", query.lower())
        recognised: dict[str, tuple[Guess, ...]] = {}
        if "pattern" in request.filter_by_picture:
            recognised["pattern"] = (Guess("dotted", 0.91),)
        found = [thing for thing in THINGS.values() if self._brought(thing, request, words)]
        passed = [thing for thing in found if allowed(thing, request.filters)]
        if recognised:
            passed = [thing for thing in passed if thing.pattern == "dotted"]
        passed.sort(key=lambda thing: (_order(thing, request), -score_of(thing, words)))
        begin = int(request.cursor or 0)
        end = begin + min(request.size, 6)
        legs = ("picture",) if request.image else ("words", "meaning") if words else ("browse",)
        return SearchResponse(
            request_id=context.request_id,
            model_version=MODEL,
            method=_method(request),
            items=tuple(shown(thing, score_of(thing, words), legs) for thing in passed[begin:end]),
            total=len(passed),
            facets=facets_of(passed, request.facets),
            searched=query if query != request.query else None,
            did_you_mean="tea pot" if query == "tee pot" else None,
            recognised=recognised,
            next_cursor=str(end) if end < len(passed) else "",
            degraded=("taste",) if request.customer_id == NOBODY else (),
        )

    async def explain(self, request: SearchExplainRequest, context: RequestContext) -> SearchExplainResponse:
        words = re.findall(r"\w+", request.request.query.lower())
        return SearchExplainResponse(
            request_id=context.request_id,
            model_version=MODEL,
            method="lambdarank",
            searched=request.request.query,
            items=tuple(self._explained(THINGS[each], words) for each in request.product_ids),
        )

    async def attributes(self, request: AttributesRequest, context: RequestContext) -> AttributesResponse:
        return AttributesResponse(
            request_id=context.request_id,
            model_version="pictures-3",
            attributes={
                "category": (Guess("mugs", 0.94), Guess("cups", 0.05)),
                "pattern": (Guess("dotted", 0.91), Guess("plain", 0.07)),
                "pack_type": (Guess("none", 0.62), Guess("box", 0.3)),
            },
            colours=(PictureColour("blue", 0.78, "#2f5fd0"), PictureColour("white", 0.14, "#f2f4f8")),
        )

    async def lookalikes(self, _: None, context: RequestContext) -> LookalikesResponse:
        asked = THINGS[context.path.id]
        alike = [thing for thing in THINGS.values() if thing.category == asked.category and thing is not asked]
        items = tuple(shown(thing, 0.9 - 0.1 * place, ("picture",)) for place, thing in enumerate(alike))
        return LookalikesResponse(
            request_id=context.request_id, model_version="pictures-3", product_id=asked.id, items=items
        )

    async def picture(self, _: None, context: RequestContext) -> Reply:
        thing = THINGS.get(context.path.id)
        if thing is None or not thing.pictured:
            raise NotFound("There is no picture of this product.")
        return Reply(drawing(thing), media_type="image/jpeg")

    async def suggestions(self, _: None, context: RequestContext) -> SuggestionsResponse:
        lacking = [
            AttributeSuggestion("1004", name, "plain", 0.8, "v1/products/1004/picture", MODEL)
            for name in ("colour", "pattern", "smell")
        ]
        return SuggestionsResponse(request_id=context.request_id, model_version=MODEL, items=tuple(lacking))

    async def page(self, _: None, context: RequestContext) -> Reply:
        return Reply(PAGE.read_bytes(), media_type="text/html; charset=utf-8")

    def _refuse(self, request: SearchRequest) -> None:
        for place, name in enumerate(request.facets):
            if name not in {"category", "brand", "attributes.colour", "attributes.pattern"}:
                error = FieldError(f"/facets/{place}", f"no product has {name}")
                raise ValidationFailed("A facet is not known.", errors=[error])
        low, high = request.filters.price_min, request.filters.price_max
        if low is not None and high is not None and low > high:
            error = FieldError("/filters/price_max", "below price_min")
            raise ValidationFailed("The range of prices is empty.", errors=[error])

    def _brought(self, thing: Thing, request: SearchRequest, words: list[str]) -> bool:
        return bool(request.image) or all(word in thing.title.lower() for word in words)

    def _explained(self, thing: Thing, words: list[str]) -> FoundExplanation:
        """Words half each, a hundredth for every unit sold; the price takes away and the stock gives back as much."""
        matched = sum(word in thing.title.lower() for word in words)
        features = (
            FeatureShare("words.title", float(matched), WORD * matched),
            FeatureShare("popularity.sold", float(thing.sold), LIKED * thing.sold),
            FeatureShare("price.relative", 1.25, -0.125),
            FeatureShare("stock.units", None, 0.125),
        )
        score = score_of(thing, words)
        return FoundExplanation(thing.id, found=True, legs=("words",), score=score, base=BASE, features=features)


def _order(thing: Thing, request: SearchRequest) -> float:
    sort = request.sort
    if sort is Order.POPULARITY:
        return -thing.sold
    if sort is Order.RELEVANCE:
        return float(request.image != drawing(thing)) if request.image else 0.0
    if thing.price is None:
        return float("inf")
    return thing.price if sort is Order.PRICE else -thing.price


def _method(request: SearchRequest) -> str:
    if request.image:
        return "picture_and_words" if request.query else "picture"
    return "lambdarank" if request.query else "browse"


def gateway(stand_in: StandIn, settings: ServiceSettings) -> Gateway:
    """Every call of the console below the prefix, and the page itself."""
    api = Api(title="search", version="1", settings=settings)
    v1, large = f"{PREFIX}/v1", BODY_LIMIT
    api.post(
        f"{v1}/search", stand_in.search, request=SearchRequest, response=SearchResponse, body_limit_bytes=large,
        deadline_ms=60_000,
    )  # fmt: skip
    api.post(f"{v1}/search:explain", stand_in.explain, request=SearchExplainRequest, response=SearchExplainResponse)
    api.post(
        f"{v1}/images:attributes", stand_in.attributes, request=AttributesRequest, response=AttributesResponse,
        body_limit_bytes=large,
    )  # fmt: skip
    api.get(
        f"{v1}/products/{{id}}/lookalikes", stand_in.lookalikes, path_params=ProductPath, query=LookalikesQuery,
        response=LookalikesResponse,
    )  # fmt: skip
    api.get(f"{v1}/products/{{id}}/picture", stand_in.picture, path_params=ProductPath)
    api.get(f"{v1}/attribute-suggestions", stand_in.suggestions, query=SuggestionsQuery, response=SuggestionsResponse)
    api.get(f"{PREFIX}/console", stand_in.page, documented=False)
    return api.build()
