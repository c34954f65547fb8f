"""The pricing console in a real browser, against the service with its own book and audit."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from merx_models.pricing.policies import Optimiser
from tests.integration.pricing.installed import Installation, furnish, quote, until

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on the PATH: apt-get install chromium")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    installed: Installation = furnish(tmp_path_factory.mktemp("console") / "home")
    installed.promote(Optimiser(), "optimiser")
    with installed.service() as service, httpx.Client(base_url=service.wait_ready().url, timeout=60) as client:
        assert until(lambda: quote(client, "p00")["quotes"][0].get("reasons", []) == [])
        yield service.url


@pytest.fixture
def page(url: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = launched.new_page(viewport={"width": 1180, "height": 900}, locale="en-GB")
        faults: list[str] = []
        opened.on("pageerror", lambda error: faults.append(str(error)))
        yield opened
        launched.close()
        assert faults == []


def test_a_price_says_why_it_is_what_it_is(page: Page, url: str, request: pytest.FixtureRequest) -> None:
    page.goto(f"{url}/console")
    page.get_by_label("Product id").fill("p00")
    page.get_by_role("button").click()
    expect(page.locator("#amount")).to_have_text("€2.99")
    expect(page.locator("#mode")).to_contain_text("live · pricing/2")
    expect(page.locator("#facts")).to_contain_text("list ceiling")
    bars = page.locator("#bars span")
    expect(bars.first).to_have_text("ordinary product")
    expect(bars.nth(2)).to_have_text("cost")
    expect(page.get_by_role("img", name="units by price")).to_be_visible()
    expect(page.get_by_role("img", name="profit by price")).to_be_visible()
    expect(page.get_by_role("img", name="forecast")).to_be_visible()
    expect(page.locator("#elasticity")).to_contain_text("from the product")
    expect(page.locator("#given tr").first).to_contain_text("pricing/2")
    expect(page.locator("#problem")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    folder = request.config.getoption("--console-pictures", default="")
    if folder:
        page.screenshot(path=Path(folder) / "pricing-console.png", full_page=True)


def test_what_is_not_there_is_said_and_the_next_one_is_shown(page: Page, url: str) -> None:
    page.goto(f"{url}/console?product_id=nobody")
    expect(page.locator("#problem")).to_have_text("no product 'nobody'")
    expect(page.locator("#quote")).to_be_hidden()
    page.get_by_label("Product id").fill("p01")
    page.get_by_role("button").click()
    expect(page.locator("#amount")).to_contain_text("€")
    expect(page.locator("#problem")).to_be_hidden()
    assert page.url.endswith("?product_id=p01")
