"""Zoom, pan, minimap, and before against after."""

import numpy
import pytest

from studio_page import wait_until


def test_the_wheel_zooms_at_the_pointer(studio):
    point = studio.screen(400, 200)
    studio.page.mouse.move(*point)
    before = studio.camera[0]
    studio.page.mouse.wheel(0, -300)
    wait_until(lambda: studio.camera[0] > before, "the zoom")
    assert studio.screen(400, 200) == pytest.approx(point, abs=1.5)


def test_keys_and_buttons_zoom_fit_and_show_the_actual_size(studio):
    fit = studio.camera[0]
    studio.press("+")
    wait_until(lambda: studio.camera[0] == pytest.approx(1.25 * fit), "zoom in")
    studio.button("Zoom out").click()
    wait_until(lambda: studio.camera[0] == pytest.approx(fit), "zoom out")
    studio.press("1")
    wait_until(lambda: studio.camera[0] == 1, "the actual size")
    studio.button("Show the whole picture").click()
    wait_until(lambda: studio.camera[0] == pytest.approx(fit), "the whole picture")


def test_the_zoom_ends_at_32_times_and_half_the_whole(studio):
    fit = studio.camera[0]
    for _ in range(40):
        studio.press("+")
    wait_until(lambda: studio.camera[0] == 32, "the largest zoom")
    for _ in range(60):
        studio.press("-")
    wait_until(lambda: studio.camera[0] == pytest.approx(min(1, fit) / 2), "the smallest zoom")


def test_large_pixels_are_sharp_squares(studio):
    for _ in range(18):
        studio.press("+")
    studio.wait_until_shown()
    scale = studio.camera[0]
    assert scale > 16
    pixels = numpy.asarray(studio.pixels(), int)
    row = pixels[200, 150:350]
    changes = numpy.abs(numpy.diff(row, axis=0)).max(axis=1) > 0
    assert changes.sum() <= 200 / scale + 2


@pytest.mark.parametrize("how", ["space", "middle", "margin"])
def test_the_picture_is_panned(studio, how):
    if how != "margin":
        for _ in range(4):
            studio.press("+")
    before = studio.camera
    box = studio.canvas.bounding_box()
    start = (box["x"] + 90, box["y"] + 8) if how == "margin" else (box["x"] + 400, box["y"] + 300)
    studio.page.mouse.move(*start)
    if how == "space":
        studio.page.keyboard.down(" ")
    studio.page.mouse.down(button="middle" if how == "middle" else "left")
    studio.page.mouse.move(start[0] + 60, start[1] + 40, steps=4)
    studio.page.mouse.up(button="middle" if how == "middle" else "left")
    if how == "space":
        studio.page.keyboard.up(" ")
    wait_until(lambda: studio.camera[1] == pytest.approx(before[1] - 60 / before[0], abs=0.6), "the pan")
    assert studio.document["hints"] == [] and studio.document["strokes"] == []


def test_two_fingers_pinch_and_put_no_hint(open_page, server):
    studio = open_page(server, has_touch=True)
    studio.wait_until_shown()
    before = studio.camera[0]
    x, y = studio.screen(320, 240)
    touches = studio.page.context.new_cdp_session(studio.page)

    def send(kind, distance):
        fingers = [] if distance is None else [(x - distance, y), (x + distance, y)]
        points = [{"x": left, "y": top, "id": number} for number, (left, top) in enumerate(fingers)]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", 40)
    for distance in range(45, 85, 5):
        send("touchMove", distance)
    send("touchEnd", None)
    wait_until(lambda: studio.camera[0] > 1.5 * before, "the pinch")
    assert studio.document["hints"] == [] and studio.document["strokes"] == []


def test_a_minimap_appears_when_only_a_part_is_seen_and_leads_elsewhere(studio):
    minimap = studio.page.locator(".minimap")
    assert not minimap.is_visible()
    for _ in range(5):
        studio.press("+")
    minimap.wait_for()
    box = minimap.bounding_box()
    minimap.click(position={"x": 10, "y": 10})
    wait_until(lambda: studio.camera[1] < 60 and studio.camera[2] < 60, "the corner of the picture")
    assert box["width"] > 100


def columns(studio, left, right):
    """How coloured the columns of the canvas between two places of the picture are."""
    box = studio.canvas.bounding_box()
    x1, x2 = (round(studio.screen(x, 0)[0] - box["x"]) for x in (left, right))
    top, bottom = (round(studio.screen(0, y)[1] - box["y"]) for y in (150, 200))
    pixels = numpy.asarray(studio.pixels(), int)[top:bottom, x1:x2]
    return (pixels.max(axis=2) - pixels.min(axis=2)).mean()


def test_the_slider_shows_grey_on_its_left_and_is_moved_by_keys_and_pointer(studio):
    studio.hint(60, 175, "#c8402e")
    studio.hint(560, 175, "#c8402e")
    studio.wait_until_shown()
    studio.press("x")
    handle = studio.label("Where before ends and after begins")
    wait_until(lambda: columns(studio, 20, 250) < 1.5, "the grey side")
    assert columns(studio, 400, 600) > 3
    handle.focus()
    for _ in range(4):
        studio.page.keyboard.press("ArrowRight")
    assert handle.get_attribute("aria-valuenow") == "70"
    handle.hover()
    studio.page.mouse.down()
    studio.page.mouse.move(*studio.screen(160, 240), steps=4)
    studio.page.mouse.up()
    assert 15 < int(handle.get_attribute("aria-valuenow")) < 45
    studio.press("x")
    assert not handle.is_visible()


def test_side_by_side_shows_the_whole_picture_twice_and_takes_hints_on_both_sides(studio):
    studio.press("v")
    scale, left, top = studio.camera
    box = studio.canvas.bounding_box()
    assert 640 * scale <= box["width"] / 2
    studio.page.mouse.click(box["x"] + box["width"] / 2 + (300 - left) * scale, box["y"] + (200 - top) * scale)
    hint, = studio.wait_for_hints(1)
    assert (hint["x"], hint["y"]) == pytest.approx((300, 200), abs=1.5)


def test_the_grey_picture_is_seen_while_z_is_held(studio):
    studio.hint(300, 175, "#c8402e")
    studio.wait_until_shown()
    assert columns(studio, 250, 350) > 3
    studio.canvas.focus()
    studio.page.keyboard.down("z")
    wait_until(lambda: columns(studio, 250, 350) < 1.5, "the grey picture")
    studio.page.keyboard.up("z")
    wait_until(lambda: columns(studio, 250, 350) > 3, "the colours to come back")


def test_the_window_may_change_its_size(studio):
    studio.page.set_viewport_size({"width": 900, "height": 700})
    studio.page.wait_for_timeout(200)
    studio.wait_until_shown()
    studio.hint(320, 240)
    assert studio.document["hints"][0]["x"] == pytest.approx(320, abs=1)
