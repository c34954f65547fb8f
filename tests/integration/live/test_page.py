"""The page of live lists in a real browser: a click on one device moves the list of the other."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.integration.live.conftest import Install, Installation

CHROMIUM = shutil.which("chromium")
PICTURE = Path(__file__).parents[3] / "docs" / "images" / "live-lists.png"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on the PATH: apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def installed(install: Install) -> Installation:
    return install()


@pytest.fixture
def page(browser: Browser, installed: Installation) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1360, "height": 460}, device_scale_factor=2)
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    url = f"{installed.intake.url}/live?customer=5&recommendation={installed.recommendation.url}"
    opened.goto(url)
    yield opened
    opened.close()
    assert faults == []


def products(page: Page, device: str) -> list[str]:
    cards = page.locator(f"[data-device={device}] [data-product]")
    return [str(card.get_attribute("data-product")) for card in cards.all()]


def test_a_click_in_one_window_changes_the_list_in_the_other(page: Page, request: pytest.FixtureRequest) -> None:
    laptop, phone = (page.locator(f"[data-device={device}]") for device in ("laptop", "phone"))
    for device in (laptop, phone):
        expect(device.locator("[data-product]")).to_have_count(10)
        expect(device.locator(".state")).to_have_text("live")
    before = products(page, "phone")
    assert before == products(page, "laptop")
    laptop.locator("[data-product]").nth(7).click()
    expect(phone.locator(".took")).to_contain_text("ms")
    expect(laptop.locator(".took")).to_contain_text("ms")
    expect(phone).to_have_attribute("data-lists", "2")
    assert products(page, "phone") != before
    assert products(page, "phone") == products(page, "laptop")
    if request.config.getoption("--update-screenshots", default=False):
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE)


def test_a_list_that_does_not_come_is_said(page: Page, installed: Installation, tmp_path: Path) -> None:
    state = page.locator("[data-device=phone] .state")
    expect(state).to_have_text("live")
    installed.recommendation.stop()
    expect(state).to_contain_text("away")
