# SPDX-License-Identifier: Apache-2.0
"""Lets the dense model write its own training corpus, through the HTTP interface of a Dendra server."""

import json
import random
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dendra_training import openings
from dendra_training.stage import StageError, write_json, write_whole
from dendra_training.vocabulary import Vocabulary

LENGTH = 480
IN_FLIGHT = 32
CHAT_SHARE = 0.4
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


class CorpusSampler:
    """Texts and conversations at temperature 1, each with a seed of its own that follows from the corpus's."""

    def __init__(self, vocabulary: Vocabulary, address: str, seed: int):
        self.vocabulary = vocabulary
        self.address = address
        self.seed = seed

    def sequence(self, number: int) -> dict:
        """The text of that number: its kind and its token ids."""
        choice = random.Random(f"{self.seed}/{number}")
        if choice.random() < CHAT_SHARE:
            return {"kind": "chat", "tokens": self.conversation(number, choice.choice(openings.CHAT))}
        kind = choice.choice(list(openings.TEXTS))
        prompt = self.vocabulary.encode(choice.choice(openings.TEXTS[kind]))
        return {"kind": kind, "tokens": prompt + self.continuation(number, prompt, LENGTH) + [self.vocabulary.end_of_text]}

    def conversation(self, number: int, beginning: str) -> list[int]:
        """A question that the model asks itself, and what it answers."""
        asked = self.turn("system", SYSTEM) + self.turn_beginning("user") + self.vocabulary.encode(beginning)
        asked += self.continuation(2 * number, asked, 96) + self.end_of_turn() + self.turn_beginning("assistant")
        return asked + self.continuation(2 * number + 1, asked, LENGTH) + self.end_of_turn()

    def turn_beginning(self, role: str) -> list[int]:
        return [self.vocabulary.turn_start] + self.vocabulary.encode(f"{role}\n")

    def end_of_turn(self) -> list[int]:
        return [self.vocabulary.turn_end] + self.vocabulary.encode("\n")

    def turn(self, role: str, text: str) -> list[int]:
        return self.turn_beginning(role) + self.vocabulary.encode(text) + self.end_of_turn()

    def continuation(self, seed: int, prompt: list[int], most: int) -> list[int]:
        """What the server writes after the prompt, up to where the model ends it."""
        request = {"prompt": prompt, "max_tokens": most, "temperature": 1, "seed": self.seed * 1_000_003 + seed}
        body = json.dumps(request).encode()
        call = urllib.request.Request(self.address + "/v1/completions", body, {"Content-Type": "application/json"})
        while True:
            try:
                with urllib.request.urlopen(call, timeout=600) as answer:
                    return self.vocabulary.encode(json.load(answer)["choices"][0]["text"])
            except urllib.error.HTTPError as error:
                if error.code != 429:
                    raise StageError(f"{self.address} refused a prompt: {error.read().decode(errors='replace')}") from error
                time.sleep(float(error.headers.get("Retry-After", "1")))
            except urllib.error.URLError as error:
                raise StageError(f"no server at {self.address} ({error.reason}): start `./dendra serve` first") from error


def sample(vocabulary: Vocabulary, model_digest: str, address: str, seed: int, tokens: int, output: Path) -> None:
    """Writes sequences, in the order of their numbers, until there are so many tokens."""
    sampler = CorpusSampler(vocabulary, address, seed)
    sequences, count, begin = [], 0, time.monotonic()
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        while count < tokens:
            numbers = range(len(sequences), len(sequences) + 8 * IN_FLIGHT)
            for sequence in pool.map(sampler.sequence, numbers):
                if count < tokens:
                    sequences.append(sequence)
                    count += len(sequence["tokens"])
            rate = count / (time.monotonic() - begin)
            print(f"{count:,} of {tokens:,} tokens, {rate:,.0f} tokens/s", flush=True)
    lines = "".join(json.dumps(sequence) + "\n" for sequence in sequences)
    write_whole(output, lambda unfinished: unfinished.write_text(lines, encoding="utf-8"))
    write_json(output.with_suffix(".source.json"), {"model_sha256": model_digest, "seed": seed, "tokens": count})
