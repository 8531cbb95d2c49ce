"""The page looks as it did when its golden pictures were taken (pytest --update-golden takes them anew).

Pictures are compared at a third of their size: at most 3 % of the pixels may differ by more than 32 of 255 in any
channel. Where the system's font is not the one of the golden pictures, every line of text would differ: skipped.
"""

import io
import os
import shutil
import subprocess

import numpy
import pytest
from PIL import Image

GOLDEN = os.path.join(os.path.dirname(__file__), "golden")
SHOWCASE = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "pictures", "studio.jpg")
FONT = "DejaVu Sans"
DIFFERENT = 32
SHARE = 0.03


def compare(studio, name, update):
    studio.page.mouse.move(0, 0)
    studio.page.wait_for_timeout(300)
    picture = Image.open(io.BytesIO(studio.page.screenshot())).convert("RGB")
    small = picture.resize((picture.width // 3, picture.height // 3), Image.Resampling.BOX)
    path = os.path.join(GOLDEN, name + ".jpg")
    if update:
        os.makedirs(GOLDEN, exist_ok=True)
        small.save(path, quality=85)
    if not os.path.exists(path):
        pytest.skip(f"there is no golden picture {name}.jpg: take it with --update-golden, and look at it")
    golden = Image.open(path)
    assert golden.size == small.size
    difference = numpy.abs(numpy.asarray(golden, int) - numpy.asarray(small, int)).max(axis=2)
    assert (difference > DIFFERENT).mean() <= SHARE
    return picture


@pytest.fixture(autouse=True)
def font():
    if not shutil.which("fc-match") or FONT not in subprocess.check_output(["fc-match", "system-ui"], text=True):
        pytest.skip(f"the golden pictures are in {FONT}, which is not this system's font")


@pytest.fixture
def update(pytestconfig):
    return pytestconfig.getoption("update_golden")


def color_the_sample(studio):
    """A few hints and a stroke, as a user would put them."""
    studio.press("w")
    for x, y, color in [(380, 60, "#b5271f"), (346, 110, "#d9b13b"), (100, 60, "#5b8fc7"), (80, 240, "#c7802f"),
                        (160, 255, "#b03030"), (40, 440, "#5f8a33"), (420, 440, "#6f9a3a"), (520, 330, "#5c7fa8"),
                        (500, 268, "#27452c"), (240, 205, "#8d98b8")]:
        studio.hint(x, y, color)
    studio.deselect()
    studio.choose_color("#6b9dd2")
    studio.drag((430, 30), (470, 90), (500, 140))
    studio.wait_for_document(lambda document: document["strokes"])
    studio.wait_until_shown()


def test_the_first_picture(open_page, server, update):
    studio = open_page(server)
    studio.press("w")
    studio.wait_until_shown()
    compare(studio, "first_picture", update)


def test_a_worked_on_picture_with_suggestions(open_page, server, update):
    studio = open_page(server, viewport={"width": 1440, "height": 900})
    studio.wait_until_shown()
    color_the_sample(studio)
    studio.click(346, 110)
    studio.page.locator(".popover .swatch").first.wait_for()
    studio.wait_until_shown()
    picture = compare(studio, "worked_on", update)
    if update:
        picture.save(SHOWCASE, quality=88)


def test_before_and_after_in_light(open_page, server, update):
    studio = open_page(server, color_scheme="light")
    studio.wait_until_shown()
    color_the_sample(studio)
    studio.press("Escape")
    studio.press("x")
    studio.wait_until_shown()
    compare(studio, "before_and_after", update)


def test_the_export_dialog(open_page, server, update):
    studio = open_page(server)
    studio.press("w")
    studio.wait_until_shown()
    studio.button("Export").click()
    compare(studio, "export", update)


def test_a_tablet(open_page, server, update):
    studio = open_page(server, viewport={"width": 810, "height": 1080}, has_touch=True, is_mobile=True)
    studio.press("w")
    studio.wait_until_shown()
    compare(studio, "tablet", update)
