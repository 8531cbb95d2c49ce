"""Adjustments, what a hint changes, where to go next, and the engine."""

import numpy
import pytest

from studio_page import wait_until


def chroma(studio):
    pixels = numpy.frombuffer(studio.server.view(160, 120), numpy.uint8).reshape(-1, 3).astype(int)
    return (pixels.max(axis=1) - pixels.min(axis=1)).mean()


def test_saturation_and_temperature_change_the_whole_picture_in_one_step_each(studio):
    studio.hint(380, 100, "#c8402e")
    colored = chroma(studio)
    section = studio.open_section("Adjust")
    section.get_by_label("Saturation").fill("0")
    studio.wait_for_document(lambda document: document["adjustments"]["saturation"] == 0)
    assert chroma(studio) < 1.5 < colored
    section.get_by_label("Temperature").fill("0.5")
    studio.wait_for_document(lambda document: document["adjustments"]["temperature"] == pytest.approx(0.5))
    assert chroma(studio) > 5
    studio.press("Control+z")
    studio.press("Control+z")
    wait_until(lambda: section.get_by_label("Saturation").input_value() == "1", "the slider to follow undo")


def test_a_slider_that_is_held_shows_the_picture_at_once(studio):
    studio.hint(380, 100, "#c8402e")
    slider = studio.open_section("Adjust").get_by_label("Saturation")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    studio.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    studio.page.mouse.down()
    studio.page.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2, steps=5)
    wait_until(lambda: studio.document["adjustments"]["saturation"] < 0.2, "the preview")
    studio.page.mouse.up()
    studio.wait_for_document(lambda document: document["adjustments"]["saturation"] < 0.2, "the change to last")


def test_the_heat_map_shows_what_the_selected_hint_changes(studio):
    studio.press("w")
    studio.hint(380, 100, "#c8402e")
    studio.wait_until_shown()
    inside = slice(100, 650), slice(120, 850)  # of the canvas, without what stands at its edges
    before = numpy.asarray(studio.pixels(), int)[inside]

    def changed():
        return numpy.abs(numpy.asarray(studio.pixels(), int)[inside] - before).mean()

    studio.menu(380, 100, "Show what the hint changes")
    button = studio.button("Show what the hint changes")
    assert button.get_attribute("aria-pressed") == "true"
    wait_until(lambda: changed() > 1, "the heat map")
    button.click()
    wait_until(lambda: changed() < 0.5, "the heat map to go")


def test_the_next_place_is_shown_after_a_rest_and_can_be_switched_off(studio):
    with studio.page.expect_response(lambda response: response.url.endswith("/next")):
        studio.hint(380, 100)
    places = studio.server.get(f"pictures/{studio.picture}/next")["places"]
    assert places and all(0 <= place["x"] <= 640 and 0 <= place["y"] <= 480 for place in places)
    studio.press("w")
    asked = []
    studio.page.on("request", lambda request: asked.append(request.url))
    studio.hint(100, 100)
    studio.page.wait_for_timeout(2500)
    assert asked and [url for url in asked if url.endswith("/next")] == []


def test_the_engine_is_chosen_in_the_settings(studio):
    studio.button("Settings").click()
    model = studio.label("Model")
    names = model.locator("option").all_inner_texts()
    assert names == studio.server.get("state")["engines"]["models"]
    model.select_option(names[-1])
    wait_until(lambda: studio.server.get("state")["settings"]["model"] == names[-1], "the setting")
    studio.label("Trust in the network far from hints").fill("1")
    wait_until(lambda: studio.server.get("state")["settings"]["fusion"]["trust"] == pytest.approx(10), "the strength")


def test_a_setting_that_is_refused_is_told_in_the_dialog(studio):
    studio.page.route("**/api/settings", lambda route: route.fulfill(
        status=422, content_type="application/json", body='{"error": "There is no such precision: choose float."}'))
    studio.button("Settings").click()
    studio.label("Precision").select_option(index=0)
    studio.label("Model").select_option(index=0)
    studio.label("Trust in the network far from hints").fill("1")
    alert = studio.page.get_by_role("dialog").get_by_role("alert")
    wait_until(lambda: "There is no such precision" in alert.inner_text(), "the error")


def test_the_status_line_names_the_model_its_time_and_the_place(studio):
    studio.hint(380, 100)
    studio.wait_until_shown()
    studio.page.mouse.move(*studio.screen(123.5, 45.5))
    line = studio.page.locator(".status-line")
    wait_until(lambda: "123, 45" in line.inner_text(), "the place")
    assert studio.server.get("state")["settings"]["model"] in line.inner_text()
    assert " ms" in line.inner_text()
