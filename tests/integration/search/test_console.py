"""The search console in a real browser, against a stand-in of twelve products."""

import base64
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from tests.integration.search.conftest import Server
from tests.integration.search.stand_in import NOBODY, THINGS, drawing

CHROMIUM = shutil.which("chromium")
WIDE, PHONE = ViewportSize(width=1360, height=900), ViewportSize(width=360, height=780)
DEAF = "AbortController.prototype.abort = () => {};"
"""Takes cancellation away: an old answer then arrives, and must go unheard."""
HAND_OVER = """async ([way, picture]) => {
  const carried = new DataTransfer();
  const bytes = Uint8Array.from(atob(picture), (letter) => letter.codePointAt(0));
  carried.items.add(new File([bytes], "mug.jpg", { type: "image/jpeg" }));
  const made = { bubbles: true, cancelable: true };
  document.body.dispatchEvent(way === "drop"
    ? new DragEvent("drop", { ...made, dataTransfer: carried })
    : new ClipboardEvent("paste", { ...made, clipboardData: carried }));
}"""
Photograph = Callable[[str], None]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on the PATH: apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE, locale="en-GB")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert faults == []


@pytest.fixture
def console(page: Page, server: Server) -> Page:
    return opened(page, server)


@pytest.fixture
def photograph(page: Page, request: pytest.FixtureRequest) -> Photograph:
    """Keeps a picture of the page where pictures are asked for."""
    folder = request.config.getoption("--console-pictures", default="")

    def take(name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png")

    return take


def opened(page: Page, server: Server) -> Page:
    """With what an empty query finds, and the attributes that the catalogue has."""
    page.goto(f"{server.url}/console")
    expect(cards(page)).to_have_count(6)
    expect(page.locator("[data-facet='attributes.colour']")).to_be_attached()
    return page


def cards(page: Page) -> Locator:
    return page.locator("#cards [data-product]")


def titles(page: Page) -> list[str]:
    return page.locator("#cards .title").all_inner_texts()


def box(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Search")


def upload(page: Page, product: str = "1003") -> None:
    picture = {"name": "mug.jpg", "mimeType": "image/jpeg", "buffer": drawing(THINGS[product])}
    page.get_by_label("Picture file").set_input_files(picture)  # type: ignore[arg-type]


class TestWords:
    def test_typing_shows_results(self, console: Page, photograph: Photograph) -> None:
        box(console).press_sequentially("stoneware")
        expect(cards(console)).to_have_count(2)
        first = cards(console).first
        expect(first).to_contain_text("€12.90")
        expect(first.locator(".leg")).to_have_text(["words", "meaning"])
        expect(console.get_by_role("status")).to_contain_text("2 products")
        expect(console.get_by_role("status")).to_contain_text("search-7")
        photograph("words")

    @pytest.mark.parametrize("hearing", ["", DEAF], ids=["cancelled", "unheard"])
    def test_a_stale_answer_never_overwrites_a_newer_one(self, page: Page, server: Server, hearing: str) -> None:
        page.add_init_script(hearing or "void 0;")
        opened(page, server)
        with page.expect_request(lambda sent: "slow" in (sent.post_data or "")) as slow:
            box(page).fill("slow")
        box(page).fill("apron")
        expect(cards(page)).to_have_count(1)
        server.stand_in.release.set()
        if hearing:
            response = slow.value.response()
            assert response is not None
            response.finished()
        page.evaluate("() => new Promise((done) => setTimeout(done))")
        assert titles(page) == ["Cotton apron with stripes"]
        expect(page.get_by_role("status")).to_contain_text("1 product")

    def test_another_spelling_is_said_and_can_be_refused(self, console: Page, photograph: Photograph) -> None:
        box(console).fill("mugg")
        expect(console.locator("#notes")).to_contain_text("Searched “mug” instead of “mugg”.")
        photograph("spelling")
        console.get_by_role("button", name="Search as typed").click()
        expect(cards(console)).to_have_count(0)

    def test_a_question_can_be_answered_by_a_click(self, console: Page) -> None:
        box(console).fill("tee pot")
        console.get_by_role("button", name="tea pot").click()
        expect(box(console)).to_have_value("tea pot")
        assert titles(console) == ["Tea pot of cast iron"]

    def test_markup_in_a_title_is_text(self, console: Page) -> None:
        box(console).fill("script")
        expect(cards(console)).to_have_count(1)
        assert titles(console) == ["<script>window.hacked = true</script> mug"]
        expect(console.get_by_role("group", name="Brand")).to_contain_text("<b>Mallory</b>")
        assert console.evaluate("window.hacked") is None

    def test_what_the_answer_lacks_is_said(self, console: Page) -> None:
        console.get_by_label("Customer id").fill(NOBODY)
        expect(console.locator("#notes")).to_contain_text("Answered without: taste")


class TestService:
    def test_another_address_may_answer_and_is_named(self, page: Page, server: Server) -> None:
        page.goto(f"{server.url}/console?base={server.url}&q=apron")
        expect(cards(page)).to_have_count(1)
        expect(page.get_by_role("banner")).to_contain_text(f"answers from {server.url}/")

    def test_a_key_goes_along_once_it_is_given(self, console: Page) -> None:
        with console.expect_request("**/v1/search") as sent:
            console.get_by_label("API key").fill("secret")
            console.get_by_label("API key").blur()
        assert sent.value.headers["x-api-key"] == "secret"

    def test_a_service_that_is_away_is_said(self, console: Page) -> None:
        console.context.set_offline(True)
        box(console).fill("mug")
        expect(console.get_by_role("alert")).to_contain_text("The service does not answer")


class TestFilters:
    def test_a_facet_click_filters_and_a_second_one_takes_it_back(self, console: Page, photograph: Photograph) -> None:
        box(console).fill("mug")
        expect(console.get_by_role("status")).to_contain_text("5 products")
        console.get_by_role("group", name="Brand").get_by_label("Campfire").check()
        expect(cards(console)).to_have_count(2)
        photograph("filtered")
        console.get_by_role("button", name="Brand: Campfire").click()
        expect(cards(console)).to_have_count(5)

    def test_a_facet_keeps_the_keyboard(self, console: Page) -> None:
        console.get_by_role("group", name="Colour").get_by_label("red").focus()
        console.keyboard.press("Space")
        expect(console.get_by_role("status")).to_contain_text("2 products")
        expect(console.get_by_role("group", name="Colour").get_by_label("red")).to_be_focused()

    def test_an_attribute_that_the_catalogue_has_not_is_not_asked_again(self, console: Page, server: Server) -> None:
        expect(console.get_by_label("Attributes to count")).to_have_value("colour, pattern")
        assert server.stand_in.asked[-1].facets == ("category", "brand", "attributes.colour", "attributes.pattern")

    def test_prices_are_asked_in_minor_units(self, console: Page, server: Server) -> None:
        console.get_by_label("Price from").fill("12.90")
        console.get_by_label("Price to").fill("20")
        expect(console.get_by_role("status")).to_contain_text("4 products")
        filters = server.stand_in.asked[-1].filters
        assert (filters.price_min, filters.price_max) == (1290, 2000)

    def test_switches_are_asked_for(self, console: Page, server: Server) -> None:
        console.get_by_label("In stock only").uncheck()
        console.get_by_label("Popularity").uncheck()
        console.get_by_label("Order").select_option("price")
        expect(console.locator("#cards .price").first).to_have_text("€5.00")
        asked = server.stand_in.asked[-1]
        assert (asked.filters.in_stock, asked.signals_off, asked.sort) == (False, ("popularity",), "price")

    def test_a_problem_is_shown_and_goes_with_the_next_answer(self, console: Page, photograph: Photograph) -> None:
        console.get_by_label("Price from").fill("20")
        console.get_by_label("Price to").fill("10")
        alert = console.get_by_role("alert")
        expect(alert).to_contain_text("Validation failed")
        expect(alert).to_contain_text("The range of prices is empty.")
        expect(alert).to_contain_text("/filters/price_max below price_min")
        photograph("problem")
        console.get_by_label("Price to").fill("30")
        expect(alert).to_be_hidden()

    def test_more_is_added_below_until_there_is_no_more(self, console: Page) -> None:
        more = console.get_by_role("button", name="More", exact=True)
        more.click()
        expect(cards(console)).to_have_count(11)
        expect(more).to_be_hidden()
        assert len(set(titles(console))) == 11


class TestPictures:
    def test_an_upload_searches_and_shows_what_is_recognised(
        self, console: Page, server: Server, photograph: Photograph
    ) -> None:
        upload(console)
        expect(console.get_by_role("status")).to_contain_text("picture")
        recognised = console.get_by_role("group", name="Recognised in the picture")
        expect(recognised.get_by_role("button", name="Pattern")).to_contain_text("dotted 91 %")
        expect(recognised.get_by_role("button", name="Colour")).to_contain_text("blue 78 %")
        assert server.stand_in.asked[-1].image == drawing(THINGS["1003"])
        photograph("picture")

    @pytest.mark.parametrize("way", ["drop", "paste"])
    def test_a_picture_is_taken_by(self, console: Page, way: str) -> None:
        console.evaluate(HAND_OVER, [way, base64.b64encode(drawing(THINGS["1003"])).decode()])
        expect(console.get_by_role("button", name="Pattern")).to_be_visible()
        expect(console.get_by_role("img", name="The picture that is searched by")).to_be_visible()

    def test_a_recognised_attribute_becomes_a_filter(self, console: Page) -> None:
        upload(console)
        console.get_by_role("button", name="Pattern").click()
        expect(cards(console)).to_have_count(2)
        expect(console.locator("#notes")).to_contain_text("Filtered by the picture: pattern is “dotted”.")
        console.get_by_role("button", name="Colour").click()
        expect(console.locator("#notes")).to_contain_text("Not filtered by colour: the model is not sure enough.")

    def test_words_are_weighed_beside_a_picture(self, console: Page, server: Server) -> None:
        upload(console)
        weight = console.get_by_label("Weight of the words")
        expect(weight).to_be_hidden()
        box(console).fill("in red")
        expect(console.get_by_role("status")).to_contain_text("picture_and_words")
        with console.expect_request(lambda sent: '"words":0.8' in (sent.post_data or "")):
            weight.fill("0.8")
        expect(console.locator("#weight")).to_have_text("80 % words")
        console.get_by_role("button", name="Remove picture").click()
        expect(console.get_by_role("status")).to_contain_text("lambdarank")
        assert server.stand_in.asked[-1].image is None

    def test_a_large_picture_is_made_small_before_it_is_sent(self, console: Page, server: Server) -> None:
        import io

        from PIL import Image

        written = io.BytesIO()
        Image.new("RGB", (3000, 1500), "#c8372d").save(written, "PNG")
        large = {"name": "large.png", "mimeType": "image/png", "buffer": written.getvalue()}
        console.get_by_label("Picture file").set_input_files(large)  # type: ignore[arg-type]
        expect(console.get_by_role("status")).to_contain_text("picture")
        sent = Image.open(io.BytesIO(server.stand_in.asked[-1].image or b""))
        assert (sent.format, sent.size) == ("JPEG", (1024, 512))

    def test_a_file_that_is_no_picture_is_told(self, console: Page) -> None:
        broken = {"name": "mug.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
        console.get_by_label("Picture file").set_input_files(broken)  # type: ignore[arg-type]
        expect(console.get_by_role("alert")).to_contain_text("cannot read mug.jpg as a picture")

    def test_a_product_without_a_picture_has_a_drawn_one(self, console: Page) -> None:
        box(console).fill("thermo")
        expect(cards(console).first.locator(".picture")).to_have_text("TM")


class TestOneProduct:
    def test_the_contributions_add_up_to_the_score(self, console: Page, photograph: Photograph) -> None:
        box(console).fill("stoneware")
        expect(cards(console)).to_have_count(2)
        cards(console).first.get_by_role("button", name="Why").click()
        panel = console.get_by_role("dialog")
        expect(panel).to_contain_text("Score 1.6500")
        rows = panel.locator("[data-contribution]").all()
        *parts, whole = [float(row.get_attribute("data-contribution") or "nan") for row in rows]
        assert len(parts) == 5
        assert sum(parts) == pytest.approx(whole)
        assert whole == pytest.approx(1.65)
        expect(panel).not_to_contain_text("do not add up")
        photograph("why")
        console.keyboard.press("Escape")
        expect(panel).to_be_hidden()

    def test_what_looks_like_it_is_shown(self, console: Page, photograph: Photograph) -> None:
        cards(console).first.get_by_role("button", name="Looks like").click()
        panel = console.get_by_role("dialog")
        expect(panel.locator("[data-product]")).to_have_count(4)
        photograph("looks-like")
        console.get_by_role("button", name="Close").click()
        expect(panel).to_be_hidden()


class TestPhone:
    def test_nothing_is_wider_than_the_screen(self, page: Page, server: Server, photograph: Photograph) -> None:
        page.set_viewport_size(PHONE)
        opened(page, server)
        upload(page)
        expect(page.get_by_role("button", name="Pattern")).to_be_visible()
        box(page).fill("mug")
        expect(page.get_by_label("Weight of the words")).to_be_visible()
        photograph("phone")
        page.get_by_text("Filters and ranking").click()
        assert fits(page)
        page.get_by_role("button", name="Remove picture").click()
        expect(page.get_by_role("status")).to_contain_text("lambdarank")
        cards(page).first.get_by_role("button", name="Why").click()
        expect(page.get_by_role("dialog")).to_contain_text("Score")
        photograph("phone-why")
        assert fits(page)


def fits(page: Page) -> bool:
    inside: bool = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    return inside
