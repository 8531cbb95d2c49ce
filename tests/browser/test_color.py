"""Choosing colours: entry, gamut, eyedropper, references, palettes and suggestions."""

import io

import pytest
from PIL import Image

from studio_page import wait_until

ENTRY = "Colour as hex, RGB, HSV or Lab"


@pytest.mark.parametrize("text", ["#c8402e", "c8402e", "rgb(200, 64, 46)", "hsv(7, 77, 78.4)"])
def test_a_color_is_entered_in_any_notation(studio, text):
    hint = studio.hint(200, 240, text)
    assert hint["a"] == pytest.approx(52.9, abs=1.5)  # CIELAB of #c8402e; hsv is rounded
    assert hint["b"] == pytest.approx(40.7, abs=1.5)


def test_a_color_is_entered_by_its_name(studio):
    hint = studio.hint(200, 240, "navy")
    assert (hint["a"], hint["b"]) == pytest.approx((47.5, -64.7), abs=1.5)  # CIELAB of #000080


def test_a_lab_color_is_kept_exactly(studio):
    hint = studio.hint(200, 240, "lab(50, 12.5, -7.25)")
    assert (hint["a"], hint["b"]) == pytest.approx((12.5, -7.25), abs=1e-4)


@pytest.mark.parametrize("text", ["redd", "#12345", "rgb(300, 0, 0)", "hsv(400, 10, 10)", "lab(50, 500, 0)", "1, 2"])
def test_what_is_no_color_is_told_beside_the_entry(studio, text):
    studio.choose_color(text)
    alert = studio.page.locator("#color-error")
    assert f"“{text}” is no colour. Write #c8402e" in alert.inner_text()
    assert studio.label(ENTRY).get_attribute("aria-invalid") == "true"
    studio.choose_color("#3060c0")
    assert alert.inner_text() == ""


def test_the_format_of_the_entry_is_kept(studio):
    studio.choose_color("#c8402e")
    studio.label("Format of the colour").select_option("rgb")
    assert studio.label(ENTRY).input_value() == "rgb(200, 64, 46)"
    studio.page.reload()
    studio.wait_until_shown()
    assert studio.label(ENTRY).input_value().startswith("rgb(")


def test_a_chosen_color_is_for_the_selected_hint_or_else_for_the_next_one(studio):
    first = studio.hint(200, 240, "#c8402e")
    studio.select(first)
    title = studio.page.locator("#picker-title")
    wait_until(lambda: title.inner_text() == "Colour of Hint 1", "the title of the selected hint")
    studio.choose_color("#3060c0")
    recolored = studio.wait_for_document(lambda document: document["hints"][0]["a"] != first["a"])["hints"][0]
    studio.deselect()
    assert title.inner_text() == "Colour of the next hint"
    studio.choose_color("#3a7d34")
    studio.hint(300, 240)
    assert studio.document["hints"][0]["a"] == recolored["a"]


def test_a_color_picked_in_the_plane_goes_to_the_selected_hint(studio):
    studio.select(studio.hint(200, 240))
    plane = studio.page.locator(".gamut")
    box = plane.bounding_box()
    plane.click(position={"x": box["width"] / 2, "y": box["height"] * 0.65})  # a 0, b -33
    hint = studio.wait_for_document(lambda document: document["hints"][0]["b"] < -10)["hints"][0]
    assert abs(hint["a"]) < 3


def test_the_plane_is_moved_by_keys(studio):
    before = studio.hint(200, 240, "lab(50, 0, 0)")
    studio.select(before)
    plane = studio.page.locator(".gamut")
    plane.focus()
    for _ in range(5):
        studio.page.keyboard.press("ArrowRight")
    hint = studio.wait_for_document(lambda document: document["hints"][0]["a"] > before["a"] + 9)["hints"][0]
    assert hint["a"] == pytest.approx(10, abs=0.5)
    assert "a 10" in plane.get_attribute("aria-valuetext")


def test_a_color_that_the_place_cannot_have_is_shown_as_it_comes_out_and_in_words(studio):
    studio.select(studio.hint(200, 240, "lab(50, 3, 3)"))
    words = studio.page.locator(".difference")
    wait_until(lambda: "As chosen" in words.inner_text(), "a possible colour")
    studio.choose_color("#0000ff")
    wait_until(lambda: "ΔE" in words.inner_text() and "As chosen" not in words.inner_text(), "an impossible colour")
    assert studio.page.get_by_text("Comes out").is_visible()


def test_the_eyedropper_takes_a_color_of_the_result(studio):
    studio.hint(380, 100, "#c8402e")
    studio.wait_until_shown()
    studio.deselect()
    studio.choose_color("#808080")
    studio.press("p")
    studio.click(380, 110)
    expected = studio.server.get(f"pictures/{studio.picture}/pixel?x=380&y=110")
    wait_until(lambda: studio.label(ENTRY).input_value() != "#808080", "a colour to be picked")
    hint = studio.hint(300, 240)
    assert (hint["a"], hint["b"]) == pytest.approx((expected["a"], expected["b"]), abs=12)
    assert studio.canvas.get_attribute("data-tool") == "brush"


def test_alt_and_click_picks_without_a_tool(studio):
    studio.choose_color("#c8402e")
    studio.page.keyboard.down("Alt")
    studio.click(300, 240)
    studio.page.keyboard.up("Alt")
    wait_until(lambda: studio.label(ENTRY).input_value() != "#c8402e", "a colour to be picked")
    assert studio.document["hints"] == []


def test_a_reference_picture_gives_colors_matched_in_lightness(studio, tmp_path):
    path = tmp_path / "reference.png"
    Image.new("RGB", (40, 30), "#2f6b2a").save(path)  # CIELAB 40, -32, 30
    studio.choose_file(lambda: studio.button("Open a reference picture").click(), path)
    studio.click(420, 300)
    studio.page.locator(".suggestions button[aria-label*='from the reference picture']").first.wait_for()
    studio.deselect()
    studio.label("Reference picture: click to take a colour").click()
    hint = studio.hint(200, 240)
    assert (hint["a"], hint["b"]) == pytest.approx((-32, 30), abs=3)
    studio.button("Close the reference picture").click()
    assert not studio.page.locator(".reference").is_visible()


def test_a_reference_that_is_no_picture_is_told(studio, tmp_path):
    path = tmp_path / "letter.png"
    path.write_text("Dear aunt")
    studio.choose_file(lambda: studio.button("Open a reference picture").click(), path)
    assert "letter.png is no picture" in studio.message.inner_text()


def test_used_colors_are_offered_again(studio):
    studio.hint(200, 120, "#3a7d34")
    studio.hint(300, 120, "#c8402e")
    recent = studio.page.get_by_role("group", name="Recent colours")
    labels = [swatch.get_attribute("aria-label") for swatch in recent.get_by_role("button").all()]
    assert [label.split(", ")[-1] for label in labels[:2]] == ["#c8402e", "#3a7d34"]
    recent.get_by_role("button").nth(1).click()
    assert studio.label(ENTRY).input_value() == "#3a7d34"


def test_palettes_come_with_the_studio(studio):
    palettes = studio.label("Palette")
    assert palettes.locator("option").count() >= 4
    studio.page.get_by_role("group", name="Colours of the palette").get_by_role("button").first.click()
    assert studio.label(ENTRY).input_value() != "#c8402e"


def test_colors_are_collected_in_a_palette_of_ones_own_which_can_be_deleted(studio):
    studio.choose_color("#123456")
    studio.button("Add the chosen colour to a palette").click()
    wait_until(lambda: studio.label("Palette").input_value() == "My colours", "the new palette")
    assert studio.page.get_by_role("group", name="Colours of the palette").get_by_role("button").count() == 1
    palette = next(palette for palette in studio.server.get("palettes")["palettes"] if palette["name"] == "My colours")
    assert palette["colors"][0]["color"] == "#123456"
    studio.button("Load and save palettes").click()
    studio.page.get_by_role("menuitem", name="Delete “My colours”").click()
    wait_until(lambda: "My colours" not in [palette["name"] for palette in studio.server.get("palettes")["palettes"]],
               "the deletion")


def load_palette(studio, path):
    studio.button("Load and save palettes").click()
    studio.choose_file(lambda: studio.page.get_by_role("menuitem", name="Load a palette …").click(), path)


def test_a_palette_of_gimp_is_loaded(studio, tmp_path):
    path = tmp_path / "uniforms.gpl"
    path.write_text("GIMP Palette\nName: Uniforms of 1914\n#\n 90 110 130\thorizon blue\n110 105 80\tfield grey\n")
    load_palette(studio, path)
    studio.message.wait_for()
    assert "uniforms.gpl is loaded." in studio.message.inner_text()
    swatches = studio.page.get_by_role("group", name="Colours of the palette").get_by_role("button")
    assert [swatch.get_attribute("aria-label") for swatch in swatches.all()] == [
        "horizon blue, #5a6e82", "field grey, #6e6950"]


def test_a_file_that_is_no_palette_is_told(studio, tmp_path):
    path = tmp_path / "broken.gpl"
    path.write_text("no palette")
    load_palette(studio, path)
    studio.page.locator(".message.error").wait_for()
    assert len(studio.message.inner_text()) > 20


@pytest.mark.parametrize("format", ["GPL", "ASE", "JSON"])
def test_a_palette_is_saved_in_every_format(studio, format):
    studio.button("Load and save palettes").click()
    with studio.page.expect_download() as download:
        studio.page.get_by_role("menuitem", name=f"Save as {format}").click()
    with open(download.value.path(), "rb") as file:
        content = file.read()
    assert content.startswith({"GPL": b"GIMP Palette", "ASE": b"ASEF", "JSON": b"{"}[format])


def suggestions(studio):
    group = studio.page.get_by_role("group", name="Suggested colours")
    group.locator(".swatch").first.wait_for()
    return group.locator(".swatch")


def test_suggestions_open_beside_a_new_hint(studio):
    studio.click(380, 100)
    swatches = suggestions(studio)
    assert 2 <= swatches.count() <= 9
    labels = [swatch.get_attribute("aria-label") for swatch in swatches.all()]
    assert labels[0].endswith("(1)") and "as the model would colour it" in labels[0]


def test_a_suggestion_is_shown_while_the_pointer_is_over_it_and_no_longer(studio):
    before = studio.hint(380, 100, "#c8402e")
    studio.click(380, 100)
    suggestions(studio).nth(1).hover()
    wait_until(lambda: studio.document["hints"][0]["a"] != before["a"], "the preview")
    studio.page.mouse.move(*studio.screen(20, 460))
    studio.wait_for_document(lambda document: document["hints"][0]["a"] == before["a"], "the preview to end")
    studio.press("Control+z")
    studio.wait_for_hints(0)  # the preview was no step of its own


def test_a_suggestion_is_taken_by_a_click_or_by_its_number(studio):
    before = studio.hint(380, 100, "#c8402e")
    studio.click(380, 100)
    suggestions(studio).first.click()
    studio.wait_for_document(lambda document: document["hints"][0]["a"] != before["a"])
    first = studio.document["hints"][0]
    studio.page.keyboard.press("Escape")
    studio.click(380, 100)
    suggestions(studio)
    studio.page.keyboard.press("2")
    studio.wait_for_document(lambda document: document["hints"][0]["a"] != first["a"])


def test_until_escape_was_used_the_suggestions_say_that_it_lets_go_of_the_hint(studio):
    told = studio.page.get_by_text("that one is for the next hint")
    studio.click(380, 100)
    told.wait_for()
    studio.page.keyboard.press("Escape")
    studio.click(200, 300)
    suggestions(studio)
    assert told.count() == 0


def test_the_dropped_reference_is_read_by_the_browser_alone(studio, tmp_path):
    requests = []
    studio.page.on("request", lambda request: requests.append((request.method, request.url)))
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "#2f6b2a").save(content, "PNG")
    path = tmp_path / "private.png"
    path.write_bytes(content.getvalue())
    studio.choose_file(lambda: studio.button("Open a reference picture").click(), path)
    studio.page.locator(".reference").wait_for()
    assert [request for request in requests if request[0] == "POST"] == []
