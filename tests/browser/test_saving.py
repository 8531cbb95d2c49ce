"""Nothing is lost: autosave, lost connections, reloads, two windows, restarts."""

import pytest
from PIL import Image

from studio_page import wait_until


def saved(studio):
    return studio.page.locator(".save-state").inner_text() == "Saved"


def test_it_says_when_everything_is_saved(studio):
    studio.hint(200, 120)
    wait_until(lambda: saved(studio), "Saved")
    assert studio.document["saved"]


def test_a_reload_shows_what_was_there(studio):
    studio.hint(200, 120)
    studio.page.reload()
    studio.wait_until_shown()
    assert studio.page.locator(".row").count() == 1
    assert studio.button("Undo").is_enabled()


def test_a_studio_that_is_started_again_goes_on_where_it_was(studio, open_page, start_server, picture):
    studio.hint(200, 120)
    wait_until(lambda: saved(studio), "Saved")
    studio.server.stop()
    studio.page.close()
    again = open_page(start_server(picture))
    again.wait_until_shown()
    hint, = again.document["hints"]
    assert hint["x"] == pytest.approx(200, abs=1)
    again.button("Undo").click()
    again.wait_for_hints(0)


def test_without_the_server_actions_are_kept_and_sent_when_it_is_back(studio):
    studio.page.context.set_offline(True)
    studio.click(200, 120)
    banner = studio.page.locator("#offline")
    banner.wait_for()
    studio.page.keyboard.press("Escape")
    studio.click(400, 300)
    assert "The connection to icolorit is lost." in banner.inner_text()
    wait_until(lambda: "2 changes are waiting." in banner.inner_text(), "both to wait")
    assert studio.page.locator(".row").count() == 2
    assert studio.document["hints"] == []
    studio.page.context.set_offline(False)
    studio.wait_for_hints(2)
    wait_until(lambda: not banner.is_visible(), "the banner to go")
    wait_until(lambda: saved(studio), "Saved")


def test_what_waited_is_sent_once_even_when_its_answer_was_lost(studio):
    lost = []

    def lose_the_answer(route):
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)
            route.abort()

    studio.page.route("**/commands", lose_the_answer)
    studio.click(200, 120)
    studio.wait_for_hints(1)
    studio.page.locator("#offline").wait_for(state="hidden")
    wait_until(lambda: saved(studio), "Saved")
    assert lost == [200]
    assert len(studio.document["hints"]) == 1
    studio.press("Control+z")
    studio.wait_for_hints(0)


def test_what_waited_survives_a_reload(studio):
    studio.page.route("**/commands", lambda route: route.abort())
    studio.click(200, 120)
    studio.page.locator("#offline").wait_for()
    studio.page.unroute("**/commands")
    studio.page.route("**/commands", lambda route: route.abort(), times=1)
    studio.page.reload()
    studio.wait_for_hints(1)


@pytest.fixture
def died(studio, start_server, picture):
    """A page with one saved hint and two that wait, of a studio that has died; and how to start that again."""
    studio.hint(200, 120)
    wait_until(lambda: saved(studio), "Saved")
    studio.server.kill()
    studio.click(300, 120)
    studio.page.keyboard.press("Escape")
    studio.click(400, 300)
    banner = studio.page.locator("#offline")
    wait_until(lambda: "2 changes are waiting." in banner.inner_text(), "both to wait")
    return lambda *pictures: start_server(*(pictures or [picture]), port=studio.server.port)


def test_what_waited_when_the_studio_died_is_applied_in_a_new_tab_once(studio, died, open_page):
    again = open_page(died(), beside=studio)
    again.wait_for_hints(3)
    assert "changes that could not be saved before are applied now" in again.message.inner_text()
    again.page.reload()
    again.wait_until_shown()
    other = open_page(again.server, beside=studio)
    other.wait_until_shown()
    wait_until(lambda: saved(again) and saved(other), "Saved")
    assert len(again.document["hints"]) == 3
    assert other.message.count() == 0
    for count in (2, 1, 0):
        again.press("Control+z")
        again.wait_for_hints(count)


def test_the_old_tab_says_where_its_changes_went_and_does_not_send_them_twice(studio, died, open_page):
    again = open_page(died(), beside=studio)
    again.wait_for_hints(3)
    wait_until(lambda: studio.message.count() > 0, "the old tab to notice")
    assert "Your changes are kept and are applied there." in studio.message.first.inner_text()
    studio.page.goto(again.server.url)  # the page begins anew by itself
    wait_until(lambda: studio.page.locator(".row").count() == 3, "all hints in the old tab")
    studio.server = again.server
    studio.hint(500, 300)
    wait_until(lambda: saved(again) and saved(studio), "Saved")
    assert len(again.document["hints"]) == 4


def test_what_waited_goes_to_no_other_picture_and_comes_when_its_own_is_opened(studio, died, open_page, tmp_path):
    other = tmp_path / "other.png"
    Image.new("L", (640, 480), 120).save(other)
    again = open_page(died(other), beside=studio)
    again.wait_until_shown()
    assert again.document["hints"] == []
    again.server.stop()
    open_page(died(), beside=studio).wait_for_hints(3)


def test_two_windows_on_one_picture_see_each_others_changes(studio, open_page):
    other = open_page(studio.server)
    other.wait_until_shown()
    studio.hint(200, 120)
    wait_until(lambda: other.page.locator(".row").count() == 1, "the hint in the other window")
    other.hint(400, 300)
    wait_until(lambda: studio.page.locator(".row").count() == 2, "the hint in the first window")
    studio.wait_until_shown()
    other.wait_until_shown()


def test_a_picture_closed_in_another_window_is_told(studio, open_page):
    other = open_page(studio.server)
    other.wait_until_shown()
    other.button("Close sample.png").click()
    wait_until(lambda: studio.server.pictures == [], "the picture to close")
    if studio.page.locator(".tab").count() > 0:
        studio.click(200, 120)  # what is done next tells it, if nothing told before
    wait_until(lambda: studio.message.count() == 1, "the message")
    assert "sample.png was closed in another window." in studio.message.inner_text()
    assert studio.page.get_by_role("heading", name="Colour a photograph").is_visible()
