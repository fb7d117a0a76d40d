# SPDX-License-Identifier: Apache-2.0
"""A student where a stage left it: weights in a file, beside which stands what they were made of, or a run's last checkpoint."""

from pathlib import Path

import torch

from dendra_training.stage import StageError, read_json, require, require_digest, sha256, write_json, write_whole

PRUNE = "python -m dendra_training prune"
TRAIN = "python -m dendra_training train"
CHECKPOINT = "checkpoint.pt"
PLAN = "plan.json"


def write_weights(path: Path, content: dict, description: dict) -> None:
    """`content` is a student's; `description` has its `pattern` and `density`, the `run` that they come from ("" for the dense
    model), and `model_sha256` and `corpus_sha256`."""
    write_whole(path, lambda unfinished: torch.save(content, unfinished))
    write_json(path.with_suffix(".json"), description | {"sha256": sha256(path)})


def read_start(path: Path, pattern: str, model_digest: str) -> dict:
    """A student's content of what `write_weights` wrote or of a run's folder, if it is of this model and in this pattern."""
    require(path, f"{PRUNE} --output {path.name}")
    description = read_json(path / PLAN, TRAIN) if path.is_dir() else read_json(path.with_suffix(".json"), PRUNE)
    if description["model_sha256"] != model_digest:
        raise StageError(f"{path} is of another model ({description['model_sha256']})")
    if description["pattern"] != pattern:
        raise StageError(f"{path} is pruned in {description['pattern']}, not in {pattern}")
    if path.is_dir():
        return read_student(path)
    require_digest(path, description["sha256"], "file of weights")
    return torch.load(path, weights_only=True, mmap=True)


def run_before(path: Path) -> str:
    """The run whose student is at a path: "" if it was not trained yet."""
    return path.name if path.is_dir() else read_json(path.with_suffix(".json"), PRUNE)["run"]


def read_plan(run: Path, model_digest: str) -> dict:
    """Of a run's folder, if it trained a student of this model."""
    plan = read_json(run / PLAN, f"{TRAIN} --run {run.name}")
    if plan["model_sha256"] != model_digest:
        raise StageError(f"{run} is a run with another model ({plan['model_sha256']})")
    return plan


def read_student(run: Path) -> dict:
    """The student's content as a run's last checkpoint has it."""
    return torch.load(require(run / CHECKPOINT, f"{TRAIN} --run {run.name}"), weights_only=True, mmap=True)["student"]


def average(contents: list):
    """The mean of students' contents, tensor by tensor; what else they have is the first one's."""
    first = contents[0]
    if isinstance(first, torch.Tensor):
        return sum(contents) / len(contents)
    if isinstance(first, dict):
        return {key: average([content[key] for content in contents]) for key in first}
    if isinstance(first, list):
        return [average(list(parts)) for parts in zip(*contents, strict=True)]
    return first
