"""Nothing is lost: autosave, lost connections, reloads, two windows, restarts."""

import pytest

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
