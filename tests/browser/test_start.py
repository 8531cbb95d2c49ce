"""What is seen first."""

import re

import numpy
import pytest


def test_a_studio_without_a_picture_says_how_to_begin(open_page, start_server):
    studio = open_page(start_server())
    assert studio.page.get_by_role("heading", name="Colour a photograph").is_visible()
    assert studio.page.locator(".welcome").get_by_role("button", name="Open a picture").is_visible()
    assert not studio.page.locator("#panel").is_visible()


def test_a_picture_opens_with_its_faint_automatic_colors_and_one_sentence(studio):
    assert studio.page.get_by_text("The faint colours are only a guess").is_visible()
    assert studio.page.title() == "sample.png · icolorit"
    pixels = numpy.asarray(studio.pixels(), float)
    assert pixels.std() > 20  # a picture, not an empty canvas


def test_the_sentence_goes_with_the_first_hint(studio):
    studio.hint(300, 150)
    assert not studio.page.get_by_text("The faint colours are only a guess").is_visible()


def test_the_canvas_shows_exactly_what_the_server_rendered(studio):
    studio.hint(380, 100, "#c8402e")
    studio.press("w")  # no pulse
    studio.press("1")
    studio.wait_until_shown()
    scale, left, top = studio.camera
    assert scale == 1
    painted = numpy.asarray(studio.pixels(), int)
    rendered = numpy.frombuffer(studio.server.view(640, 480), numpy.uint8).reshape(480, 640, 3).astype(int)
    part = (slice(200, 300), slice(200, 300))  # no hint and no control is there
    seen = painted[round(200 - top):round(300 - top), round(200 - left):round(300 - left)]
    assert abs(seen - rendered[part]).max() <= 1


def test_a_wrong_token_is_explained(open_page, server):
    studio = open_page(server)
    studio.page.goto(server.address + "/#0000")  # the page begins anew by itself
    studio.message.wait_for()
    assert studio.message.inner_text().startswith("This address is out of date.")


def test_everything_comes_from_the_server_and_no_policy_is_broken(open_page, server):
    studio = open_page(server)
    requests = []
    studio.page.on("request", lambda request: requests.append(request.url))
    studio.page.reload()
    studio.wait_until_shown()
    assert len(requests) > 40
    assert [url for url in requests if not url.startswith(server.address)] == []
    policy = studio.page.request.get(server.address + "/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("locale, word", [
    ("en-US", "Hints"), ("ko-KR", "힌트"), ("es-MX", "Pistas"), ("fi-FI", "Hints")])
def test_the_page_speaks_the_language_of_the_browser_or_english(open_page, server, locale, word):
    studio = open_page(server, locale=locale)
    assert studio.page.get_by_role("heading", name=word, exact=True).is_visible()
    assert studio.page.locator("html").get_attribute("lang") == (locale[:2] if word != "Hints" else "en")


def test_another_language_is_chosen_in_the_settings_and_kept(studio):
    studio.button("Settings").click()
    studio.label("Language").select_option("ko")
    studio.page.wait_for_selector("html[lang=ko]")
    assert studio.page.get_by_role("heading", name="힌트", exact=True).is_visible()
    studio.page.reload()
    studio.page.wait_for_selector("html[lang=ko]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system(open_page, server, scheme):
    studio = open_page(server, color_scheme=scheme)
    assert (_brightness(studio) > 128) == (scheme == "light")


def test_a_theme_of_choice_wins_over_the_system(studio):
    studio.button("Settings").click()
    studio.label("Theme").select_option("light")
    assert _brightness(studio) > 128
    studio.page.reload()
    assert _brightness(studio) > 128


@pytest.mark.parametrize("width, height", [(1280, 800), (820, 1180), (1024, 768), (480, 800)])
def test_the_page_never_scrolls_as_a_whole(open_page, server, width, height):
    studio = open_page(server, viewport={"width": width, "height": height})
    extent = studio.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert extent[0] <= width and extent[1] <= height


def _brightness(studio):
    color = studio.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(float(value) for value in re.findall(r"[\d.]+", color)[:3]) / 3
