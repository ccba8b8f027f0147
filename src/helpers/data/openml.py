"""Image sets of OpenML: downloaded once, verified, kept as one file each.

The download goes through scikit-learn's `fetch_openml`, which checks the data against the MD5
that OpenML publishes. What is kept is the set as bytes, in a zip archive (`.npz`) whose
checksums are verified at every load.
"""

import os
import socket
import sys
import tempfile
import threading
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy
from tqdm import tqdm

_REACH_SECONDS = 5  # to answer the first request
_READ_SECONDS = 60  # of silence within a download


class DatasetUnavailable(RuntimeError):
    """A data set is not on this machine and could not be downloaded."""


@dataclass(frozen=True)
class Source:
    """What a set is called at OpenML, and what it must look like.

    Attributes:
        name, version: as OpenML has them.
        shape: (examples, channels, height, width).
        classes: how many; every class has the same number of examples.
    """

    name: str
    version: int
    shape: tuple[int, int, int, int]
    classes: int = 10


def cache_dir() -> Path:
    """Return the folder of downloaded sets: `HELPERS_DATA`, else the user's cache folder."""
    if chosen := os.environ.get("HELPERS_DATA", "").strip():
        return Path(chosen).expanduser()
    caches = os.environ.get("XDG_CACHE_HOME", "").strip() or Path.home() / ".cache"
    return Path(caches) / "deep-learning-course"


def load(source: Source) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return the images (uint8, `source.shape`) and labels (uint8) in OpenML's order.

    Reads the file in `cache_dir()`; downloads the set if there is none, or if it is damaged.

    Raises:
        DatasetUnavailable: OpenML cannot be reached, sends something else than the set, or the
            cache folder cannot be written.
    """
    path = cache_dir() / f"{source.name.lower()}-v{source.version}.npz"
    if path.exists():
        try:
            return _read(path, source)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            print(f"{path} is damaged ({error}); downloading it again.", file=sys.stderr)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Everything happens in a folder of its own; only a verified file is moved out of it.
        with tempfile.TemporaryDirectory(prefix=".download-", dir=path.parent) as folder:
            images, labels = _download(source, Path(folder))
            fresh = Path(folder) / path.name
            numpy.savez(fresh, images=images, labels=labels)
            os.replace(fresh, path)
    except OSError as error:
        raise DatasetUnavailable(
            f"{source.name} cannot be kept in {path.parent} ({error}). Free some space there, or "
            "set HELPERS_DATA to a folder that can be written."
        ) from error
    return images, labels


def _read(path: Path, source: Source) -> tuple[numpy.ndarray, numpy.ndarray]:
    with numpy.load(path, allow_pickle=False) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    _verify(images, labels, source)
    return images, labels


def _verify(images: numpy.ndarray, labels: numpy.ndarray, source: Source) -> None:
    if images.shape != source.shape or images.dtype != numpy.uint8:
        raise ValueError(f"images {images.shape} of {images.dtype}, not {source.shape} of uint8")
    counts = numpy.bincount(labels, minlength=source.classes)
    if counts.tolist() != [len(images) // source.classes] * source.classes:
        raise ValueError(f"examples by class {counts.tolist()}, which should be equal")


def _download(source: Source, folder: Path) -> tuple[numpy.ndarray, numpy.ndarray]:
    from sklearn.datasets import fetch_openml

    _check_reachable(source)
    try:
        with _patience(_READ_SECONDS), _progress(source, folder), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its warnings tell of retries; the error tells more
            found = fetch_openml(
                source.name,
                version=source.version,
                data_home=folder,
                as_frame=False,
                parser="liac-arff",
                n_retries=1,
            )
        if found.data.min() < 0 or found.data.max() > 255:
            raise ValueError("pixels outside 0 to 255")
        images = found.data.astype(numpy.uint8).reshape(source.shape)
        labels = found.target.astype(numpy.uint8)
        _verify(images, labels, source)
    except Exception as error:  # whatever the network, the archive or its parser came up with
        raise DatasetUnavailable(
            f"The download of {source.name} from OpenML failed or is not what it should be "
            f"({type(error).__name__}: {error}). Try again later; {_BUNDLED}"
        ) from error
    return images, labels


_BUNDLED = "digits() and glyphs() of helpers.data.images need no download."


def _check_reachable(source: Source) -> None:
    """Ask OpenML for the set once, so that an offline machine says so at once."""
    from sklearn.datasets import _openml

    url = f"{_openml._SEARCH_NAME.format(source.name.lower())}/data_version/{source.version}"
    try:
        urlopen(url, timeout=_REACH_SECONDS).close()
    except OSError as error:
        why = f"it answers: {error}" if isinstance(error, HTTPError) else f"offline? {error}"
        raise DatasetUnavailable(
            f"{source.name} is not on this machine, and OpenML cannot be reached ({why}). "
            f"Connect to the internet and try again; {_BUNDLED}"
        ) from error


@contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """Give up on a connection that is silent for so long (scikit-learn sets no limit)."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _progress(source: Source, folder: Path) -> Iterator[None]:
    """Show how much has arrived in `folder` and the time it takes, unpacking included."""
    done = threading.Event()
    bar = tqdm(desc=f"{source.name} from OpenML", unit="B", unit_scale=True, leave=False)

    def watch() -> None:
        while not done.wait(0.5):
            bar.n = _size(folder)
            bar.refresh()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        bar.close()


def _size(folder: Path) -> int:
    """Bytes under `folder`; files may come and go meanwhile."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except OSError:
            continue
    return total
