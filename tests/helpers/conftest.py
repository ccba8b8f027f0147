"""A local server that speaks as much of OpenML's API as `fetch_openml` asks for."""

import gzip
import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy
import pytest

from helpers.data import openml

API = "/api/v1/json/data"
FILE = "/data/v1/download/7/set.arff"


@dataclass
class FakeOpenML:
    """One data set, and what is wrong with the server.

    Attributes:
        images, labels: (example, channel, height, width) and (example,), uint8.
        md5: what the description claims; None is the truth.
        status: answer everything with this instead.
        cut: send only so much of the data.
        silent: never answer.
        requests: the paths asked for.
    """

    images: numpy.ndarray
    labels: numpy.ndarray
    url: str = ""
    md5: str | None = None
    status: int = 200
    cut: int | None = None
    silent: threading.Event | None = None
    requests: list[str] = field(default_factory=list)

    def arff(self) -> bytes:
        pixels = self.images.reshape(len(self.images), -1)
        names = "".join(f"@ATTRIBUTE pixel{i} INTEGER\n" for i in range(pixels.shape[1]))
        rows = "\n".join(
            ",".join(map(str, [*row, label]))
            for row, label in zip(pixels.tolist(), self.labels.tolist(), strict=True)
        )
        classes = ",".join(map(str, range(10)))
        head = f"@RELATION set\n{names}@ATTRIBUTE class {{{classes}}}\n"
        return f"{head}@DATA\n{rows}\n".encode()

    def answer(self, path: str) -> bytes:
        """Return the body for a path, as openml.org would."""
        if path == FILE:
            return self.arff()
        if path.startswith(f"{API}/list/data_name/"):
            found = {"did": 7, "name": "set", "version": 1, "status": "active"}
            return json.dumps({"data": {"dataset": [found]}}).encode()
        number = self.images[0].size
        common = {"is_ignore": "false", "is_row_identifier": "false"}
        common["number_of_missing_values"] = "0"
        features = [
            {"index": str(i), "name": f"pixel{i}", "data_type": "numeric", "is_target": "false"}
            for i in range(number)
        ]
        features.append(
            {"index": str(number), "name": "class", "data_type": "nominal", "is_target": "true"}
        )
        description = {"id": "7", "name": "set", "version": "1", "status": "active"}
        description |= {"format": "ARFF", "description": "a set", "url": self.url + FILE}
        description["md5_checksum"] = self.md5 or hashlib.md5(self.arff()).hexdigest()
        examples = {"name": "NumberOfInstances", "value": str(float(len(self.images)))}
        bodies = {
            f"{API}/7": {"data_set_description": description},
            f"{API}/features/7": {"data_features": {"feature": [f | common for f in features]}},
            f"{API}/qualities/7": {"data_qualities": {"quality": [examples]}},
        }
        return json.dumps(bodies[path]).encode()


@pytest.fixture
def fake_openml(monkeypatch, tmp_path):
    """A running server with 40 images of (2, 3, 3); `fetch_openml` is pointed at it."""
    random = numpy.random.RandomState(0)
    fake = FakeOpenML(
        random.randint(0, 256, (40, 2, 3, 3)).astype(numpy.uint8),
        random.permutation(40).astype(numpy.uint8) % 10,
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802 - the base class's name
            fake.requests.append(self.path)
            if fake.silent is not None:
                fake.silent.wait()
                return
            if fake.status != 200:
                self.send_error(fake.status)
                return
            body = gzip.compress(fake.answer(self.path))
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: fake.cut] if self.path == FILE else body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"

    from sklearn.datasets import _openml

    for name in ("_SEARCH_NAME", "_DATA_INFO", "_DATA_FEATURES", "_DATA_QUALITIES"):
        path = getattr(_openml, name).partition("openml.org")[2]
        monkeypatch.setattr(_openml, name, fake.url + path)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between scikit-learn's retries
    monkeypatch.setenv("HELPERS_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("http_proxy", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    source = openml.Source("Set", version=1, shape=(40, 2, 3, 3))
    yield SimpleNamespace(server=fake, source=source, cache=tmp_path / "data")
    if fake.silent is not None:
        fake.silent.set()
    server.shutdown()
    server.server_close()
    thread.join()
