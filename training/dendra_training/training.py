# SPDX-License-Identifier: Apache-2.0
"""Trains a student, step after step, so that it can be stopped anywhere and goes on."""

import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from dendra_training import llama
from dendra_training.evaluation import Score, ScoredText, score
from dendra_training.gguf_model import MATRICES, GgufModel
from dendra_training.loss import HeadDivergence, hidden_error
from dendra_training.optimizer import MatrixAdam
from dendra_training.patterns import Pattern
from dendra_training.sensitivity import row_budgets
from dendra_training.stage import StageError, read_json, write_json, write_whole
from dendra_training.start import CHECKPOINT, PLAN, read_start
from dendra_training.student import Student
from dendra_training.teacher import Teacher, TeacherStates

BETAS = (0.9, 0.98)
EPSILON = 1e-12
NORM_RATE = 0.3
WARM_UP = 0.05
TIGHTEN_STEPS = 4
CHECKPOINT_SECONDS = 600


@dataclass(frozen=True)
class Plan:
    """What a run does; a run that goes on must have the same.

    `start` names the file of weights or the run that it begins with, "" the dense model. Densities go from `start_density` to
    `density` over the first `tighten` of the tokens, by a cubic schedule (Zhu and Gupta 2017, arXiv 1710.01878). The encoding is in
    the loop from `round_from` of the tokens on. With an `embedding` of `DENSE_ENCODINGS` the embedding is trained, rounded to it.
    """

    pattern: str
    density: float
    encoding: str
    tokens: int
    start: str = ""
    start_density: float = 1.0
    tighten: float = 0.4
    round_from: float = 0.75
    rate: float = 4e-4
    hidden_weight: float = 1.0
    windows_per_step: int = 4
    embedding: str = ""

    def density_at(self, progress: float) -> float:
        """After that share of the tokens."""
        if progress >= self.tighten:
            return self.density
        left = 1 - progress / self.tighten
        return self.density + (self.start_density - self.density) * left**3

    def rate_at(self, progress: float) -> float:
        """Linear up, then a cosine down to a hundredth."""
        if progress < WARM_UP:
            return self.rate * (progress / WARM_UP + 0.05)
        return self.rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))))


class Trainer:
    """Everything of a run that changes, and the folder in which it is kept."""

    def __init__(self, plan: Plan, model: GgufModel, corpus: np.ndarray, training_windows: int, states: TeacherStates, folder: Path,
                 information: list[dict], tokens_before: int = 0, compile_block: bool = True):
        """`tokens_before` is what its start was trained on; windows go on behind those."""
        self.plan = plan
        self.model = model
        self.corpus = corpus
        self.training_windows = training_windows
        self.tokens_before = tokens_before
        self.teacher_states = states
        self.folder = folder
        self.information = information
        self.pattern = Pattern(plan.pattern)
        self.student = Student(model, corpus.shape[1], self.pattern, "f32", compile_block)
        self.teacher_head = model.embedding.bfloat16()
        self.step = 0
        self.optimizers = [
            {name: MatrixAdam(master, BETAS, EPSILON) for name, master in masters.items()} for masters in self.student.masters
        ]
        self.embedding_optimizer = MatrixAdam(self.student.embedding_master, BETAS, EPSILON) if plan.embedding else None
        self.norm_optimizer = torch.optim.Adam(
            [norm for layer in self.student.norms for norm in layer.values()] + [self.student.output_norm], betas=BETAS
        )
        self.deviation = self.teacher_deviation()

    @property
    def steps(self) -> int:
        return self.plan.tokens // (self.plan.windows_per_step * self.corpus.shape[1])

    @property
    def tokens(self) -> int:
        """Trained on so far, those of its start included."""
        return self.tokens_before + self.step * self.plan.windows_per_step * self.corpus.shape[1]

    def teacher_deviation(self) -> torch.Tensor:
        """Of each element of each compared state: [compared, 1, embedding]."""
        states = self.teacher_states.of(list(range(8))).float()
        return states.std(dim=(0, 2)).unsqueeze(1).clamp_min(1e-3)

    def train_step(self) -> dict:
        """One step; says how it went."""
        progress = self.step / self.steps
        self.tighten(progress)
        if progress >= self.plan.round_from:
            self.student.encoding = self.plan.encoding
        self.student.refresh()
        count = self.plan.windows_per_step
        first = self.tokens // self.corpus.shape[1]
        windows = [(first + i) % self.training_windows for i in range(count)]
        teaching = self.teacher_states.of(windows)
        states = self.student.states(torch.from_numpy(self.corpus[windows]).long())
        compared = torch.stack([states[block] for block in self.teacher_states.teacher.compared[:-1]], 1)
        hidden = hidden_error(compared, teaching[:, :-1].float(), self.deviation[:-1])
        divergence = HeadDivergence.apply(
            self.normalised(states[-1], self.student.output_norm), self.normalised(teaching[:, -1].float(), self.model.output_norm),
            self.student.embedding, self.teacher_head,
        )
        (divergence + self.plan.hidden_weight * hidden).backward()
        self.update(self.plan.rate_at(progress))
        self.step += 1
        return {"divergence": divergence.item(), "hidden": hidden.item(), "density": self.student.density()}

    def normalised(self, states: torch.Tensor, norm: torch.Tensor) -> torch.Tensor:
        return llama.rms_norm(states, norm, self.model.shape.norm_epsilon).bfloat16().flatten(0, 1)

    @torch.no_grad()
    def update(self, rate: float) -> None:
        for layer in range(self.model.shape.layers):
            for name in MATRICES:
                effective = self.student.effective[layer][name]
                master, live = self.student.masters[layer][name], self.student.live[layer][name]
                self.optimizers[layer][name].step(master, live, effective.grad, rate)
                effective.grad = None
        if self.embedding_optimizer:
            everything = torch.ones((), dtype=torch.bool)
            self.embedding_optimizer.step(self.student.embedding_master, everything, self.student.embedding.grad, rate)
            self.student.embedding.grad = None
        for group in self.norm_optimizer.param_groups:
            group["lr"] = rate * NORM_RATE
        self.norm_optimizer.step()
        self.norm_optimizer.zero_grad()

    def tighten(self, progress: float) -> None:
        """Chooses which blocks live as the density goes down."""
        if self.plan.tighten == 0 or progress > self.plan.tighten + TIGHTEN_STEPS / self.steps or self.step % TIGHTEN_STEPS != 0:
            return
        student = self.student
        budgets = row_budgets(student.masters, self.information, self.pattern, self.plan.density_at(progress))
        for layer, matrices in enumerate(student.masters):
            for name, master in matrices.items():
                scores = self.pattern.block_sums(master.square() * self.information[layer][name][1])
                student.live[layer][name] = self.pattern.expand(self.pattern.live(scores, budgets[layer][name]))
                master.mul_(student.live[layer][name])

    def run(self, until_seconds: float, texts: dict[str, ScoredText], score_every: int) -> None:
        """Trains to the end of the plan, or for so long; scores `texts` whenever so many tokens are through."""
        self.resume()
        if self.step == 0:
            self.log_scores(texts)
        begin = saved = time.monotonic()
        while self.step < self.steps and time.monotonic() - begin < until_seconds:
            started = time.monotonic()
            tokens_before = self.tokens
            line = self.train_step()
            seconds = time.monotonic() - started
            line |= {"step": self.step, "tokens": self.tokens, "tokens_per_second": (self.tokens - tokens_before) / seconds}
            self.log(line)
            print(
                f"\r{self.step} of {self.steps} steps, {self.tokens:,} tokens, density {line['density']:.3f}, "
                f"divergence {line['divergence']:.4f}, hidden {line['hidden']:.4f}, {line['tokens_per_second']:.0f} tokens/s ",
                end="", flush=True,
            )
            if self.tokens // score_every != tokens_before // score_every or self.step == self.steps:
                self.log_scores(texts)
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                self.save()
                saved = time.monotonic()
        self.save()
        print()

    def log_scores(self, texts: dict[str, ScoredText]) -> None:
        """Ratios of perplexities and mean divergences by text, and over the evaluation's."""
        self.student.refresh()
        all_texts, result = Score(0, 0.0, 0.0, 0.0), {}
        for name, text in texts.items():
            of_text = score(self.student, self.teacher_head, text)
            result[name] = {"ratio": of_text.ratio, "divergence": of_text.mean_divergence}
            if name != "validation":
                all_texts += of_text
        if all_texts.tokens:
            result["overall"] = {"ratio": all_texts.ratio, "divergence": all_texts.mean_divergence}
        print("\n" + ", ".join(f"{name} {value['ratio']:.4f} ({value['divergence']:.4f})" for name, value in result.items()))
        self.log({"tokens": self.tokens, "density": self.student.density(), "scores": result})

    def log(self, line: dict) -> None:
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def save(self) -> None:
        """All that a later run goes on from."""
        content = {
            "step": self.step,
            "student": self.student.content(),
            "optimizers": [
                {name: optimizer.state() for name, optimizer in layer.items()} for layer in self.optimizers
            ],
            "norm_optimizer": self.norm_optimizer.state_dict(),
        }
        if self.embedding_optimizer:
            content["embedding_optimizer"] = self.embedding_optimizer.state()
        write_whole(self.folder / CHECKPOINT, lambda path: torch.save(content, path))

    def resume(self) -> None:
        """Goes on where the folder's run stopped, if it has the same plan."""
        self.folder.mkdir(parents=True, exist_ok=True)
        described = self.folder / PLAN
        description = asdict(self.plan) | {"model_sha256": self.model.digest, "corpus_sha256": self.teacher_states.corpus_digest}
        if described.exists() and read_json(described, "") != description:
            raise StageError(
                f"{self.folder} holds a run of another plan, model or corpus ({described}): give another name or delete it"
            )
        write_json(described, description)
        checkpoint = self.folder / CHECKPOINT
        if checkpoint.exists():
            self.restore(torch.load(checkpoint, weights_only=True, mmap=True))
        elif self.plan.start:
            self.student.load(read_start(self.folder.parent / self.plan.start, self.plan.pattern, self.model.digest))
        if self.plan.embedding:
            self.student.train_embedding(self.plan.embedding)

    @torch.no_grad()
    def restore(self, content: dict) -> None:
        """From what `save` wrote."""
        self.step = content["step"]
        self.student.load(content["student"])
        for layer, optimizers in enumerate(self.optimizers):
            for name, optimizer in optimizers.items():
                optimizer.restore(content["optimizers"][layer][name])
        if self.embedding_optimizer:
            self.embedding_optimizer.restore(content["embedding_optimizer"])
        self.norm_optimizer.load_state_dict(content["norm_optimizer"])
        print(f"going on after {self.tokens:,} tokens")
