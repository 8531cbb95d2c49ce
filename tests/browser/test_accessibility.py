"""axe-core finds nothing, targets are large enough for fingers, and nothing moves for those who do not want it."""

import pytest
from axe_core_python.sync_playwright import Axe


def violations(studio):
    found = Axe().run(studio.page)["violations"]
    return [(violation["id"], node["html"][:200]) for violation in found for node in violation["nodes"]]


@pytest.fixture(params=["light", "dark"])
def themed(request, open_page, server):
    studio = open_page(server, color_scheme=request.param)
    studio.wait_until_shown()
    return studio


def test_axe_finds_nothing_in_a_worked_on_picture(themed):
    themed.hint(200, 120, "#3060c0")
    themed.press("s")
    themed.click(380, 110)
    themed.wait_for_document(lambda document: document["regions"])
    themed.open_section("Adjust")
    themed.press("x")
    themed.click(200, 120)
    themed.page.locator(".popover .swatch").first.wait_for()
    assert violations(themed) == []


@pytest.mark.parametrize("button", ["Export", "Settings", "Keys and pointer"])
def test_axe_finds_nothing_in_the_dialogs(themed, button):
    themed.button(button).click()
    themed.page.get_by_role("dialog").wait_for()
    assert violations(themed) == []


def test_axe_finds_nothing_in_the_menu_with_an_error_and_a_lost_connection(themed):
    themed.drop(("letter.png", b"Dear aunt"))
    themed.page.locator(".message.error").wait_for()
    themed.page.context.set_offline(True)
    themed.click(200, 120, button="right")
    themed.page.get_by_role("menu").wait_for()
    themed.page.get_by_text("Put a hint here").click()
    themed.page.locator("#offline").wait_for()
    themed.click(300, 200, button="right")
    assert violations(themed) == []


def test_axe_finds_nothing_in_an_empty_studio(open_page, start_server):
    studio = open_page(start_server())
    studio.page.get_by_role("heading", name="Colour a photograph").wait_for()
    assert violations(studio) == []


def test_targets_are_44_pixels_for_fingers(open_page, server):
    studio = open_page(server, has_touch=True, is_mobile=True, viewport={"width": 820, "height": 1180})
    studio.wait_until_shown()
    studio.page.touchscreen.tap(*studio.screen(200, 120))
    studio.page.locator(".popover .swatch").first.wait_for()
    small = studio.page.evaluate("""() => [...document.querySelectorAll('button, select, summary')]
        .map((control) => [control.ariaLabel ?? control.textContent, control.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0 && (box.height < 44 || box.width < 44))
        .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)""")
    assert small == []


def test_nothing_is_animated_for_those_who_want_no_motion(studio):
    studio.click(200, 120)
    studio.page.locator(".popover .swatch").first.wait_for()
    studio.page.wait_for_timeout(2000)  # the next place is shown by now
    assert studio.page.evaluate("document.getAnimations().length") == 0
    first = studio.pixels().tobytes()
    studio.page.wait_for_timeout(600)
    assert studio.pixels().tobytes() == first


def test_every_control_can_be_reached_by_tab(studio):
    seen = set()
    studio.page.evaluate("document.activeElement.blur()")
    for _ in range(70):
        studio.page.keyboard.press("Tab")
        seen.add(studio.page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent"))
    for name in ("Export", "Settings", "Erase hints", "Zoom in", "Palette", "Picture to colour", "sample.png"):
        assert any(name in text for text in seen), name
