import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from merx_core.money import Money
from merx_kit.eventlog import EventLog
from merx_kit.importers import FolderOptions, UnknownFormat, UnreadableFile, import_folder
from tests.unit.kit.importers.reading import NOW, products, write_lines

HEADER = "id\ttitle\tdescription\tprice\tsale_price\tbrand\tproduct_type\tavailability\timage_link\titem_group_id\n"
RSS = """<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>A shop</title>
<item><g:id>p1</g:id><title>Plain title</title><g:title>Stoneware mug &amp; saucer</g:title><link>https://s/p1</link>
<g:price>18.00 EUR</g:price><g:sale_price>15.00 EUR</g:sale_price><g:product_type>Home &gt; Kitchen</g:product_type>
<g:image_link>https://s/1.jpg</g:image_link><g:additional_image_link>https://s/2.jpg,https://s/3.jpg</g:additional_image_link>
<g:availability>out of stock</g:availability><g:quantity>0</g:quantity><g:color>blue</g:color>
<g:virtual_model_link>https://s/1.glb</g:virtual_model_link></item>
<item><title>No id</title><g:price>1.00 EUR</g:price></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>A shop</title>
<entry><g:id>p1</g:id><title>Tea</title><link href="https://s/p1"/><summary>Green</summary><g:price>EUR 4.20</g:price>
<g:google_product_category>499</g:google_product_category></entry></feed>"""


class TestTable:
    def test_row_becomes_a_product(self, log: EventLog, shop: Path) -> None:
        row = (
            "p1\tBlue mug\tHolds tea\t12.99 EUR\t9.99 EUR\tKumo\tHome > Kitchen > Mugs\tin_stock\thttps://s/1.jpg\tg1\n"
        )
        (shop / "feed.txt").write_text(HEADER + row)
        import_folder(log, shop, NOW)
        product = products(log)["p1"]
        assert (product.title, product.brand, product.group_id) == ("Blue mug", "Kumo", "g1")
        assert product.category == ("Home", "Kitchen", "Mugs")
        assert (product.price, product.list_price) == (Money(999, "EUR"), Money(1299, "EUR"))
        assert product.pictures == ("https://s/1.jpg",)
        assert product.in_stock

    def test_each_wrong_row_is_named(self, log: EventLog, shop: Path) -> None:
        rows = [
            "good\tTitle\t\t1 EUR",
            "good\tAgain\t\t2 EUR",
            "\tNo id\t\t1 EUR",
            "untitled\t\t\t1 EUR",
            "bad\tTitle\t\tcheap",
            "minus\tTitle\t\t-1.00 EUR",
            "moon\tTitle\t\t1.00 MOO",
            "x" * 129 + "\tTitle\t\t1 EUR",
            "wide" + "\t" * 12,
        ]
        (shop / "feed.tsv").write_bytes((HEADER + "\n".join(rows) + "\n").encode() + b"latin\tCaf\xe9\t\t1 EUR\n")
        report = import_folder(log, shop, NOW)
        assert report.dropped == {
            "duplicate_product_id": 1,
            "no_id": 1,
            "no_title": 1,
            "bad_price": 1,
            "negative_price": 1,
            "unknown_currency": 1,
            "too_long": 1,
            "wrong_columns": 1,
            "not_utf8": 1,
        }
        assert list(products(log)) == ["good"]
        assert report.balanced

    def test_quoted_field_may_hold_tabs_and_lines(self, log: EventLog, shop: Path) -> None:
        (shop / "feed.tsv").write_text(HEADER + 'p1\tMug\t"two\nlines\tand ""quotes"""\t1 EUR\n')
        import_folder(log, shop, NOW)
        assert products(log)["p1"].description == 'two\nlines\tand "quotes"'

    def test_commas_do_too(self, log: EventLog, shop: Path) -> None:
        (shop / "feed.csv").write_text('\ufeffid,title,price\np1,"Mug, blue",1.50 EUR\n', encoding="utf-8")
        import_folder(log, shop, NOW)
        assert products(log)["p1"].title == "Mug, blue"

    def test_offer_that_is_over_is_no_price(self, log: EventLog, shop: Path) -> None:
        header = "id\ttitle\tprice\tsale_price\tsale_price_effective_date\n"
        over = "over\tMug\t9 EUR\t5 EUR\t2026-01-01T00:00Z/2026-02-01T00:00Z\n"
        runs = "runs\tMug\t9 EUR\t5 EUR\t2026-11-01T00:00+01:00/2026-12-01T00:00+01:00\n"
        (shop / "feed.tsv").write_text(header + over + runs)
        import_folder(log, shop, NOW)
        assert products(log)["over"].price == Money(900, "EUR")
        assert products(log)["runs"].price == Money(500, "EUR")


class TestXml:
    def test_rss_item_becomes_a_product(self, log: EventLog, shop: Path) -> None:
        (shop / "feed.xml").write_text(RSS)
        report = import_folder(log, shop, NOW)
        product = products(log)["p1"]
        assert product.title == "Stoneware mug & saucer"
        assert (product.price, product.list_price) == (Money(1500, "EUR"), Money(1800, "EUR"))
        assert product.pictures == ("https://s/1.jpg", "https://s/2.jpg", "https://s/3.jpg")
        assert (product.stock, product.in_stock, product.attributes["color"]) == (0, False, "blue")
        assert (product.category, product.model_3d) == (("Home", "Kitchen"), "https://s/1.glb")
        assert report.dropped == {"no_id": 1}

    def test_atom_entry_becomes_a_product(self, log: EventLog, shop: Path) -> None:
        (shop / "feed.xml").write_text(ATOM)
        import_folder(log, shop, NOW)
        product = products(log)["p1"]
        assert (product.title, product.description, product.url) == ("Tea", "Green", "https://s/p1")
        assert product.price == Money(420, "EUR")
        assert (product.category, product.attributes["google_product_category"]) == ((), "499")

    def test_entities_are_refused(self, log: EventLog, shop: Path) -> None:
        bomb = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaa">]><rss><channel><item/></channel></rss>'
        (shop / "feed.xml").write_text(bomb)
        with pytest.raises(UnreadableFile, match="entities"):
            import_folder(log, shop, NOW)

    def test_file_that_breaks_off_says_so(self, log: EventLog, shop: Path) -> None:
        (shop / "feed.xml").write_text(RSS[:-40])
        with pytest.raises(UnreadableFile, match="breaks off"):
            import_folder(log, shop, NOW)

    @pytest.mark.parametrize("encoding", ["gbk", "klingon"])
    def test_an_encoding_that_cannot_be_read_is_told(self, log: EventLog, shop: Path, encoding: str) -> None:
        (shop / "feed.xml").write_text(f'<?xml version="1.0" encoding="{encoding}"?>{RSS.partition("?>")[2] or RSS}')
        with pytest.raises(UnreadableFile, match="encoding"):
            import_folder(log, shop, NOW)


class TestJson:
    def test_a_document_that_is_nested_too_deeply_is_in_no_format(self, log: EventLog, shop: Path) -> None:
        (shop / "feed.json").write_text("[" * 100_000 + "]" * 100_000)
        with pytest.raises(UnknownFormat, match="in no format"):
            import_folder(log, shop, NOW)

    def test_lines_in_any_of_googles_spellings(self, log: EventLog, shop: Path) -> None:
        rows: list[dict[str, Any]] = [
            {"id": "p1", "title": "Feed", "price": "1.50 EUR"},
            {"offerId": "p2", "title": "Content API", "price": {"value": "2.50", "currency": "EUR"}, "imageLink": "i"},
            {"offerId": "p3", "title": "Merchant API", "price": {"amountMicros": "3500000", "currencyCode": "EUR"}},
        ]
        write_lines(shop / "feed.jsonl", rows)
        import_folder(log, shop, NOW)
        assert [product.price for product in products(log).values()] == [Money(n, "EUR") for n in (150, 250, 350)]
        assert products(log)["p2"].pictures == ("i",)


class TestJsonLd:
    @pytest.mark.parametrize("shape", ["one", "list", "graph", "lines", "item list"])
    def test_product_is_found_wherever_it_stands(self, log: EventLog, shop: Path, shape: str) -> None:
        product = {"@context": "https://schema.org", "@type": "Product", "sku": "p1", "name": "Mug"}
        other = {"@type": "Product", "productID": "p2", "name": "Cup"}
        texts = {
            "one": json.dumps(product, indent=2),
            "list": json.dumps([product, {"@type": "Organization", "name": "A shop"}, other]),
            "graph": json.dumps({"@context": "https://schema.org", "@graph": [product, other]}, indent=2),
            "lines": json.dumps(product) + "\n" + json.dumps(other) + "\n",
            "item list": json.dumps({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": product}]}),
        }
        (shop / "products.json").write_text(texts[shape])
        import_folder(log, shop, NOW)
        assert "p1" in products(log)
        assert ("p2" in products(log)) == (shape in {"list", "graph", "lines"})

    def test_offer_says_price_and_availability(self, log: EventLog, shop: Path) -> None:
        product = {
            "@type": ["Product", "Thing"],
            "sku": "p1",
            "name": "Mug",
            "brand": {"@type": "Brand", "name": "Kumo"},
            "category": "Home > Kitchen",
            "image": [{"@type": "ImageObject", "contentUrl": "https://s/1.jpg"}, "https://s/2.jpg"],
            "offers": [{"price": 12.5, "priceCurrency": "EUR", "availability": "https://schema.org/OutOfStock"}],
        }
        write_lines(shop / "product.jsonld", [product])
        import_folder(log, shop, NOW)
        made = products(log)["p1"]
        assert (made.price, made.in_stock, made.brand) == (Money(1250, "EUR"), False, "Kumo")
        assert (made.category, made.pictures) == (("Home", "Kitchen"), ("https://s/1.jpg", "https://s/2.jpg"))


class TestAgain:
    def test_price_that_goes_back_is_taken_back(self, log: EventLog, shop: Path) -> None:
        feed = shop / "feed.tsv"
        for hour, price in ((1, "10"), (2, "8"), (3, "10")):
            feed.write_text(f"id\ttitle\tprice\np1\tMug\t{price} EUR\n")
            moment = datetime(2026, 11, 1, hour, tzinfo=UTC).timestamp()
            os.utime(feed, (moment, moment))
            assert import_folder(log, shop, NOW).appended == 1
            assert import_folder(log, shop, NOW).appended == 0
        assert products(log)["p1"].price == Money(1000, "EUR")

    def test_feed_changed_within_the_same_moment_is_new(self, log: EventLog, shop: Path) -> None:
        feed = shop / "feed.tsv"
        for price in ("10", "8"):
            feed.write_text(f"id\ttitle\tprice\np1\tMug\t{price} EUR\n")
            os.utime(feed, (1_790_000_000, 1_790_000_000))
            import_folder(log, shop, FolderOptions(now=NOW.now))
        assert products(log)["p1"].price == Money(800, "EUR")
