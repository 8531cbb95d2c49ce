"""Fixtures of the browser tests: a studio of its own for every test, and a page of Chromium that shows it.

The studio is the real tool, `icolorit studio --no-browser --port 0`; its path is given by --tool or ICOLORIT_TOOL, and
--studio replaces the command by another that takes --port and pictures, and prints the address.
"""

import os
import shlex
import shutil

import pytest
from playwright.sync_api import sync_playwright

from studio_page import StudioPage
from studio_server import StudioServer

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SAMPLE = os.path.join(REPOSITORY, "examples", "pictures", "sample_grey.png")


def pytest_addoption(parser):
    parser.addoption("--tool", default=os.environ.get("ICOLORIT_TOOL"), help="path of the icolorit tool")
    parser.addoption("--studio", default=os.environ.get("ICOLORIT_STUDIO"), help="command instead of `TOOL studio ...`")
    parser.addoption(
        "--chromium", default=os.environ.get("CHROMIUM") or shutil.which("chromium"), help="path of Chromium")
    parser.addoption("--edits", type=int, default=400, help="how many edits the soak makes")
    parser.addoption("--update-golden", action="store_true", help="write the golden pictures instead of comparing")


@pytest.fixture(scope="session")
def command(pytestconfig):
    """The command that starts a studio, without its port and pictures."""
    if pytestconfig.getoption("studio"):
        return shlex.split(pytestconfig.getoption("studio"))
    tool = pytestconfig.getoption("tool")
    if not tool:
        pytest.exit("give the path of the icolorit tool by --tool or ICOLORIT_TOOL", returncode=2)
    return [tool, "studio", "--no-browser"]


@pytest.fixture(scope="session")
def browser(pytestconfig):
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=pytestconfig.getoption("chromium"), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def picture(tmp_path):
    """A copy of the sample picture (640 x 480, grey) in a folder where the studio may save its session."""
    return shutil.copy(SAMPLE, tmp_path / "sample.png")


@pytest.fixture
def start_server(command, tmp_path):
    """Starts studios with the given pictures, on any port or a given one, and stops them after the test."""
    servers = []

    def start(*pictures, port=0):
        servers.append(StudioServer([*command, "--port", str(port), *map(str, pictures)], home=tmp_path / "home"))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def open_page(browser):
    """Opens pages of studios; a page that reported an error of its own fails the test at the end."""
    opened = []

    def open_(server, beside=None, **options):
        """`beside`: another page, whose browser opens this one as a tab more."""
        context = beside.page.context if beside else browser.new_context(**{
            "viewport": {"width": 1280, "height": 800}, "color_scheme": "dark", "reduced_motion": "reduce",
            "locale": "en-US", "accept_downloads": True, **options})
        opened.append((context, StudioPage(context.new_page(), server)))
        opened[-1][1].open()
        return opened[-1][1]

    yield open_
    problems = [problem for _, studio in opened for problem in studio.problems]
    for context, _ in opened:
        context.close()
    assert problems == []


@pytest.fixture
def server(start_server, picture):
    return start_server(picture)


@pytest.fixture
def studio(open_page, server):
    """A page with the sample picture, rendered for the first time."""
    page = open_page(server)
    page.wait_until_shown()
    return page
