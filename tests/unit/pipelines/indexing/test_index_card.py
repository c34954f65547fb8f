"""The card of an index says what it was made from and what was checked."""

from datetime import UTC, datetime

from merx_models.search_index import CONTRACT, IndexManifest
from merx_pipelines.index_card import index_card
from merx_pipelines.steps.check_index import IndexVerdict

MANIFEST = IndexManifest(
    head=41_000,
    created=datetime(2026, 11, 1, tzinfo=UTC),
    encoder="all-minilm-l6-v2",
    products=12_345,
    pictured=2_000,
    method="linear",
    settings={"profile": "quick", "seed": 3},
)
VERDICT = IndexVerdict(12_345, 2_000, found=0.985, recall=0.997, looks=1.0)
TEXTS = {"encoder": "all-minilm-l6-v2", "encoded": 2_500, "map_cosine": 0.8123}
PICTURES = {"wanted": 2_100, "read": 2_000, "refused": {"status_404": 90, "damaged": 10}}


def card(texts: dict[str, object] = TEXTS, pictures: dict[str, object] = PICTURES, network: str = "resnet50") -> str:
    made = index_card(MANIFEST, VERDICT, texts=texts, pictures=pictures, suggestions=77, network=network)
    return " ".join(made.split())


class TestTheCard:
    def test_it_says_what_the_index_was_made_from(self) -> None:
        assert "up to record 41,000: 12,345 products" in card()
        assert f"Profile `quick`, seed 3; contract `{CONTRACT}`" in card()
        assert "Encoder `all-minilm-l6-v2`; 2,500 distinct texts" in card()
        assert "2,000 products are found by their pictures, by `resnet50`" in card()

    def test_it_says_what_was_measured_and_what_was_asked_for(self) -> None:
        assert "for their own title | 98.5% | 90% |" in card()
        assert "against an exact search | 0.997 | 0.95 |" in card()
        assert "own product | 100.0% | 95% |" in card()

    def test_it_says_which_pictures_were_lost_and_why(self) -> None:
        assert "Of 2,100 pictures that were wanted 2,000 could be read; refused: 90 status_404, 10 damaged." in card()

    def test_texts_that_were_placed_are_told_with_how_well(self) -> None:
        assert "placed by their words (cosine 0.812" in card()
        assert "placed by their words" not in card(texts={**TEXTS, "map_cosine": None})

    def test_suggestions_are_counted_and_said_to_be_no_more_than_that(self) -> None:
        assert "77 values that the catalogue lacks" in card()
        assert "none is written into the catalogue" in card()

    def test_an_index_without_pictures_names_no_network(self) -> None:
        assert ", by `" not in card(pictures={"wanted": 0, "read": 0, "refused": {}}, network="")
