"""Training from Python, on a network that is small enough to take no time."""

import os
import signal

import numpy as np
import pytest

import icolorit
from icolorit import train

NETWORK = "dim=16,heads=2,depth=1,patch=8,size=32"
EPOCHS, STEPS = 2, 3
SETTINGS = {"network": NETWORK, "epochs": EPOCHS, "batch": 2, "max_hints": 8, "threads": 1}


def pictures(count=2 * STEPS):
    """Discs of one color on another."""
    y, x = np.mgrid[:40, :48]
    inside = (y - 20) ** 2 + (x - 24) ** 2 < 150
    return [np.where(inside[..., None], [200 - 10 * i, 60, 40], [40, 80, 90 + 10 * i]).astype(np.uint8) for i in range(count)]


def test_arrays_train_a_network_that_colors(tmp_path):
    steps, epochs = [], []
    arrays = pictures()
    before = [array.copy() for array in arrays]
    finished = train(arrays, tmp_path, validation=pictures(2), validation_hints=[1, 4], on_step=steps.append, on_epoch=epochs.append, **SETTINGS)
    assert finished is True
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before))
    assert [(one.epoch, one.step, one.steps) for one in steps] == [(e, s, STEPS) for e in (1, 2) for s in (1, 2, 3)]
    assert all(one.loss > 0 and one.gradient_norm > 0 for one in steps)
    assert steps[0].rate == 0 and steps[-1].rate > 0  # the warm-up begins at 0
    assert [one.epoch for one in epochs] == [1, 2] and epochs[0].loss == pytest.approx(np.mean([one.loss for one in steps[:STEPS]]))
    assert all(set(one.psnr) == {1, 4} and one.psnr[4] > 5 for one in epochs)
    model = icolorit.Model(tmp_path / "best.safetensors")
    assert icolorit.Colorizer(model, threads=1).colorize(arrays[0]).shape == (40, 48, 3)


def test_false_stops_and_the_same_call_goes_on(tmp_path):
    first, second, whole = [], [], []

    def stop_at_the_second(step):
        first.append(step.loss)
        return len(first) < 2

    assert train(pictures(), tmp_path / "a", on_step=stop_at_the_second, **SETTINGS) is False
    assert train(pictures(), tmp_path / "a", on_step=lambda step: second.append(step.loss), **SETTINGS) is True
    assert train(pictures(), tmp_path / "b", on_step=lambda step: whole.append(step.loss), **SETTINGS) is True
    assert first + second == whole and len(first) == 2
    assert train(pictures(), tmp_path / "c", on_epoch=lambda epoch: False, **SETTINGS) is False
    with pytest.raises(icolorit.ArgumentError, match="batch is 3 and was 2"):
        train(pictures(), tmp_path / "c", **{**SETTINGS, "batch": 3})


def test_what_a_callback_raises_stops_and_is_raised(tmp_path):
    def fail(report):
        raise ZeroDivisionError("mine")

    def interrupt(report):
        os.kill(os.getpid(), signal.SIGINT)

    for name, callbacks, error in [
        ("step", {"on_step": fail}, ZeroDivisionError),
        ("epoch", {"on_epoch": fail}, ZeroDivisionError),
        ("interruption", {"on_step": interrupt}, KeyboardInterrupt),
    ]:
        with pytest.raises(error):
            train(pictures(), tmp_path / name, **callbacks, **SETTINGS)
        assert (tmp_path / name / "checkpoint.safetensors").exists()
        assert train(pictures(), tmp_path / name, **SETTINGS) is True


def test_a_folder_of_pictures_and_weights_to_begin_with(tmp_path):
    train(pictures(), tmp_path / "first", **SETTINGS)
    folder = os.path.join(os.path.dirname(__file__), *[".."] * 3, "examples", "pictures")
    start = tmp_path / "first" / "weights.safetensors"
    losses = []
    assert train(folder, str(tmp_path / "second"), initial_weights=start, epochs=1, batch=2, max_hints=8, threads=1, on_step=lambda step: losses.append(step.loss))
    assert losses and (tmp_path / "second" / "weights.safetensors").read_bytes() != start.read_bytes()


def test_failures_are_told(tmp_path):
    with pytest.raises(icolorit.FileError, match="no such folder"):
        train("no such folder", tmp_path)
    with pytest.raises(icolorit.ArgumentError, match="a batch of 9 of only 6 pictures"):
        train(pictures(), tmp_path, **{**SETTINGS, "batch": 9})
    with pytest.raises(icolorit.ArgumentError, match="unknown key"):
        train(pictures(), tmp_path, network="width=3")
    with pytest.raises(icolorit.ArgumentError, match="float64, expected uint8"):
        train([np.zeros((4, 4, 3))], tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(icolorit.FileError, match="cannot make the folder .*file"):
        train(pictures(), tmp_path / "file", **SETTINGS)
    with pytest.raises(TypeError, match="initial_weights is a bytearray, expected the path of a file"):
        train(pictures(), tmp_path, initial_weights=bytearray(3))
    with pytest.raises(icolorit.ArgumentError, match="epochs is -1"):
        train(pictures(), tmp_path, **{**SETTINGS, "epochs": -1})
