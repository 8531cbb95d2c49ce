"""Opening, several pictures, and saving as files; every kind of bad file."""

import io
import json
import re
import struct
import zlib

import numpy
import pytest
from PIL import Image

from studio_page import wait_until


def png(width=64, height=48, level=120):
    content = io.BytesIO()
    gradient = numpy.full((height, width), level, numpy.uint8) + numpy.arange(width, dtype=numpy.uint8)[None, :] % 60
    Image.fromarray(gradient).save(content, "PNG")
    return content.getvalue()


def huge_png():
    """The head of a picture of 100,000 x 100,000 pixels."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", 100000, 100000, 8, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def tabs(studio):
    return [text.strip() for text in studio.page.locator(".tab").all_inner_texts()]


def test_the_export_begins_with_the_format_and_depth_of_the_scan(open_page, start_server, tmp_path):
    Image.fromarray(numpy.full((60, 80), 30000, numpy.uint16)).save(tmp_path / "scan.tif")
    studio = open_page(start_server(tmp_path / "scan.tif"))
    studio.wait_until_shown("fast")
    studio.button("Export").click()
    assert studio.label("Format").input_value() == "tiff"
    assert studio.label("Depth").input_value() == "16"


def test_a_dropped_picture_is_opened_in_a_tab_of_its_own(studio):
    studio.drop(("mill.png", png()))
    wait_until(lambda: tabs(studio) == ["sample.png", "mill.png"], "the second tab")
    assert studio.page.locator(".tab.current").inner_text().strip() == "mill.png"
    studio.wait_until_shown()


def test_a_picture_is_opened_from_the_file_dialog_into_an_empty_studio(open_page, start_server, picture):
    studio = open_page(start_server())
    button = studio.page.locator(".welcome").get_by_role("button", name="Open a picture")
    studio.choose_file(button.click, picture)
    wait_until(lambda: tabs(studio) == ["sample.png"], "the picture")
    studio.wait_until_shown()
    assert not studio.page.locator(".welcome").is_visible()


def test_every_tab_has_its_own_hints_undo_and_zoom(studio):
    studio.hint(200, 120)
    before = studio.camera[0]
    studio.press("+")
    scale = wait_until(lambda: studio.camera[0] > before and studio.camera[0], "a larger scale")
    studio.drop(("mill.png", png()))
    wait_until(lambda: len(tabs(studio)) == 2, "the second tab")
    studio.wait_until_shown()
    assert studio.document["hints"] == [] and studio.button("Undo").is_disabled()
    studio.button("sample.png").click()
    studio.wait_until_shown()
    assert len(studio.document["hints"]) == 1 and studio.button("Undo").is_enabled()
    assert studio.camera[0] == pytest.approx(scale)


def test_a_closed_tab_goes_and_the_next_comes_forward(studio):
    studio.drop(("mill.png", png()))
    wait_until(lambda: len(tabs(studio)) == 2, "the second tab")
    studio.button("Close mill.png").click()
    wait_until(lambda: tabs(studio) == ["sample.png"], "the tab to close")
    assert [picture["name"] for picture in studio.server.pictures] == ["sample.png"]
    studio.button("Close sample.png").click()
    studio.page.get_by_role("heading", name="Colour a photograph").wait_for()


@pytest.mark.parametrize("name, content", [
    ("letter.png", b"Dear aunt, the weather is fine."), ("half.png", png()[:60]), ("huge.png", huge_png()),
    ("notes.json", b'{"shopping": ["milk"]}'), ("deep.json", b"[" * 100000), ("film.mp4", bytes(1000))])
def test_a_file_that_cannot_be_opened_is_told_and_nothing_else_happens(studio, name, content):
    studio.drop((name, content))
    error = studio.page.locator(".message.error")
    error.wait_for()
    assert 20 < len(error.inner_text()) < 320
    assert tabs(studio) == ["sample.png"]
    studio.button("Close").click()
    studio.hint(200, 120)  # goes on


def test_an_empty_file_is_told_without_asking_the_server(studio):
    studio.drop(("empty.png", b""))
    assert "empty.png is empty." in studio.page.locator(".message.error").inner_text()


def test_a_file_above_the_limit_is_told_without_sending_it(server, open_page):
    limited = open_page(server)
    limited.page.route("**/api/state", lambda route: route.fulfill(json={
        **server.get("state"), "limits": {**server.get("state")["limits"], "upload_bytes": 1_000_000}}))
    limited.page.reload()
    limited.wait_until_shown()
    limited.drop(("scan.png", bytes(1_000_001)))
    assert "scan.png is larger than 1 MB" in limited.page.locator(".message.error").inner_text()


def test_of_several_dropped_files_the_good_ones_are_opened(studio):
    studio.drop(("letter.png", b"Dear aunt"), ("mill.png", png()))
    wait_until(lambda: tabs(studio) == ["sample.png", "mill.png"], "the good picture")
    assert studio.page.locator(".message.error").is_visible()


def test_a_hint_file_adds_its_hints_to_the_picture_in_front(studio):
    hints = {"width": 640, "height": 480, "hints": [
        {"x": 100, "y": 50, "color": "#3060c0"}, {"x": 400, "y": 100, "color": "#c8402e"}]}
    studio.drop(("sample.hints.json", json.dumps(hints).encode()))
    assert [hint["x"] for hint in studio.wait_for_hints(2)] == pytest.approx([100, 400], abs=1)
    studio.press("Control+z")
    studio.wait_for_hints(0)


def choose(dialog, what):
    """Chooses what is saved; the name of each choice is followed by its explanation."""
    dialog.get_by_role("radio", name=re.compile(f"^{what} ")).check()


def export(studio, what, format=None, bits=None):
    studio.button("Export").click()
    dialog = studio.page.get_by_role("dialog")
    choose(dialog, what)
    if format:
        dialog.get_by_label("Format").select_option(format)
    if bits:
        dialog.get_by_label("Depth").select_option(bits)
    with studio.page.expect_download() as download:
        dialog.get_by_role("button", name="Save").click()
    assert not dialog.is_visible()
    with open(download.value.path(), "rb") as file:
        return file.read(), download.value.suggested_filename


@pytest.mark.parametrize("format, magic, ending", [
    ("png", b"\x89PNG", "png"), ("jpeg", b"\xff\xd8", "jpg"), ("tiff", b"II*", "tif"), ("webp", b"RIFF", "webp")])
def test_the_picture_is_saved_at_full_size_in_every_format(studio, format, magic, ending):
    studio.hint(380, 100, "#c8402e")
    content, name = export(studio, "Picture", format)
    assert content.startswith(magic)
    assert name == "sample-colored." + ending
    assert Image.open(io.BytesIO(content)).size == (640, 480)


def test_a_picture_is_saved_with_16_bits(studio):
    content, _ = export(studio, "Picture", "png", "16")
    assert content[24] == 16  # the depth in the head of a PNG


@pytest.mark.parametrize("what, size, mode", [
    ("Before and after", (1280, 480), "RGB"), ("Colour layer", (640, 480), "RGBA"), ("Lightness", (640, 480), "L"),
    ("Colours alone", (640, 480), "RGB")])
def test_layers_and_comparison_are_saved(studio, what, size, mode):
    studio.hint(380, 100, "#c8402e")
    content, _ = export(studio, what, "png", "8")
    saved = Image.open(io.BytesIO(content))
    assert saved.mode == mode
    assert saved.size[1] == size[1] and abs(saved.size[0] - size[0]) <= 32  # a gap may stand between the two


def test_hints_are_saved_for_the_command_line(studio):
    studio.hint(380, 100, "#c8402e")
    content, _ = export(studio, "Hints")
    hint, = json.loads(content)["hints"]
    assert (hint["x"], hint["y"]) == pytest.approx((380, 100), abs=1)


def test_a_saved_session_opens_with_everything_that_was_done(studio):
    studio.hint(380, 100, "#c8402e")
    content, name = export(studio, "Session")
    studio.button("Close sample.png").click()
    studio.page.get_by_role("heading", name="Colour a photograph").wait_for()
    studio.drop((name, content))
    wait_until(lambda: len(tabs(studio)) == 1, "the session to open")
    assert len(studio.document["hints"]) == 1


def test_formats_that_cannot_hold_what_is_saved_are_not_offered(studio):
    studio.button("Export").click()
    dialog = studio.page.get_by_role("dialog")
    choose(dialog, "Colour layer")
    assert "JPEG" not in dialog.get_by_label("Format").inner_text()
    choose(dialog, "Picture")
    dialog.get_by_label("Format").select_option("jpeg")
    assert dialog.get_by_label("Depth").locator("option").all_inner_texts() == ["8 bits"]
    choose(dialog, "Session")
    assert dialog.get_by_label("Format").count() == 0


def test_the_formats_that_the_studio_has_are_offered(studio):
    studio.button("Export").click()
    offered = studio.page.get_by_role("dialog").get_by_label("Format").locator("option").all_inner_texts()
    assert offered == [name.upper() for name in studio.server.get("state")["formats"]]


def test_an_export_that_fails_is_told_in_the_dialog(studio):
    studio.page.route("**/export?*", lambda route: route.fulfill(
        status=503, content_type="application/json", body='{"error": "There is not enough memory: close a tab."}'))
    studio.button("Export").click()
    studio.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    alert = studio.page.get_by_role("dialog").get_by_role("alert")
    wait_until(lambda: "not enough memory" in alert.inner_text(), "the error")
