"""Downloads: once, verified, repaired, and a clear sentence when there is no way."""

import sys
import threading
from pathlib import Path

import numpy
import pytest

from helpers.data import openml
from helpers.data.images import DatasetUnavailable


def assert_served(fake, found):
    images, labels = found
    assert images.dtype == labels.dtype == numpy.uint8
    assert numpy.array_equal(images, fake.server.images)
    assert numpy.array_equal(labels, fake.server.labels)


def cached(fake):
    (path,) = fake.cache.iterdir()  # one file, and nothing left of the download
    return path


def assert_nothing_kept(fake):
    assert not fake.cache.exists() or not list(fake.cache.iterdir())


def test_downloads_once(fake_openml, capfd):
    assert_served(fake_openml, openml.load(fake_openml.source))
    assert cached(fake_openml).name == "set-v1.npz"
    asked = len(fake_openml.server.requests)
    assert_served(fake_openml, openml.load(fake_openml.source))
    assert len(fake_openml.server.requests) == asked


def test_a_kept_set_needs_no_network(fake_openml):
    openml.load(fake_openml.source)
    fake_openml.server.status = 503
    assert_served(fake_openml, openml.load(fake_openml.source))


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_pixel(path):
    content = bytearray(path.read_bytes())
    content[300] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def another_shape(path):
    numpy.savez(path, images=numpy.zeros((40, 1, 3, 3), numpy.uint8), labels=numpy.zeros(40, int))


def other_labels(path):
    with numpy.load(path) as arrays:
        numpy.savez(path, images=arrays["images"], labels=numpy.zeros(40, numpy.uint8))


def no_labels(path):
    with numpy.load(path) as arrays:
        numpy.savez(path, images=arrays["images"])


@pytest.mark.parametrize(
    "damage", [truncate, flip_a_pixel, empty, another_shape, other_labels, no_labels]
)
def test_a_damaged_file_is_fetched_again(fake_openml, capsys, damage):
    openml.load(fake_openml.source)
    damage(cached(fake_openml))
    fake_openml.server.requests.clear()
    assert_served(fake_openml, openml.load(fake_openml.source))
    assert "is damaged" in capsys.readouterr().err
    assert fake_openml.server.requests
    fake_openml.server.requests.clear()
    assert_served(fake_openml, openml.load(fake_openml.source))
    assert not fake_openml.server.requests


def test_a_damaged_file_stays_when_there_is_no_network(fake_openml):
    openml.load(fake_openml.source)
    truncate(cached(fake_openml))
    fake_openml.server.status = 503
    with pytest.raises(DatasetUnavailable, match="cannot be reached"):
        openml.load(fake_openml.source)
    assert cached(fake_openml)


def test_a_server_that_is_down_is_asked_once(fake_openml):
    fake_openml.server.status = 503
    with pytest.raises(DatasetUnavailable, match=r"Set is not.*503.*digits\(\) and glyphs\(\)"):
        openml.load(fake_openml.source)
    assert len(fake_openml.server.requests) == 1
    assert_nothing_kept(fake_openml)


def test_offline(fake_openml, monkeypatch):
    from sklearn.datasets import _openml

    monkeypatch.setattr(_openml, "_SEARCH_NAME", "http://127.0.0.1:1/{}")
    with pytest.raises(DatasetUnavailable, match=r"offline\?.*refused.*digits\(\) and glyphs\(\)"):
        openml.load(fake_openml.source)
    assert not fake_openml.server.requests
    assert_nothing_kept(fake_openml)


def test_a_silent_server_is_given_up(fake_openml, monkeypatch):
    monkeypatch.setattr(openml, "_REACH_SECONDS", 0.2)
    fake_openml.server.silent = threading.Event()
    with pytest.raises(DatasetUnavailable, match="timed out"):
        openml.load(fake_openml.source)
    assert len(fake_openml.server.requests) == 1


def test_a_wrong_checksum(fake_openml):
    fake_openml.server.md5 = "0" * 32
    with pytest.raises(DatasetUnavailable, match=r"md5 checksum.*Try again.*digits\(\)"):
        openml.load(fake_openml.source)
    assert_nothing_kept(fake_openml)


def test_a_download_that_breaks_off(fake_openml):
    fake_openml.server.cut = 200
    with pytest.raises(DatasetUnavailable, match="The download of Set from OpenML failed"):
        openml.load(fake_openml.source)
    assert_nothing_kept(fake_openml)


def test_fewer_examples_than_the_set_has(fake_openml):
    fake_openml.server.images = fake_openml.server.images[:30]
    fake_openml.server.labels = fake_openml.server.labels[:30]
    with pytest.raises(DatasetUnavailable, match="not what it should be"):
        openml.load(fake_openml.source)
    assert_nothing_kept(fake_openml)


def test_classes_of_unequal_size(fake_openml):
    fake_openml.server.labels = numpy.zeros(40, numpy.uint8)
    with pytest.raises(DatasetUnavailable, match="examples by class"):
        openml.load(fake_openml.source)
    assert_nothing_kept(fake_openml)


def test_pixels_that_are_no_bytes(fake_openml):
    fake_openml.server.images = fake_openml.server.images.astype(int) + 1
    fake_openml.server.images[0, 0, 0, 0] = 256
    with pytest.raises(DatasetUnavailable, match="pixels outside"):
        openml.load(fake_openml.source)


def test_a_folder_that_cannot_be_written(fake_openml, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("HELPERS_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(DatasetUnavailable, match="cannot be kept.*set HELPERS_DATA"):
        openml.load(fake_openml.source)


def test_the_socket_timeout_is_put_back(fake_openml):
    import socket

    openml.load(fake_openml.source)
    assert socket.getdefaulttimeout() is None


def test_progress_is_shown(fake_openml, monkeypatch):
    shown = []

    class Bar(openml.tqdm):
        def __init__(self, **kwargs):
            shown.append(kwargs["desc"])
            super().__init__(**kwargs, file=sys.stderr)

    monkeypatch.setattr(openml, "tqdm", Bar)
    openml.load(fake_openml.source)
    assert shown == ["Set from OpenML"]


def test_where_sets_are_kept(monkeypatch):
    monkeypatch.setenv("HELPERS_DATA", "~/sets")
    assert openml.cache_dir() == Path.home() / "sets"
    monkeypatch.delenv("HELPERS_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert openml.cache_dir() == Path("/somewhere/deep-learning-course")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert openml.cache_dir() == Path.home() / ".cache" / "deep-learning-course"
