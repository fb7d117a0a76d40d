# SPDX-License-Identifier: Apache-2.0
import json
import re
import tarfile

import pytest

from dendra_training import corpus, texts
from dendra_training.stage import StageError, read_json, require_digest, sha256, write_whole


class Words:
    """A tokenizer whose tokens are words."""

    def encode(self, text: str) -> list[int]:
        return [hash(word) for word in text.split()]


def test_a_window_that_shares_thirteen_tokens_with_an_evaluation_text_is_found(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(" ".join(f"w{i}" for i in range(100)), encoding="utf-8")
    overlap = corpus.EvaluationOverlap(Words(), [path])
    alien = [f"x{i}" for i in range(20)]
    assert overlap.is_in(Words().encode(" ".join(alien + [f"w{i}" for i in range(50, 63)])))
    assert not overlap.is_in(Words().encode(" ".join(alien + [f"w{i}" for i in range(50, 62)])))


def test_windows_are_whole():
    assert [len(window) for window in corpus.windows(list(range(3 * corpus.WINDOW - 1)))] == [corpus.WINDOW] * 2


def test_no_chapter_of_the_evaluation_is_taken():
    pattern = next(source.files for source in texts.SOURCES if source.name == "literature")
    taken = [n for n in range(1, 136) if re.fullmatch(pattern, f"package/data/chapter_{n}.json")]
    assert taken == [n for n in range(1, 136) if n % 10 != 5]


def test_an_archive_that_is_not_the_pinned_one_is_refused(tmp_path):
    source = texts.TextSource("kind", "some@1", "0" * 64, "MIT", ".*", 10)
    (tmp_path / "some-1.tgz").write_bytes(b"foreign")
    with pytest.raises(StageError, match="some-1.tgz is not the some@1 .* expected 000"):
        texts.fetch(source, tmp_path)


def test_streams_are_cut_and_seeded(tmp_path):
    archive = tmp_path / "a.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in "abc":
            path = tmp_path / f"{name}.md"
            path.write_text(f"{name} {name}", encoding="utf-8")
            tar.add(path, f"package/{name}.md")
    source = texts.TextSource("kind", "a@1", sha256(archive), "MIT", r"package/.*\.md", 5)
    streams = [texts.token_stream(source, archive, Words().encode, -1, seed) for seed in (1, 1, 4)]
    assert streams[0] == streams[1] and len(streams[0]) == 5
    assert streams[0][2] == -1


def test_broken_inputs_are_named(tmp_path):
    with pytest.raises(StageError, match="corpus.json is missing: run `make it`"):
        read_json(tmp_path / "corpus.json", "make it")
    (tmp_path / "corpus.json").write_text("{", encoding="utf-8")
    with pytest.raises(StageError, match="is not JSON"):
        read_json(tmp_path / "corpus.json", "make it")
    sampled = tmp_path / "sampled.jsonl"
    sampled.write_text(json.dumps({"tokens": [1]}) + "\n{}\n", encoding="utf-8")
    with pytest.raises(StageError, match="sampled.jsonl, line 2"):
        corpus.sampled_tokens(sampled)
    with pytest.raises(StageError, match="is not the corpus"):
        require_digest(sampled, "0" * 64, "corpus")


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path):
    path = tmp_path / "result"
    with pytest.raises(RuntimeError):
        write_whole(path, fail)
    assert not path.exists()


def fail(path):
    path.write_text("half", encoding="utf-8")
    raise RuntimeError
