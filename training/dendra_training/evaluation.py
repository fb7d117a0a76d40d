# SPDX-License-Identifier: Apache-2.0
"""Perplexity as `dendra eval` measures it: windows of 512 tokens that do not overlap, all but the first token of each scored."""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

from dendra_training import llama
from dendra_training.corpus import WINDOW
from dendra_training.loss import CHUNK
from dendra_training.stage import require
from dendra_training.student import Student
from dendra_training.teacher import Teacher
from dendra_training.vocabulary import Vocabulary

BATCH = 4


@dataclass(frozen=True)
class Score:
    """Sums over scored tokens: of negative log-likelihoods of both models, and of divergences, in nats."""

    tokens: int
    student: float
    teacher: float
    divergence: float

    @property
    def ratio(self) -> float:
        """Of perplexities, the student's to the teacher's."""
        return float(torch.tensor((self.student - self.teacher) / self.tokens).exp())

    @property
    def mean_divergence(self) -> float:
        return self.divergence / self.tokens

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.tokens + other.tokens,
            self.student + other.student,
            self.teacher + other.teacher,
            self.divergence + other.divergence,
        )


def text_windows(vocabulary: Vocabulary, path: Path, tokens: int) -> torch.Tensor:
    """The first `tokens` of a text, whole windows [windows, 512] alone."""
    ids = vocabulary.encode(require(path, "git checkout").read_text(encoding="utf-8"))[:tokens]
    return torch.tensor(ids[: len(ids) // WINDOW * WINDOW]).view(-1, WINDOW)


class ScoredText:
    """Windows of a text [windows, 512], and what the teacher's head gets for them, bfloat16 [windows, 512, embedding]."""

    def __init__(self, windows: torch.Tensor, teacher: Teacher, output_norm: torch.Tensor):
        self.windows = windows
        states = torch.cat([teacher.states(tokens)[:, -1] for tokens in windows.split(BATCH)])
        self.teaching = llama.rms_norm(states.float(), output_norm, teacher.shape.norm_epsilon).bfloat16()


@torch.no_grad()
def score(student: Student, teacher_head: torch.Tensor, text: ScoredText) -> Score:
    """Both models on a text; the teacher's head is bfloat16 [vocabulary, embedding]."""
    total = Score(0, 0.0, 0.0, 0.0)
    for tokens, teaching in zip(text.windows.split(BATCH), text.teaching.split(BATCH), strict=True):
        hidden = llama.rms_norm(student.states(tokens)[-1], student.output_norm, student.shape.norm_epsilon).bfloat16()
        pairs = zip(hidden[:, :-1].flatten(0, 1).split(CHUNK), teaching[:, :-1].flatten(0, 1).split(CHUNK), strict=True)
        for (h, t), targets in zip(pairs, tokens[:, 1:].flatten().split(CHUNK), strict=True):
            student_log = F.log_softmax(F.linear(h, student.embedding).float(), -1)
            teacher_log = F.log_softmax(F.linear(t, teacher_head).float(), -1)
            total += Score(
                len(targets),
                F.nll_loss(student_log, targets, reduction="sum").item(),
                F.nll_loss(teacher_log, targets, reduction="sum").item(),
                (teacher_log.exp() * (teacher_log - student_log)).sum().item(),
            )
    return total
