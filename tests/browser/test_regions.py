"""Regions: lasso, brush and one object."""

import math

import pytest


def circle(x, y, radius):
    return [(x + radius * math.cos(t / 6), y + radius * math.sin(t / 6)) for t in range(38)]


def lasso(studio, x=380, y=110, radius=60):
    count = len(studio.document["regions"])
    studio.press("g")
    studio.drag(*circle(x, y, radius), steps=1)
    document = studio.wait_for_document(lambda document: len(document["regions"]) == count + 1, "a new region")
    return document["regions"][-1]


def test_the_lasso_makes_a_region_and_is_put_away(studio):
    region = lasso(studio)
    assert region["shape"] == "polygon"
    xs = [x for x, _ in region["polygon"]]
    assert (min(xs), max(xs)) == pytest.approx((320, 440), abs=8)
    assert region["outline"]
    assert studio.canvas.get_attribute("data-tool") == "brush"


def test_a_twitch_of_the_lasso_makes_none(studio):
    studio.press("g")
    studio.drag((300, 300), (302, 301))
    studio.page.wait_for_timeout(300)
    assert studio.document["regions"] == []


def test_the_region_brush_paints_a_region(studio):
    studio.button("Paint a region").first.click()
    studio.drag((100, 400), (200, 400), (300, 410))
    region, = studio.wait_for_document(lambda document: document["regions"])["regions"]
    assert region["shape"] == "brush"
    assert region["strokes"][0]["radius"] > 1


def test_one_click_takes_a_whole_object(studio):
    studio.press("s")
    studio.click(380, 110)
    region, = studio.wait_for_document(lambda document: document["regions"])["regions"]
    assert region["shape"] == "flood"
    assert (region["x"], region["y"]) == pytest.approx((380, 110), abs=1)


def test_the_menu_makes_an_object_a_region_and_selects_it_again(studio):
    studio.menu(380, 110, "Make this object a region")
    region, = studio.wait_for_document(lambda document: document["regions"])["regions"]
    studio.page.keyboard.press("Escape")
    studio.menu(region["x"], region["y"], "Select this region")
    assert studio.page.locator(f"[data-id={region['id']}] .row-main").get_attribute("aria-expanded") == "true"


def test_a_region_is_named_locked_switched_off_and_removed(studio):
    lasso(studio)
    section = studio.open_section("Regions")
    section.get_by_label("Name", exact=True).fill("balloon")
    section.get_by_label("Name", exact=True).press("Tab")
    studio.wait_for_document(lambda document: document["regions"][0]["name"] == "balloon")
    studio.button("Lock the colours of balloon").click()
    studio.wait_for_document(lambda document: document["regions"][0]["locked"])
    assert studio.button("Remove balloon").is_disabled()
    studio.button("Lock the colours of balloon").click()
    studio.button("Switch balloon off").click()
    studio.wait_for_document(lambda document: document["regions"][0]["hidden"])
    studio.button("Remove balloon").click()
    studio.wait_for_document(lambda document: document["regions"] == [])


def test_the_delete_key_removes_the_selected_region(studio):
    lasso(studio)
    studio.press("Delete")
    studio.wait_for_document(lambda document: document["regions"] == [])


def test_edge_and_colors_of_one_region_are_adjusted(studio):
    lasso(studio)
    section = studio.open_section("Regions")
    section.get_by_label("Soft edge").fill("12")
    studio.wait_for_document(lambda document: document["regions"][0]["feather"] == 12)
    section.get_by_label("Follow edges of the picture").uncheck()
    studio.wait_for_document(lambda document: document["regions"][0]["snap"] is False)
    section.get_by_label("Saturation").fill("0.5")
    section.get_by_label("Temperature").fill("0.3")
    adjustments = studio.wait_for_document(
        lambda document: document["regions"][0]["adjustments"]["temperature"] > 0)["regions"][0]["adjustments"]
    assert adjustments == pytest.approx({"saturation": 0.5, "temperature": 0.3})
    assert studio.document["adjustments"] == pytest.approx({"saturation": 1, "temperature": 0})


def test_two_regions_keep_their_names_apart(studio):
    lasso(studio, 380, 110, 60)
    lasso(studio, 160, 80, 40)
    rows = studio.open_section("Regions").locator(".row-name")
    assert rows.all_inner_texts() == ["Region 1", "Region 2"]
