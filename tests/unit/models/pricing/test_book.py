import json
from dataclasses import replace
from pathlib import Path

import pytest

from merx_models.pricing.book import BOOK, PriceBook, PriceBookDamaged
from merx_models.pricing.policies import Optimiser
from tests.unit.models.demand.seldom import made_peers
from tests.unit.models.pricing.made_book import END, PRODUCTS, made_book
from tests.unit.models.pricing.seasons import LADDER, TERMS


@pytest.fixture(scope="module")
def made() -> PriceBook:
    return made_book(Optimiser())


@pytest.fixture
def folder(made: PriceBook, tmp_path: Path) -> Path:
    made.save(tmp_path / "book")
    return tmp_path / "book"


class TestRoundTrip:
    def test_what_is_loaded_answers_as_what_was_saved(self, made: PriceBook, folder: Path) -> None:
        loaded = PriceBook.load(folder)
        assert loaded.terms == made.terms
        assert loaded.terms.learned_until == END
        assert loaded.policy.propose("tea", TERMS, LADDER) == made.policy.propose("tea", TERMS, LADDER)
        assert loaded.elasticities.of("cup") == made.elasticities.of("cup")
        assert loaded.forecasts["week"].of("pot").point.tolist() == made.forecasts["week"].of("pot").point.tolist()
        assert set(loaded.forecasts) == {"week"}
        assert loaded.category == dict.fromkeys(PRODUCTS, "Tea")
        assert loaded.peers is None

    def test_of_products_past_the_best_sold_it_says_what_their_peers_say(self, made: PriceBook, tmp_path: Path) -> None:
        peers = made_peers(END)
        replace(made, peers=peers).save(tmp_path)
        loaded = PriceBook.load(tmp_path)
        assert loaded.forecast("tea", "week", None, category="Tea").member == "boosted"
        seldom = loaded.forecast("seldom3", "week", "web", category="c0")
        assert seldom.point == pytest.approx(peers.of("seldom3", "week", "web", category="c0", listed=False).point)
        assert loaded.last_sale("seldom3") == peers.last_sale("seldom3")
        assert loaded.last_sale("tea") == END
        assert loaded.last_sale("nobody") is None
        with pytest.raises(KeyError, match="by day"):
            loaded.forecast("tea", "day", None, category="Tea")

    def test_without_peers_it_knows_the_best_sold_alone(self, made: PriceBook) -> None:
        with pytest.raises(KeyError, match="no forecast of product 'new'"):
            made.forecast("new", "week", None, category="Tea")
        assert made.last_sale("new") is None

    def test_a_book_written_again_takes_the_place_of_the_one_before(self, made: PriceBook, folder: Path) -> None:
        made.save(folder)
        assert PriceBook.load(folder).terms == made.terms


class TestDamage:
    @pytest.mark.parametrize(
        "name", ["policy/fits.npz", "policy/policy.json", "elasticity/elasticities.json", "forecast_week.npz"]
    )
    def test_a_file_that_changed_is_named(self, folder: Path, name: str) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)
        with pytest.raises(PriceBookDamaged, match="sha256") as refused:
            PriceBook.load(folder)
        assert refused.value.file == name

    def test_a_file_that_is_gone_is_named_whether_contents_are_verified_or_not(self, folder: Path) -> None:
        (folder / "forecast_week.npz").unlink()
        with pytest.raises(PriceBookDamaged, match="missing") as refused:
            PriceBook.load(folder, verify=False)
        assert refused.value.file == "forecast_week.npz"

    def test_a_folder_that_was_never_finished_is_refused(self, folder: Path) -> None:
        (folder / BOOK).unlink()
        with pytest.raises(PriceBookDamaged, match="never finished"):
            PriceBook.load(folder)

    def test_a_file_that_cannot_be_read_is_refused_without_verifying_too(self, folder: Path) -> None:
        (folder / "policy" / "fits.npz").write_bytes(b"no array")
        with pytest.raises(PriceBookDamaged, match="cannot be read"):
            PriceBook.load(folder, verify=False)

    @pytest.mark.parametrize(
        ("described", "why"),
        [
            ('{"format": 2, "files": {}}', "format 2, this code reads 1"),
            ('{"format": 1}', "format 1"),
            ("[]", "format None"),
            ("{", "not a description"),
        ],
    )
    def test_another_format_is_refused(self, folder: Path, described: str, why: str) -> None:
        (folder / BOOK).write_text(described)
        with pytest.raises(PriceBookDamaged, match=why):
            PriceBook.load(folder)

    def test_terms_that_this_code_does_not_know_are_refused(self, folder: Path) -> None:
        described = json.loads((folder / BOOK).read_text())
        described["terms"]["colour"] = "blue"
        (folder / BOOK).write_text(json.dumps(described))
        with pytest.raises(PriceBookDamaged, match="colour"):
            PriceBook.load(folder)
