# SPDX-License-Identifier: Apache-2.0
"""The dense model: its hidden states, computed once for each window and kept."""

from pathlib import Path

import numpy as np
import torch

from dendra_training import llama
from dendra_training.gguf_model import GgufModel
from dendra_training.stage import read_json, write_json

# After which blocks the student is compared with the teacher: evenly spread, the last among them.
COMPARED = 6


def compared_blocks(layers: int) -> list[int]:
    """Indices of blocks whose output is compared."""
    return [layers * (i + 1) // COMPARED - 1 for i in range(COMPARED)]


class Teacher:
    """Runs the dense model on windows, without gradients."""

    def __init__(self, model: GgufModel, window: int, product_type: torch.dtype, compile_block: bool):
        self.shape = model.shape
        self.norms = model.norms
        self.matrices = [{name: m.to(product_type) for name, m in layer.items()} for layer in model.matrices]
        self.embedding = model.embedding
        self.rotation = llama.rotations(model.shape, window)
        self.compared = compared_blocks(model.shape.layers)
        self.block = torch.compile(llama.block, dynamic=False) if compile_block else llama.block

    @torch.no_grad()
    def states(self, tokens: torch.Tensor) -> torch.Tensor:
        """Outputs of the compared blocks for `tokens` [windows, positions]: bfloat16 [windows, compared, positions, embedding]."""
        x = self.embedding[tokens]
        states = []
        for layer in range(self.shape.layers):
            x = self.block(self.shape, x, self.matrices[layer], self.norms[layer], self.rotation)
            if layer in self.compared:
                states.append(x.bfloat16())
        return torch.stack(states, 1)


class TeacherStates:
    """States of a corpus's windows in a file, computed when they are first asked for; a later run finds them there."""

    def __init__(self, teacher: Teacher, corpus: np.ndarray, digest: str, folder: Path):
        shape = (len(corpus), len(teacher.compared), corpus.shape[1], teacher.shape.embedding)
        self.teacher = teacher
        self.corpus = corpus
        self.corpus_digest = digest
        self.path = folder / "teacher-states.bf16"
        described = folder / "teacher-states.json"
        description = {"corpus_sha256": digest, "shape": list(shape)}
        if not described.exists() or read_json(described, "") != description:
            self.path.unlink(missing_ok=True)
            (folder / "teacher-states.done").unlink(missing_ok=True)
            write_json(described, description)
        exists = self.path.exists()
        self.values = np.memmap(self.path, np.uint16, "r+" if exists else "w+", shape=shape)
        done = folder / "teacher-states.done"
        self.done = np.memmap(done, np.uint8, "r+" if done.exists() else "w+", shape=(len(corpus),))

    def of(self, windows: list[int]) -> torch.Tensor:
        """States of the windows of these numbers, bfloat16."""
        missing = [window for window in windows if not self.done[window]]
        if missing:
            states = self.teacher.states(torch.from_numpy(self.corpus[missing]))
            self.values[missing] = states.view(torch.uint16).numpy()
            self.done[missing] = 1
        return torch.from_numpy(self.values[windows]).view(torch.bfloat16)
