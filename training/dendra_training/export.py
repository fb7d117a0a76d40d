# SPDX-License-Identifier: Apache-2.0
"""Writes a student as a GGUF file, whose weights are those that a server multiplies, and logits to hold the server to."""

from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as F

from dendra_training import llama
from dendra_training.gguf_model import MATRICES, NORMS, GgufModel
from dendra_training.stage import StageError, sha256, write_json, write_whole
from dendra_training.student import Student

BEST = 10
TYPES = {"i8g32": gguf.GGMLQuantizationType.Q8_0, "u4g32": gguf.GGMLQuantizationType.Q4_1}


def write_gguf(model: GgufModel, student: Student, record: dict, path: Path) -> None:
    """The source's metadata and tokenizer; the student's embedding; its blocks and norms, float32; and how it was trained.

    Keys of `record` go below `dendra.training.`.
    """
    write_whole(path, lambda unfinished: Writing(model, student, unfinished).write(record))


class Writing:
    """A file on its way."""

    def __init__(self, model: GgufModel, student: Student, path: Path):
        self.model = model
        self.student = student
        self.writer = gguf.GGUFWriter(path, model.field("general.architecture"))

    def write(self, record: dict) -> None:
        self.add_metadata(record)
        self.add_embedding()
        self.writer.add_tensor("output_norm.weight", self.student.output_norm.detach().numpy())
        for layer in range(self.model.shape.layers):
            self.add_block(layer)
        self.writer.write_header_to_file()
        self.writer.write_kv_data_to_file()
        self.writer.write_tensors_to_file()
        self.writer.close()

    def add_metadata(self, record: dict) -> None:
        for field in self.model.reader.fields.values():
            if field.name.startswith("GGUF.") or field.name in ("general.architecture", "general.file_type"):
                continue
            kind = field.types[0]
            element = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
            self.writer.add_key_value(field.name, field.contents(), kind, element)
        for name, value in record.items():
            self.add_record("dendra.training." + name, value)

    def add_record(self, name: str, value) -> None:
        if isinstance(value, int):
            self.writer.add_uint64(name, value)
        elif isinstance(value, float):
            self.writer.add_float64(name, value)
        else:
            self.writer.add_string(name, value)

    def add_embedding(self) -> None:
        """As it is in the source, or if it was trained in the type that its encoding comes from."""
        source = self.model.tensors["token_embd.weight"]
        data, kind = np.asarray(source.data), source.tensor_type
        if self.student.embedding_encoding:
            kind = TYPES[self.student.embedding_encoding]
            served = self.student.served_embedding().numpy()
            data = gguf.quants.quantize(served, kind)
            if not np.allclose(gguf.quants.dequantize(data, kind), served, rtol=1e-5, atol=0):
                raise StageError(f"the embedding does not come back from {kind.name}")
        self.writer.add_tensor("token_embd.weight", data, raw_dtype=kind)

    def add_block(self, layer: int) -> None:
        for name, parts in MATRICES.items():
            weights = self.student.served(layer, name).split(self.model.rows(name))
            for part, rows in zip(parts, weights, strict=True):
                self.writer.add_tensor(f"blk.{layer}.{part}.weight", rows.contiguous().numpy())
        for name, part in NORMS.items():
            norm = self.student.norms[layer][name].detach()
            self.writer.add_tensor(f"blk.{layer}.{part}.weight", norm.numpy())


@torch.no_grad()
def exact_logits(student: Student, tokens: torch.Tensor) -> torch.Tensor:
    """In float32 throughout, of what is served: [positions, vocabulary] for `tokens` [positions]."""
    rotation = llama.rotations(student.shape, len(tokens))
    embedding = student.served_embedding()
    x = embedding[tokens][None]
    for layer in range(student.shape.layers):
        matrices = {name: student.served(layer, name) for name in MATRICES}
        x = llama.block(student.shape, x, matrices, student.norms[layer], rotation)
    return F.linear(llama.rms_norm(x, student.output_norm, student.shape.norm_epsilon)[0], embedding)


def write_logits(student: Student, sequences: list[list[int]], packed: Path, path: Path) -> None:
    """The most likely tokens and their logits at some positions of each sequence, for the packed file of that digest."""
    described = []
    for tokens in sequences:
        logits = exact_logits(student, torch.tensor(tokens))
        positions = sorted({0, len(tokens) // 3, len(tokens) // 2, len(tokens) - 1})
        best = [logits[position].topk(BEST) for position in positions]
        described.append(
            {
                "tokens": tokens,
                "positions": [
                    {"position": position, "top": [[i, round(v, 5)] for i, v in zip(b.indices.tolist(), b.values.tolist())]}
                    for position, b in zip(positions, best, strict=True)
                ],
            }
        )
    write_json(path, {"model_sha256": sha256(packed), "tolerance": 0.05, "sequences": described})
