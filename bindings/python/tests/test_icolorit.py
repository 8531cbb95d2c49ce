"""The package as a program uses it."""

import gc
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import icolorit
from icolorit import Colorizer, Hint, Model

WEIGHTS = Path(__file__).parents[3] / "tests" / "golden" / "network" / "cnn" / "checkpoint.pth"
RED = Hint(10, 12, "#c04020")


@pytest.fixture(scope="module")
def model():
    return Model(WEIGHTS, precision="f32")


def grey(dtype=np.uint8, channels=None):
    ramp = np.add.outer(np.arange(40), np.arange(60)) / 200 + 0.3
    unit = ramp if channels is None else np.repeat(ramp[..., None], channels, axis=2)
    if dtype is np.float32:
        return unit.astype(np.float32)
    return (unit * np.iinfo(dtype).max).astype(dtype)


def colorizer_of(model):
    return Colorizer(model, threads=1)


def is_red(picture, hint=RED, by=20):
    red, green, blue = (int(sample) for sample in picture[hint.y, hint.x, :3])
    return red > green + by and red > blue + by


def test_a_hint_gets_its_color(model):
    result = colorizer_of(model).colorize(grey(), [RED])
    assert result.shape == (40, 60, 3) and result.dtype == np.uint8
    assert is_red(result)


def test_the_model_that_comes_with_the_package_colors():
    if not (Path(icolorit.__file__).parent / "icolorit_tiny.safetensors").exists():
        pytest.skip("the package is not installed")
    assert is_red(Colorizer(Model.default(), threads=1).colorize(grey(), [RED]))


def test_rows_that_lie_over_each_other_are_copied_and_not_written(model):
    row = grey()[:1]
    spread = np.broadcast_to(row, (40, 60))
    expected = colorizer_of(model).colorize(spread.copy(), [RED])
    assert np.array_equal(colorizer_of(model).colorize(spread, [RED]), expected)
    misaligned = np.frombuffer(b"\0" + grey(np.uint16).tobytes(), np.uint16, offset=1).reshape(40, 60)
    assert colorizer_of(model).colorize(misaligned, [RED]).shape == (40, 60, 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [None, 1, 2, 3, 4])
def test_every_type_and_number_of_channels(model, dtype, channels):
    picture = grey(dtype, channels)
    before = picture.copy()
    result = colorizer_of(model).colorize(picture, [RED])
    assert result.dtype == dtype and result.shape == (40, 60, 4 if channels in (2, 4) else 3)
    if channels in (2, 4):
        np.testing.assert_allclose(result[..., 3], picture[..., -1], rtol=0, atol=1 / 65535)
    assert np.array_equal(picture, before)


def test_pixels_are_read_and_written_where_they_are(model):
    memory = np.zeros((40, 100, 3), np.uint8)
    picture, out = memory[:, :60], np.zeros((40, 100, 4), np.uint8)[::-1, 40:]
    picture[:] = grey(channels=3)
    colorizer = colorizer_of(model)
    colorizer.set_image(picture)
    assert colorizer.picture is picture
    colorizer.add_hint(RED)
    assert colorizer.render(out) is out
    expected = colorizer_of(model).colorize(picture.copy(), [RED])
    assert np.array_equal(out[..., :3], expected) and (out[..., 3] == 255).all()
    assert (memory[:, 60:] == 0).all()


def test_blue_first(model):
    picture = grey(channels=3)
    expected = colorizer_of(model).colorize(picture, [RED])
    assert np.array_equal(colorizer_of(model).colorize(picture[..., ::-1].copy(), [RED], order="bgr")[..., ::-1], expected)


def test_pixels_that_do_not_follow_each_other_are_copied(model):
    spread = np.zeros((40, 120), np.uint8)[:, ::2]
    spread[:] = grey()
    assert np.array_equal(colorizer_of(model).colorize(spread, [RED]), colorizer_of(model).colorize(grey(), [RED]))


def test_the_picture_lives_as_long_as_it_is_needed(model):
    colorizer = colorizer_of(model)
    colorizer.set_image(grey(np.uint16))
    gc.collect()
    [np.full((40, 60), 9, np.uint16) for _ in range(20)]  # would take the memory
    colorizer.add_hint(RED)
    assert is_red(colorizer.render(), by=20 * 257)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_a_logger_that_raises_leaves_a_picture_that_lives(model, caplog, dtype):
    class Failing(logging.Handler):
        def emit(self, record):
            raise ZeroDivisionError("mine")

    colorizer = colorizer_of(model)
    colorizer.set_image(grey())
    handler, second = Failing(), grey(dtype)[:30]
    logging.getLogger("icolorit").addHandler(handler)
    try:
        with caplog.at_level("INFO", logger="icolorit"), pytest.raises(ZeroDivisionError):
            colorizer.set_image(second)
    finally:
        logging.getLogger("icolorit").removeHandler(handler)
    assert colorizer.picture is second
    colorizer.add_hint(RED)
    result = colorizer.render()
    assert np.array_equal(result, colorizer_of(model).colorize(second, [RED]))


def test_hints_are_edited_with_undo():
    colorizer = Colorizer(engine="optimization", threads=1)
    colorizer.set_image(grey())
    first = colorizer.add_hint(RED)
    second = colorizer.add_hint(Hint(10, 12, (0, 0, 255), radius=2))
    colorizer.render()
    assert (colorizer.hint_count, colorizer.lost_hints) == (2, 1)
    colorizer.move_hint(second, 40, 30)
    colorizer.recolor_hint(first, "#20c040")
    colorizer.remove_hint(second)
    assert colorizer.undo() and colorizer.hint_count == 2
    assert colorizer.redo() and colorizer.hint_count == 1
    assert not colorizer.redo()
    colorizer.set_hints([])
    assert colorizer.hint_count == 0


def test_hints_are_values():
    hint = Hint(np.int64(10), 12, (192, 64, 32), radius=2)
    assert hint == Hint(10, 12, "#c04020", 2) and hash(hint) == hash(Hint(10, 12, "#c04020", 2)) and hint != RED
    assert (hint.x, hint.y, hint.color, hint.radius) == (10, 12, (192, 64, 32), 2)
    assert repr(hint) == "Hint(10, 12, '#c04020', radius=2)" and Hint(0, 0, "red") == Hint(0, 0, "#ff0000")


def test_failures_have_types_and_sentences(model):
    with pytest.raises(icolorit.FileError, match="no such file"):
        Model("no such file")
    with pytest.raises(OSError):
        Model("no such file")
    assert icolorit.FileError.__module__ == "icolorit"
    with pytest.raises(icolorit.FormatError):
        Model(b"these are no weights")
    with pytest.raises(icolorit.ArgumentError, match="no model"):
        Colorizer()
    with pytest.raises(icolorit.ArgumentError, match="engine is 'magic', expected one of fusion"):
        Colorizer(model, engine="magic")
    colorizer = colorizer_of(model)
    with pytest.raises(icolorit.ArgumentError, match="no picture yet"):
        colorizer.render()
    with pytest.raises(icolorit.ArgumentError, match="float64, expected uint8"):
        colorizer.set_image(np.zeros((4, 4)))
    with pytest.raises(icolorit.ArgumentError, match=r"\(4,\), expected \(H, W\)"):
        colorizer.set_image(np.zeros(4, np.uint8))
    colorizer.set_image(grey())
    with pytest.raises(icolorit.ArgumentError, match=r"\(60,0\) lies outside"):
        colorizer.add_hint(Hint(60, 0, "#ffffff"))
    with pytest.raises(icolorit.ArgumentError, match='"reddish" is not of the form #RRGGBB'):
        Hint(0, 0, "reddish")
    for color in [(0, 256, 0), (0.8, 0.2, 0.1), (200.7, 64, 46), (1, 2), 7]:
        with pytest.raises(icolorit.ArgumentError, match="whole numbers from 0 to 255: multiply shares of 1 by 255"):
            Hint(0, 0, color)
    for color in [np.zeros((3, 2), np.uint8), np.array(5)]:
        with pytest.raises(icolorit.ArgumentError, match="whole numbers from 0 to 255"):
            Hint(0, 0, color)
    with pytest.raises(TypeError, match="the source is a int, expected a path or the bytes of a file"):
        Model(7)
    with pytest.raises(TypeError, match=r"expected icolorit.Hint\(x, y, color\), got tuple"):
        colorizer.set_hints([(0, 0, "red")])
    with pytest.raises(TypeError, match=r"expected icolorit.Hint\(x, y, color\), got dict"):
        colorizer.add_hint({"x": 0})
    with pytest.raises(TypeError, match=r"got one: write \[hint\]"):
        colorizer.colorize(grey(), RED)
    with pytest.raises(TypeError, match=r"the model is a str, expected icolorit.Model: write Colorizer\(Model\(path\)\)"):
        Colorizer("weights.safetensors")
    with pytest.raises(icolorit.ShapeError):
        colorizer.render(np.zeros((40, 59, 3), np.uint8))
    with pytest.raises(icolorit.ArgumentError, match="cannot be written in place"):
        colorizer.render(np.zeros((40, 120, 3), np.uint8)[:, ::2])


def test_any_text_goes_into_messages(tmp_path):
    with pytest.raises(icolorit.ArgumentError, match="the color is a" + "\u00e9" * 59 + r"\.\.\., expected"):
        Hint(0, 0, Named("a" + "\u00e9" * 80))
    with pytest.raises(icolorit.ArgumentError, match=r"the color is \?, expected"):
        Hint(0, 0, Named("\udc80"))
    with pytest.raises(icolorit.ArgumentError, match=r'"\?" is not of the form'):
        Hint(0, 0, "\udc80")
    with pytest.raises(icolorit.FileError, match="none\ufffd.pth"):
        Model(tmp_path / "none\udc80.pth")


class Named:
    def __init__(self, name):
        self.name = name

    def __str__(self):
        return self.name


def test_hints_are_read_before_the_colorizer_is_used(model):
    colorizer = colorizer_of(model)
    colorizer.set_image(grey())
    colorizer.add_hint(RED)
    started, go_on = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: colorizer.render(progress=lambda *_: started.set() or go_on.wait(10)))

    def hints():
        thread.start()
        assert started.wait(10)
        yield RED

    try:
        with pytest.raises(icolorit.ArgumentError, match="at work"):
            colorizer.set_hints(hints())
    finally:
        go_on.set()
        thread.join()
    colorizer.colorize(grey(), (hint for hint in colorizer.hints))
    assert colorizer.hints == [RED]


def test_a_colorizer_that_is_at_work_is_refused(model):
    colorizer = colorizer_of(model)
    colorizer.set_image(grey())
    with pytest.raises(icolorit.ArgumentError, match="at work: one belongs to one thread at a time"):
        colorizer.render(progress=lambda fraction, stage: colorizer.add_hint(RED) < 0)
    assert colorizer.hint_count == 0 and colorizer.render().shape == (40, 60, 3)


def test_hints_are_listed_and_go_into_files(model, tmp_path):
    colorizer = colorizer_of(model)
    colorizer.set_image(grey())
    colorizer.set_hints([RED, Hint(40, 30, "#3060c0", radius=3)])
    assert [(hint.x, hint.color) for hint in colorizer.hints] == [(10, (192, 64, 32)), (40, (48, 96, 192))]
    icolorit.write_hints(tmp_path / "hints.json", colorizer.hints, 60, 40)
    assert icolorit.read_hints(tmp_path / "hints.json", 60, 40) == colorizer.hints
    assert [hint.x for hint in icolorit.read_hints(str(tmp_path / "hints.json"), 120, 80)] == [21, 81]


def test_progress_is_told_and_can_stop(model):
    fractions = []
    Model(WEIGHTS.read_bytes(), progress=lambda fraction, stage: fractions.append(fraction))
    colorizer = colorizer_of(model)
    colorizer.set_image(grey())
    colorizer.render(progress=lambda fraction, stage: fractions.append(fraction) or len(stage) > 0)
    assert fractions.count(1.0) == 2 and fractions[0] == 0
    with pytest.raises(icolorit.Cancelled):
        colorizer.render(progress=lambda fraction, stage: False)

    def fail(fraction, stage):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        colorizer.render(progress=fail)
    assert colorizer.render().shape == (40, 60, 3)


def test_an_interruption_stops_a_computation(model):
    colorizer = colorizer_of(model)
    colorizer.set_image(grey())
    with pytest.raises(KeyboardInterrupt):
        colorizer.render(progress=lambda fraction, stage: os.kill(os.getpid(), signal.SIGINT))


def test_what_the_library_decides_goes_to_the_logger(model, caplog):
    with caplog.at_level("INFO", logger="icolorit"):
        colorizer = Colorizer(Model(WEIGHTS, threads=1), threads=1)
        colorizer.colorize(grey(), [RED, RED])
    levels, messages = zip(*((record.levelname, record.getMessage()) for record in caplog.records))
    assert levels == ("INFO", "INFO", "WARNING")
    assert "blocks" in messages[0] and "60 x 40" in messages[1] and messages[2].startswith("1 of 2 hints")


def test_the_memory_that_a_picture_takes_is_foretold(model):
    colorizer = colorizer_of(model)
    assert 60 * 40 < colorizer.memory_required(60, 40) < colorizer.memory_required(600, 400)
    with pytest.raises(icolorit.ArgumentError):
        colorizer.memory_required(0, 40)


def test_threads_share_a_model(model):
    expected = colorizer_of(model).colorize(grey(), [RED])
    results = [None] * 4

    def work(i):
        results[i] = colorizer_of(model).colorize(grey(), [RED])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(result, expected) for result in results)


def test_other_threads_run_while_a_picture_is_rendered(model):
    colorizer = colorizer_of(model)
    colorizer.set_image(grey())
    out = colorizer.render()
    stop, rounds = threading.Event(), []

    def work():
        while not stop.is_set():
            rounds.append(1)
            time.sleep(1e-4)

    thread = threading.Thread(target=work)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # so that this thread gives way only where the library lets it
    try:
        thread.start()
        before = len(rounds)
        assert any(colorizer.render(out) is out and len(rounds) > before for _ in range(500))
    finally:
        sys.setswitchinterval(interval)
        stop.set()
        thread.join()


def test_it_says_what_it_is():
    assert icolorit.__version__.count(".") == 2
    assert icolorit.instructions in ("portable", "avx2", "avx512", "avx512vnni", "avx512bf16")


def test_the_code_in_the_readme_runs(model, monkeypatch, tmp_path):
    monkeypatch.setattr(Model, "default", lambda: model)
    monkeypatch.setattr(icolorit, "default_weights", WEIGHTS)
    monkeypatch.chdir(tmp_path)
    picture = np.broadcast_to(np.arange(400, dtype=np.uint16).astype(np.uint8), (100, 400)).copy()
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    photos = [np.random.default_rng(i).integers(0, 256, (40, 40, 3), np.uint8) for i in range(4)]
    names = {"grey": picture, "photos": photos, "others": photos[:1]}
    blocks = [part.split("```")[0] for part in readme.split("```python\n")[1:]]
    assert len(blocks) == 3
    for block in blocks:
        exec(block, names)
    assert names["colored"].shape == names["result"].shape == (100, 400, 3)
