"""Hashes, and finding them."""

from __future__ import annotations

import gzip
import io
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import vt_core
from vt_core import FileHash, extract_hashes

if TYPE_CHECKING:
    from vt_core._protocols import Text

MD5 = "44d88612fea8a8f36de82e1278abb02f"
SHA1 = "3395856ce81f2b7382dee72602f798b642f14140"
SHA256 = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
EMPTY = "d41d8cd98f00b204e9800998ecf8427e"
TEXT = f"{MD5}\nwrong {MD5[:-1]}\n{MD5[1:]}\nimphash: {MD5}\n{SHA1.upper()}, {SHA256} {MD5}\n"


@pytest.mark.parametrize(("text", "kind"), [(MD5, "md5"), (SHA1, "sha1"), (SHA256, "sha256")])
def test_a_hash_is_its_digest_in_lower_case(text: str, kind: str) -> None:
    hash = FileHash(f" {text.upper()}\n")
    assert (str(hash), hash.kind, repr(hash)) == (text, kind, f"FileHash('{text}')")
    assert bytes(hash) == bytes.fromhex(text)
    assert FileHash.from_bytes(bytes(hash)) == hash == FileHash(hash)
    assert pickle.loads(pickle.dumps(hash)) == hash


def test_hashes_compare_sort_and_are_keys() -> None:
    hashes = [FileHash(text) for text in (SHA256, SHA1, MD5)]
    assert [hash.kind for hash in sorted(hashes)] == ["md5", "sha1", "sha256"]
    assert {FileHash(MD5): 1}[FileHash(MD5.upper())] == 1
    assert FileHash(MD5) != MD5
    assert FileHash(MD5) != FileHash(EMPTY)


def test_nothing_of_a_hash_can_be_changed() -> None:
    with pytest.raises(AttributeError):
        FileHash(MD5).kind = "sha1"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        FileHash(MD5).other = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["", "abc", MD5[1:], MD5 + "0", "x" * 32, "\ud800" * 32, "ä" * 32])
def test_what_is_no_hash_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(vt_core.InvalidHashError, match=r"hex digit"):
        FileHash(text)


def test_wrong_digests_and_types_are_refused() -> None:
    with pytest.raises(vt_core.InvalidHashError, match="3 bytes"):
        FileHash.from_bytes(b"abc")
    with pytest.raises(TypeError, match="a FileHash or a str, not int"):
        FileHash(5)  # type: ignore[arg-type]


def test_hashes_are_found_with_lines_counts_and_what_was_skipped() -> None:
    extraction = extract_hashes(TEXT)
    assert [str(hash) for hash in extraction.hashes] == [MD5, SHA1, SHA256]
    assert extraction.found[0] == vt_core.Found(FileHash(MD5), line=1, times=2)
    assert [found.line for found in extraction.found] == [1, 5, 5]
    skipped = extraction.skipped
    assert [(skip.line, skip.text) for skip in skipped] == [(3, MD5[1:]), (4, MD5)]
    assert isinstance(skipped[0], vt_core.Skipped)
    assert "31 hex digits" in skipped[0].reason
    assert skipped[1].reason == "imphash, not a file's digest"
    assert extraction.skipped_total == 2
    assert sum(extraction.skipped_by_reason.values()) == 2
    assert (extraction.lines, extraction.bytes) == (5, len(TEXT))
    assert extraction.encoding == "UTF-8"
    assert repr(extraction) == "<Extraction: 3 hashes in 5 lines, 2 pieces skipped>"


def test_an_extraction_is_a_sequence() -> None:
    extraction = extract_hashes(TEXT)
    assert isinstance(extraction, vt_core.Extraction)
    assert len(extraction) == 3
    assert list(extraction) == extraction.hashes
    assert (extraction[0], extraction[-1]) == (FileHash(MD5), FileHash(SHA256))
    for at in (3, -4):
        with pytest.raises(IndexError):
            extraction[at]


def test_digests_of_the_empty_file_are_named() -> None:
    extraction = extract_hashes(f"{MD5} {EMPTY}")
    assert [str(found.hash) for found in extraction.empty_file] == [EMPTY]


def test_every_kind_of_source_says_the_same(tmp_path: Path) -> None:
    data = TEXT.encode()
    path = tmp_path / "notes.txt"
    path.write_bytes(data)
    zipped = tmp_path / "notes.txt.gz"
    zipped.write_bytes(gzip.compress(data))
    with path.open("rb") as binary, path.open(newline="") as text, gzip.open(zipped) as unzipped:
        in_memory: list[Text] = [data, bytearray(data), memoryview(data)]
        open_files: list[Text] = [binary, text, unzipped, io.BytesIO(data), io.StringIO(TEXT)]
        for source in [*in_memory, path, *open_files]:
            extraction = extract_hashes(source)
            assert extraction.found == extract_hashes(TEXT).found, source
            assert extraction.bytes == len(data), source


def test_other_encodings_and_surrogates_are_read() -> None:
    assert extract_hashes(TEXT.encode("utf-16")).encoding == "UTF-16LE"
    assert extract_hashes(TEXT.encode("utf-16")).hashes == extract_hashes(TEXT).hashes
    name = b"\xff".decode("utf-8", "surrogateescape")
    assert extract_hashes(f"{name} {MD5}").hashes == [FileHash(MD5)]


def test_a_text_of_many_megabytes_is_read_to_its_end() -> None:
    text = "x" * 9_000_000 + f" {MD5} " + "y" * 9_000_000
    for source in (text, text.encode()):
        assert extract_hashes(source).hashes == [FileHash(MD5)]


def test_what_cannot_be_read_is_an_error_with_the_name_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        extract_hashes(tmp_path / "missing")
    assert raised.value.filename == str(tmp_path / "missing")
    with pytest.raises(IsADirectoryError):
        extract_hashes(tmp_path)
    sources: list[object] = [5, [MD5], None]
    for source in sources:
        with pytest.raises(TypeError, match="hashes are found in str, bytes"):
            extract_hashes(source)  # type: ignore[arg-type]


def test_an_error_of_an_open_file_comes_through() -> None:
    class Broken:
        def read(self, length: int, /) -> bytes:
            raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        extract_hashes(Broken())
