# SPDX-License-Identifier: Apache-2.0
"""The tokenizer of a GGUF file: byte-level BPE in which each digit is a piece of its own."""

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from dendra_training.gguf_model import GgufModel
from dendra_training.stage import StageError


class Vocabulary:
    """Text to token ids and back. Control tokens are made by name only, never out of text."""

    def __init__(self, model: GgufModel):
        kind = model.field("tokenizer.ggml.pre")
        if kind != "smollm":
            raise StageError(f"{model.path} splits text by the rules of {kind}: only those of smollm are known here")
        tokens = model.field("tokenizer.ggml.tokens")
        self.ids = {token: i for i, token in enumerate(tokens)}
        merges = [tuple(merge.split(" ")) for merge in model.field("tokenizer.ggml.merges")]
        self.tokenizer = Tokenizer(models.BPE(vocab=self.ids, merges=merges))
        self.tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
        self.tokenizer.decoder = decoders.ByteLevel()
        self.end_of_text = self.ids["<|endoftext|>"]
        self.turn_start = self.ids["<|im_start|>"]
        self.turn_end = self.ids["<|im_end|>"]

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text).ids

    def decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=False)
