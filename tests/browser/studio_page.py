"""The page of a studio in a browser, in the words of its users: places are pixels of the picture."""

import base64
import io
import time

from PIL import Image

PATIENCE = 30  # seconds until something that should happen is given up


def wait_until(condition, what, patience=PATIENCE):
    """Asks again and again until the condition gives something true, and gives that."""
    end = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s for {what}")
        time.sleep(0.05)


class StudioPage:
    def __init__(self, page, server):
        self.page = page
        self.server = server
        self.problems = []  # errors that the page reported
        self.expected = []  # parts of messages that a test expects in the console
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._listen)
        page.set_default_timeout(1000 * PATIENCE)

    def _listen(self, message):
        refused = "Failed to load resource" in message.text  # an answer of 4xx, or a server that is gone
        if message.type == "error" and not refused and not any(text in message.text for text in self.expected):
            self.problems.append(message.text)

    def open(self):
        self.page.goto(self.server.url)
        self.page.wait_for_selector("#top-bar nav")

    # What is shown

    @property
    def canvas(self):
        return self.page.locator("#picture")

    @property
    def camera(self):
        """Scale (CSS pixels a pixel of the picture), and the place at the top left corner of the canvas, as painted: what
        a key or the pointer did just now shows in the next frame."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return [float(value) for value in self.canvas.get_attribute("data-camera").split()]

    def wait_until_shown(self, quality="best"):
        """Waits until the newest version of the document is painted, in the asked quality."""
        def shown():
            version = self.canvas.get_attribute("data-version")
            good = quality == "fast" or self.canvas.get_attribute("data-quality") == "best"
            return version and good and int(version) >= self.server.document(self.picture)["version"]
        wait_until(shown, f"the newest version in {quality} quality")

    @property
    def picture(self):
        """The id of the picture in front."""
        name = self.page.locator(".tab.current").first.inner_text().strip()
        return next(picture["id"] for picture in self.server.pictures if picture["name"] == name)

    @property
    def document(self):
        return self.server.document(self.picture)

    def wait_for_document(self, condition, what="the document to change"):
        """Waits for a document that is as it should be and lasts: while a drag goes on, or its end is on the way to the
        server, the document shows a passing state."""
        def lasting():
            document = self.document
            return document if condition(document) and not document["transient"] else None
        return wait_until(lasting, what)

    def wait_for_hints(self, count):
        return self.wait_for_document(lambda document: len(document["hints"]) == count, f"{count} hints")["hints"]

    def pixels(self):
        """The canvas as it is painted."""
        return Image.open(io.BytesIO(self.canvas.screenshot())).convert("RGB")

    @property
    def message(self):
        return self.page.locator(".message")

    def label(self, text):
        return self.page.get_by_label(text, exact=True)

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    # What a user does

    def screen(self, x, y):
        """The point of the window where a place of the picture is seen."""
        scale, left, top = self.camera
        box = self.canvas.bounding_box()
        return box["x"] + (x - left) * scale, box["y"] + (y - top) * scale

    def click(self, x, y, **options):
        self.page.mouse.click(*self.screen(x, y), **options)

    def hint(self, x, y, color=None):
        """Puts a hint, closes the suggestions and deselects it; gives the hint as the server has it."""
        before = {hint["id"] for hint in self.document["hints"]}
        if color:
            self.deselect()
            self.choose_color(color)
        self.click(x, y)
        self.page.keyboard.press("Escape")
        hints = self.wait_for_hints(len(before) + 1)
        return next(hint for hint in hints if hint["id"] not in before)

    def select(self, hint):
        """Selects a hint in the list, which opens no suggestions."""
        self.open_section("Hints").locator(f"[data-id={hint['id']}] .row-main").click()

    def drag(self, *places, steps=6, release=True):
        self.page.mouse.move(*self.screen(*places[0]))
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.screen(*place), steps=steps)
        if release:
            self.page.mouse.up()

    def deselect(self):
        """Closes the suggestions and lets go of what is selected, so that a chosen colour is for the next hint."""
        self.press("Escape")

    def choose_color(self, text):
        entry = self.label("Colour as hex, RGB, HSV or Lab")
        entry.fill(text)
        entry.press("Enter")

    def menu(self, x, y, item):
        """Opens the menu of a place and takes an item."""
        self.click(x, y, button="right")
        self.page.get_by_role("menu").get_by_text(item, exact=True).click()

    def press(self, keys):
        self.canvas.focus()
        self.page.keyboard.press(keys)

    def open_section(self, title):
        section = self.page.locator("details", has=self.page.get_by_role("heading", name=title, exact=True))
        if section.get_attribute("open") is None:
            section.locator("summary").click()
        return section

    def choose_file(self, click, path):
        """Does something that opens the file dialog, and chooses a file there."""
        with self.page.expect_file_chooser() as chooser:
            click()
        chooser.value.set_files(path)

    def drop(self, *files):
        """Drops files, (name, bytes) each, on the picture."""
        data = self.page.evaluate_handle("""files => {
          const data = new DataTransfer();
          for (const [name, text] of files) {
            data.items.add(new File([Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0))], name));
          }
          return data;
        }""", [[name, base64.b64encode(content).decode()] for name, content in files])
        for event in ("dragover", "drop"):
            self.page.dispatch_event("#stage", event, {"dataTransfer": data})
