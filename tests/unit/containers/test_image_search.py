"""The search for secrets in an image reads its layers as every engine saves them."""

import gzip
import io
import tarfile

import pytest

from tests.containers import engine
from tests.containers.engine import ZSTD, found_in_archive

LAYER = b"\0" * 100 + b"PASSWORD=s3cret" + b"\0" * 100
WANTED = {"there": "s3cret", "not there": "another"}


def saved(layer: bytes) -> io.BytesIO:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as members:
        for name, contents in (("manifest.json", b"{}"), ("blobs/sha256/1", layer), ("empty", b"")):
            member = tarfile.TarInfo(name)
            member.size = len(contents)
            members.addfile(member, io.BytesIO(contents))
    archive.seek(0)
    return archive


@pytest.mark.parametrize("layer", [LAYER, gzip.compress(LAYER)], ids=["plain", "compressed"])
@pytest.mark.parametrize("chunk", [7, 2**24])
def test_a_value_is_found_wherever_the_reading_cuts_it(
    monkeypatch: pytest.MonkeyPatch, layer: bytes, chunk: int
) -> None:
    monkeypatch.setattr(engine, "CHUNK", chunk)

    assert found_in_archive(saved(layer), WANTED) == {"there"}


def test_a_layer_that_cannot_be_read_is_no_proof() -> None:
    with pytest.raises(AssertionError, match="Zstandard"):
        found_in_archive(saved(ZSTD + LAYER), WANTED)
