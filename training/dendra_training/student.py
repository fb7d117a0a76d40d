# SPDX-License-Identifier: Apache-2.0
"""The model in training: exact weights, which of them live, and what the forward pass sees of them."""

import torch

from dendra_training import llama
from dendra_training.gguf_model import MATRICES, GgufModel
from dendra_training.patterns import DENSE_ENCODINGS, ENCODINGS, Pattern


class Student:
    """Master weights are float32; the forward pass gets them masked, rounded to their encoding and in bfloat16.

    Gradients pass the rounding unchanged (straight-through, Bengio et al. 2013, arXiv 1308.3432). The embedding, which is the head
    too, is the dense model's until `train_embedding`.
    """

    def __init__(self, model: GgufModel, window: int, pattern: Pattern, encoding: str, compile_block: bool):
        self.shape = model.shape
        self.pattern = pattern
        self.encoding = encoding
        self.masters = [{name: matrix.clone() for name, matrix in layer.items()} for layer in model.matrices]
        self.live = [{name: torch.ones_like(m, dtype=torch.bool) for name, m in layer.items()} for layer in self.masters]
        self.norms = [{name: norm.clone().requires_grad_() for name, norm in layer.items()} for layer in model.norms]
        self.output_norm = model.output_norm.clone().requires_grad_()
        self.embedding_master = model.embedding
        self.embedding_encoding = ""
        self.embedding = model.embedding.bfloat16()
        self.effective = [
            {name: torch.empty_like(m, dtype=torch.bfloat16).requires_grad_() for name, m in layer.items()}
            for layer in self.masters
        ]
        self.rotation = llama.rotations(model.shape, window)
        self.block = torch.compile(llama.block, dynamic=False) if compile_block else llama.block
        self.refresh()

    @torch.no_grad()
    def refresh(self) -> None:
        """Makes what the forward pass sees of the masters."""
        if self.embedding_encoding:
            self.embedding.copy_(self.served_embedding())
        for layer in range(self.shape.layers):
            for name in MATRICES:
                self.effective[layer][name].copy_(self.served(layer, name))

    def served(self, layer: int, name: str) -> torch.Tensor:
        """A matrix as a server will multiply it, in float32."""
        return ENCODINGS[self.encoding](self.masters[layer][name] * self.live[layer][name])

    def served_embedding(self) -> torch.Tensor:
        """The embedding as a server will look it up, in float32."""
        if not self.embedding_encoding:
            return self.embedding_master
        return DENSE_ENCODINGS[self.embedding_encoding](self.embedding_master)

    def train_embedding(self, encoding: str) -> None:
        """From now on the embedding has gradients, and is rounded to that of `DENSE_ENCODINGS`."""
        self.set_embedding(self.embedding_master, encoding)
        self.embedding.requires_grad_()

    @torch.no_grad()
    def set_embedding(self, values: torch.Tensor, encoding: str) -> None:
        self.embedding_master = values.clone()
        self.embedding_encoding = encoding
        self.embedding.copy_(self.served_embedding())

    def content(self) -> dict:
        """All that training changes."""
        embedding = {"embedding": self.embedding_master, "embedding_encoding": self.embedding_encoding}
        return (embedding if self.embedding_encoding else {}) | {
            "pattern": self.pattern.name,
            "masters": self.masters,
            "norms": [{name: norm.detach() for name, norm in layer.items()} for layer in self.norms],
            "output_norm": self.output_norm.detach(),
        }

    @torch.no_grad()
    def load(self, content: dict) -> None:
        """Takes what `content` gave; blocks that are 0 are dead."""
        for layer in range(self.shape.layers):
            for name, master in self.masters[layer].items():
                master.copy_(content["masters"][layer][name])
                blocks = self.pattern.block_sums(master.abs()) > 0
                self.live[layer][name] = self.pattern.expand(blocks)
            for name, norm in self.norms[layer].items():
                norm.copy_(content["norms"][layer][name])
        self.output_norm.copy_(content["output_norm"])
        if "embedding" in content:
            self.set_embedding(content["embedding"], content["embedding_encoding"])
        self.refresh()

    def density(self) -> float:
        """Live share of the weights of the blocks."""
        live = sum(mask.sum().item() for layer in self.live for mask in layer.values())
        return live / sum(mask.numel() for layer in self.live for mask in layer.values())

    def states(self, tokens: torch.Tensor) -> list[torch.Tensor]:
        """Outputs of all blocks for `tokens` [windows, positions], float32 [windows, positions, embedding]."""
        x = self.embedding[tokens].float()
        states = []
        for layer in range(self.shape.layers):
            x = self.block(self.shape, x, self.effective[layer], self.norms[layer], self.rotation)
            states.append(x)
        return states
