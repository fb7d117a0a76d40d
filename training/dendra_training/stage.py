# SPDX-License-Identifier: Apache-2.0
"""What all stages share: inputs that are what they claim to be, outputs that are whole."""

import hashlib
import json
import os
from pathlib import Path


class StageError(Exception):
    """An input is missing, foreign or broken. The message names it and says what to do."""


def sha256(path: Path) -> str:
    """Digest of a file, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require(path: Path, made_by: str) -> Path:
    """The path, if it is there."""
    if not path.exists():
        raise StageError(f"{path} is missing: run `{made_by}` first")
    return path


def require_digest(path: Path, expected: str, what: str) -> None:
    """That a file has the digest under which an earlier stage knew it."""
    actual = sha256(path)
    if actual != expected:
        raise StageError(f"{path} is not the {what} that this folder was made with: sha256 {actual}, expected {expected}")


def write_whole(path: Path, write) -> None:
    """Calls `write` with a path beside `path`, which takes its name when all of it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    write(unfinished)
    with open(unfinished, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(unfinished, path)


def write_json(path: Path, value) -> None:
    """A JSON file, indented so that changes can be read."""
    write_whole(path, lambda unfinished: unfinished.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8"))


def read_json(path: Path, made_by: str):
    """What `write_json` wrote."""
    try:
        return json.loads(require(path, made_by).read_text(encoding="utf-8"))
    except ValueError as error:
        raise StageError(f"{path} is not JSON ({error}): delete it and run `{made_by}` again") from error
