# SPDX-License-Identifier: Apache-2.0
"""Reads a Llama model from a GGUF file, its weights dequantised."""

from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import torch

from dendra_training.stage import StageError, require, sha256


@dataclass(frozen=True)
class LlamaShape:
    """Sizes of a Llama model, as the GGUF names them."""

    layers: int
    embedding: int
    feed_forward: int
    heads: int
    key_value_heads: int
    vocabulary: int
    norm_epsilon: float
    rope_base: float

    @property
    def head_size(self) -> int:
        return self.embedding // self.heads


# What is one product in the forward pass is one matrix here: rows of the GGUF's tensors, one after the other.
MATRICES = {
    "attention_input": ("attn_q", "attn_k", "attn_v"),
    "attention_output": ("attn_output",),
    "feed_forward_input": ("ffn_gate", "ffn_up"),
    "feed_forward_output": ("ffn_down",),
}
NORMS = {"attention_norm": "attn_norm", "feed_forward_norm": "ffn_norm"}


class GgufModel:
    """A dense Llama model: `embedding` [vocabulary, size], which is the head too, and dicts of float32 tensors by layer."""

    def __init__(self, path: Path):
        require(path, "./dendra fetch")
        self.path = path
        self.digest = sha256(path)
        try:
            self.reader = gguf.GGUFReader(path)
        except (ValueError, OSError) as error:
            raise StageError(f"{path} is not a GGUF file: {error}") from error
        architecture = self.field("general.architecture")
        if architecture != "llama":
            raise StageError(f"{path} holds a model of the kind {architecture}: only llama can be trained")
        self.tensors = {tensor.name: tensor for tensor in self.reader.tensors}
        if "output.weight" in self.tensors:
            raise StageError(f"{path} has a head of its own: only models whose head is the embedding can be trained")
        self.embedding = self.tensor("token_embd.weight")
        self.shape = LlamaShape(
            layers=self.field("llama.block_count"),
            embedding=self.field("llama.embedding_length"),
            feed_forward=self.field("llama.feed_forward_length"),
            heads=self.field("llama.attention.head_count"),
            key_value_heads=self.field("llama.attention.head_count_kv"),
            vocabulary=self.embedding.shape[0],
            norm_epsilon=self.field("llama.attention.layer_norm_rms_epsilon"),
            rope_base=self.field("llama.rope.freq_base"),
        )
        self.output_norm = self.tensor("output_norm.weight")
        self.matrices = [
            {name: torch.cat([self.tensor(f"blk.{layer}.{part}.weight") for part in parts]) for name, parts in MATRICES.items()}
            for layer in range(self.shape.layers)
        ]
        self.norms = [
            {name: self.tensor(f"blk.{layer}.{part}.weight") for name, part in NORMS.items()}
            for layer in range(self.shape.layers)
        ]

    def field(self, name: str):
        """A value of the metadata."""
        field = self.reader.get_field(name)
        if field is None:
            raise StageError(f"{self.path} does not say {name}")
        return field.contents()

    def tensor(self, name: str) -> torch.Tensor:
        """A tensor in float32, [outputs, inputs]."""
        if name not in self.tensors:
            raise StageError(f"{self.path} has no tensor {name}")
        tensor = self.tensors[name]
        return torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32))

    def rows(self, name: str) -> list[int]:
        """Of how many rows the parts of a matrix are."""
        return [self.tensors[f"blk.0.{part}.weight"].shape[1].item() for part in MATRICES[name]]
