"""Putting, moving, changing and removing hints and strokes."""

import pytest

from studio_page import wait_until


def test_a_click_puts_a_hint_of_the_chosen_color_at_the_clicked_place(studio):
    studio.choose_color("#3060c0")
    studio.click(200, 120)
    hint, = studio.wait_for_hints(1)
    assert (hint["x"], hint["y"]) == pytest.approx((200, 120), abs=1)
    assert hint["b"] < -20  # blue
    assert hint["kind"] == "color"


def test_the_picture_takes_the_color_of_the_hint(studio):
    studio.hint(380, 100, "#c8402e")
    studio.wait_until_shown()
    x, y = studio.screen(380, 112)
    box = studio.canvas.bounding_box()
    red, _, blue = studio.pixels().getpixel((round(x - box["x"]), round(y - box["y"])))
    assert red > blue + 20


def test_a_drag_moves_a_hint_in_one_step_of_undo(studio):
    studio.hint(200, 120)
    studio.drag((200, 120), (260, 180), (320, 200))
    document = studio.wait_for_document(lambda document: document["hints"][0]["x"] > 310)
    assert (document["hints"][0]["x"], document["hints"][0]["y"]) == pytest.approx((320, 200), abs=1)
    studio.press("Control+z")
    document = studio.wait_for_document(lambda document: document["hints"][0]["x"] < 210)
    assert document["hints"][0]["x"] == pytest.approx(200, abs=1)


def test_the_picture_follows_while_a_hint_is_dragged(studio):
    studio.hint(100, 100, "#c8402e")
    studio.wait_until_shown()
    versions = []
    studio.drag((100, 100), (110, 110), release=False)
    for step in range(10):
        studio.page.mouse.move(*studio.screen(120 + 20 * step, 110))
        studio.page.wait_for_timeout(100)
        versions.append(int(studio.canvas.get_attribute("data-version")))
    assert len(set(versions)) >= 3
    studio.page.mouse.up()
    studio.wait_until_shown()
    assert studio.document["hints"][0]["x"] == pytest.approx(300, abs=1)


def test_the_last_place_of_a_fast_drag_is_the_one_that_stays(studio):
    studio.hint(100, 100)
    studio.drag((100, 100), *[(100 + 5 * step, 100 + 3 * step) for step in range(1, 60)], (420, 300), steps=1)
    studio.wait_for_document(lambda document: document["hints"][0]["x"] > 410)
    studio.wait_until_shown()
    assert studio.document["hints"][0]["y"] == pytest.approx(300, abs=1)


def test_a_hint_dragged_off_the_picture_is_removed(studio):
    studio.hint(30, 240)
    studio.drag((30, 240), (10, 240), (-30, 240))
    studio.wait_for_hints(0)


def test_escape_during_a_drag_puts_the_hint_back(studio):
    studio.hint(200, 120)
    studio.drag((200, 120), (300, 200), release=False)
    studio.page.keyboard.press("Escape")
    studio.page.mouse.up()
    document = studio.wait_for_document(lambda document: document["hints"][0]["x"] < 210)
    assert document["hints"][0]["y"] == pytest.approx(120, abs=1)


def test_a_drag_on_an_empty_place_draws_a_stroke(studio):
    studio.choose_color("#3a7d34")
    studio.drag((100, 400), (200, 420), (300, 400))
    document = studio.wait_for_document(lambda document: document["strokes"])
    stroke, = document["strokes"]
    assert len(stroke["points"]) > 5
    assert stroke["points"][0] == pytest.approx([100, 400], abs=1)
    assert stroke["points"][-1] == pytest.approx([300, 400], abs=4)
    assert stroke["a"] < -10
    assert document["hints"] == []


def test_a_stroke_is_moved_as_a_whole(studio):
    studio.drag((100, 400), (200, 400))
    before = studio.wait_for_document(lambda document: document["strokes"])["strokes"][0]["points"]
    studio.drag((150, 400), (150, 350))
    document = studio.wait_for_document(lambda document: document["strokes"][0]["points"][0][1] < 360)
    after = document["strokes"][0]["points"]
    assert len(after) == len(before)
    assert after[-1] == pytest.approx([before[-1][0], before[-1][1] - 50], abs=1)


def test_the_eraser_sweeps_hints_away_in_one_step(studio):
    for x in (100, 160, 220):
        studio.hint(x, 300)
    studio.button("Erase hints").click()
    studio.drag((80, 300), (240, 300), steps=30)
    studio.wait_for_hints(0)
    studio.press("Control+z")
    studio.wait_for_hints(3)


def test_control_and_drag_erases_without_a_tool(studio):
    studio.hint(100, 300)
    studio.page.keyboard.down("Control")
    studio.drag((80, 300), (120, 300), steps=10)
    studio.page.keyboard.up("Control")
    studio.wait_for_hints(0)


@pytest.mark.parametrize("item, kind", [("Neutral grey", "neutral"), ("Keep the original", "keep")])
def test_the_menu_of_a_hint_changes_its_kind_and_back(studio, item, kind):
    studio.hint(200, 120)
    studio.menu(200, 120, item)
    studio.wait_for_document(lambda document: document["hints"][0]["kind"] == kind)
    studio.menu(200, 120, item)
    studio.wait_for_document(lambda document: document["hints"][0]["kind"] == "color")


@pytest.mark.parametrize("item, kind", [("Put a hint here", "color"), ("Keep this grey", "neutral"),
                                        ("Keep the original colour here", "keep")])
def test_the_menu_of_an_empty_place_puts_hints_of_every_kind(studio, item, kind):
    studio.menu(400, 200, item)
    hint, = studio.wait_for_hints(1)
    assert (hint["x"], hint["kind"]) == (pytest.approx(400, abs=1), kind)


def test_a_hidden_hint_does_not_act_and_a_locked_one_does_not_move(studio):
    studio.hint(200, 120)
    studio.menu(200, 120, "Hide")
    studio.wait_for_document(lambda document: document["hints"][0]["hidden"])
    studio.menu(200, 120, "Lock")
    studio.wait_for_document(lambda document: document["hints"][0]["locked"])
    studio.drag((200, 120), (300, 200))
    studio.press("Delete")
    studio.page.wait_for_timeout(500)
    assert studio.document["hints"][0]["x"] == pytest.approx(200, abs=1)


def test_remove_in_the_menu_and_the_delete_key_remove(studio):
    studio.hint(200, 120)
    studio.menu(200, 120, "Remove")
    studio.wait_for_hints(0)
    studio.select(studio.hint(200, 120))
    studio.press("Delete")
    studio.wait_for_hints(0)


def test_the_list_names_notes_hides_locks_and_removes(studio):
    studio.select(studio.hint(200, 120))
    section = studio.open_section("Hints")
    section.get_by_label("Name", exact=True).fill("the balloon")
    section.get_by_label("Name", exact=True).press("Tab")
    studio.wait_for_document(lambda document: document["hints"][0]["name"] == "the balloon")
    section.get_by_label("Note", exact=True).fill("red, says the letter of 1912")
    section.get_by_label("Note", exact=True).press("Tab")
    studio.wait_for_document(lambda document: document["hints"][0]["note"].startswith("red"))
    studio.button("Hide the balloon").click()
    studio.wait_for_document(lambda document: document["hints"][0]["hidden"])
    studio.button("Lock the balloon").click()
    studio.wait_for_document(lambda document: document["hints"][0]["locked"])
    assert studio.button("Remove the balloon").is_disabled()
    studio.button("Lock the balloon").click()
    studio.wait_for_document(lambda document: not document["hints"][0]["locked"])
    studio.button("Remove the balloon").click()
    studio.wait_for_hints(0)


def test_the_size_of_a_hint_is_set(studio):
    studio.select(studio.hint(200, 120))
    studio.open_section("Hints").get_by_label("Size").fill("8")
    studio.wait_for_document(lambda document: document["hints"][0]["radius"] == 8)


def test_all_hints_but_the_locked_ones_are_removed_at_once(studio):
    for x in (100, 200, 300):
        studio.hint(x, 120)
    studio.menu(100, 120, "Lock")
    studio.menu(400, 300, "Remove all hints")
    hint, = studio.wait_for_hints(1)
    assert hint["locked"]
    studio.press("Control+z")
    studio.wait_for_hints(3)


def test_names_with_markup_are_only_text(studio):
    studio.select(studio.hint(200, 120))
    section = studio.open_section("Hints")
    section.get_by_label("Name", exact=True).fill("<img src=x onerror=alert(1)><b>bold</b>")
    section.get_by_label("Name", exact=True).press("Tab")
    studio.wait_for_document(lambda document: document["hints"][0]["name"])
    assert studio.page.locator(".row-name").inner_text().startswith("<img")
    assert studio.page.locator(".row-name b, .row-name img").count() == 0


def test_everything_can_be_undone_and_done_again(studio):
    for x in range(60, 560, 50):
        studio.hint(x, 60)
    for _ in range(10):
        studio.button("Undo").click()
        studio.page.wait_for_timeout(50)
    studio.wait_for_hints(0)
    assert wait_until(lambda: studio.button("Undo").is_disabled(), "undo to end")
    for _ in range(10):
        studio.press("Control+y")
    studio.wait_for_hints(10)
    assert wait_until(lambda: studio.button("Redo").is_disabled(), "redo to end")


def test_a_refused_change_is_told_and_withdrawn(studio):
    studio.page.route("**/commands", lambda route: route.fulfill(
        status=507, content_type="application/json", body='{"error": "The disk is full: make room, then go on."}'))
    studio.click(200, 120)
    assert "The disk is full: make room, then go on." in studio.message.inner_text()
    wait_until(lambda: studio.page.locator(".row").count() == 0, "the hint to be withdrawn")
    studio.page.unroute("**/commands")
    studio.hint(200, 120)


def test_hints_are_drawn_in_device_pixels(open_page, server):
    studio = open_page(server, device_scale_factor=2)
    studio.wait_until_shown()
    size = studio.page.evaluate("(({width, clientWidth}) => [width, clientWidth])(document.getElementById('picture'))")
    assert size[0] == 2 * size[1]


def test_a_long_press_opens_the_menu_and_a_tap_puts_a_hint(open_page, server):
    studio = open_page(server, has_touch=True, viewport={"width": 820, "height": 1180})
    studio.wait_until_shown()
    studio.page.touchscreen.tap(*studio.screen(200, 120))
    studio.wait_for_hints(1)
    x, y = studio.screen(400, 300)
    touches = studio.page.context.new_cdp_session(studio.page)
    touches.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    studio.page.get_by_role("menu").wait_for()
    touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert len(studio.document["hints"]) == 1
