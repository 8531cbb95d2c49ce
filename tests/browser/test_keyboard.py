"""Everything without a pointer."""

import pytest

from studio_page import wait_until


def test_enter_puts_a_hint_where_the_arrow_keys_led(studio):
    studio.canvas.focus()
    studio.page.keyboard.press("ArrowRight")
    studio.page.keyboard.press("Shift+ArrowDown")
    studio.page.keyboard.press("Enter")
    hint, = studio.wait_for_hints(1)
    scale = studio.camera[0]
    assert (hint["x"], hint["y"]) == pytest.approx((320 + 8 / scale, 240 + 40 / scale), abs=1)


def test_arrow_keys_move_the_selected_hint_in_one_step_of_undo(studio):
    studio.hint(200, 120)
    studio.click(200, 120)
    studio.canvas.focus()
    for _ in range(6):
        studio.page.keyboard.press("ArrowLeft")
    studio.page.keyboard.press("Shift+ArrowUp")
    document = studio.wait_for_document(lambda document: document["hints"][0]["y"] < 117)
    assert (document["hints"][0]["x"], document["hints"][0]["y"]) == pytest.approx((194, 115), abs=1)
    wait_until(lambda: studio.page.locator(".save-state").inner_text() == "Saved", "Saved")
    studio.page.wait_for_timeout(800)
    studio.press("Control+z")
    studio.wait_for_document(lambda document: document["hints"][0]["x"] == pytest.approx(200, abs=1))


def test_tab_goes_along_the_hints_and_then_leaves_the_picture(studio):
    studio.hint(200, 120)
    studio.hint(400, 120)
    studio.canvas.focus()
    studio.page.keyboard.press("Tab")
    assert studio.page.locator(".row.selected .row-name").inner_text() == "Hint 1"
    studio.page.keyboard.press("Tab")
    assert studio.page.locator(".row.selected .row-name").inner_text() == "Hint 2"
    studio.page.keyboard.press("Tab")
    assert studio.page.evaluate("document.activeElement.id") != "picture"


def test_letters_change_the_selected_hint(studio):
    studio.hint(200, 120)
    studio.press("Tab")
    studio.press("n")
    studio.wait_for_document(lambda document: document["hints"][0]["kind"] == "neutral")
    studio.press("o")
    studio.wait_for_document(lambda document: document["hints"][0]["kind"] == "keep")
    studio.press("h")
    studio.wait_for_document(lambda document: document["hints"][0]["hidden"])
    studio.press("l")
    studio.wait_for_document(lambda document: document["hints"][0]["locked"])
    studio.press("l")
    studio.press("F2")
    studio.page.keyboard.type("nohl")  # typed, and no command
    studio.page.keyboard.press("Tab")
    studio.wait_for_document(lambda document: document["hints"][0]["name"] == "nohl")


def test_the_menu_is_used_by_keys_and_gives_the_focus_back(studio):
    studio.hint(200, 120)
    studio.press("Tab")
    studio.press("m")
    menu = studio.page.get_by_role("menu", name="Hint")
    menu.wait_for()
    studio.page.keyboard.press("End")
    studio.page.keyboard.press("Enter")
    studio.wait_for_hints(0)
    assert studio.page.evaluate("document.activeElement.id") == "picture"
    studio.press("m")
    studio.page.get_by_role("menu", name="Place").wait_for()
    studio.page.keyboard.press("Escape")
    assert studio.page.get_by_role("menu").count() == 0


def test_the_question_mark_lists_every_key(studio):
    studio.press("?")
    dialog = studio.page.get_by_role("dialog", name="Keys and pointer")
    keys = dialog.locator("kbd").all_inner_texts()
    for key in ("Enter", "Delete", "Ctrl+Z", "G", "0", "?", "Z"):
        assert key in keys
    studio.page.keyboard.press("Escape")
    assert dialog.count() == 0


def test_keys_do_nothing_behind_a_dialog(studio):
    studio.button("Export").click()
    studio.page.keyboard.press("Enter")
    studio.page.keyboard.press("g")
    assert studio.canvas.get_attribute("data-tool") == "brush"
    studio.page.wait_for_timeout(300)
    assert studio.document["hints"] == []


def test_one_escape_after_a_hint_makes_the_next_color_one_for_the_next_hint(studio):
    studio.choose_color("#c8402e")
    studio.click(200, 120)
    first, = studio.wait_for_hints(1)
    popover = studio.page.get_by_role("group", name="Suggested colours")
    popover.wait_for()
    studio.page.keyboard.press("Escape")
    assert not popover.is_visible()
    assert studio.page.locator(".row.selected").count() == 0
    studio.choose_color("#3060c0")
    studio.click(400, 120)
    hints = studio.wait_for_hints(2)
    assert (hints[0]["a"], hints[0]["b"]) == (first["a"], first["b"])
    assert hints[1]["b"] < -20


def test_escape_among_the_suggestions_deselects_and_gives_the_focus_back(studio):
    studio.click(200, 120)
    swatch = studio.page.locator(".popover .swatch").first
    swatch.focus()
    studio.page.keyboard.press("Escape")
    assert not swatch.is_visible()
    assert studio.page.locator(".row.selected").count() == 0
    assert studio.page.evaluate("document.activeElement.id") == "picture"


def test_escape_puts_a_tool_away_first_and_deselects_then(studio):
    studio.select(studio.hint(200, 120))
    studio.press("e")
    studio.press("Escape")
    assert studio.canvas.get_attribute("data-tool") == "brush"
    assert studio.page.locator(".row.selected").count() == 1
    studio.press("Escape")
    assert studio.page.locator(".row.selected").count() == 0


def test_undo_in_the_entry_is_about_the_hint_once_the_color_was_given(studio):
    first = studio.hint(200, 240, "#c8402e")
    studio.select(first)
    studio.choose_color("#3060c0")
    studio.wait_for_document(lambda document: document["hints"][0]["b"] < -20)
    entry = studio.label("Colour as hex, RGB, HSV or Lab")
    assert studio.page.evaluate("document.activeElement.className") == "color-entry"
    studio.page.keyboard.press("Control+z")
    studio.wait_for_document(lambda document: document["hints"][0]["a"] == first["a"])
    wait_until(lambda: entry.input_value() == "#c8402e", "the entry to follow")
    studio.page.keyboard.press("Control+y")
    studio.wait_for_document(lambda document: document["hints"][0]["b"] < -20)


def test_undo_and_escape_in_the_entry_are_about_the_text_while_it_is_typed(studio):
    hint = studio.hint(200, 240, "#c8402e")
    studio.select(hint)
    entry = studio.label("Colour as hex, RGB, HSV or Lab")
    entry.focus()
    entry.press("End")
    studio.page.keyboard.type("77")
    studio.page.keyboard.press("Control+z")
    assert entry.input_value() != "#c8402e77"
    studio.page.keyboard.type("99")
    studio.page.keyboard.press("Escape")
    assert entry.input_value() == "#c8402e"
    assert studio.page.evaluate("document.activeElement.id") == "picture"
    assert len(studio.document["hints"]) == 1
    assert studio.document["hints"][0]["a"] == hint["a"]


def test_a_screen_reader_hears_what_was_put_where(studio):
    studio.choose_color("#3a7d34")
    studio.click(200, 120)
    live = studio.page.locator("#announcements")
    wait_until(lambda: "Hint placed:" in live.inner_text(), "the announcement")
    assert "green" in live.inner_text()
