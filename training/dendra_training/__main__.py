# SPDX-License-Identifier: Apache-2.0
"""The stages of a training, a command for each: see `training/README.md`."""

import argparse
import dataclasses
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch

from dendra_training import corpus, sampling, sparsegpt
from dendra_training.evaluation import ScoredText, text_windows
from dendra_training.export import write_gguf, write_logits
from dendra_training.gguf_model import MATRICES, GgufModel
from dendra_training.patterns import DENSE_ENCODINGS, ENCODINGS, PATTERNS, Pattern
from dendra_training.sensitivity import equal_budgets, fisher_information, row_budgets
from dendra_training.stage import StageError, read_json, require, require_digest, sha256, write_json, write_whole
from dendra_training.start import average, read_plan, read_start, run_before, write_weights
from dendra_training.student import Student
from dendra_training.teacher import Teacher, TeacherStates
from dendra_training.training import Plan, Trainer
from dendra_training.vocabulary import Vocabulary

REPOSITORY = Path(__file__).resolve().parents[2]
TEXTS = REPOSITORY / "server/src/main/resources/dev/dendra/evaluation"
EVALUATION = [TEXTS / f"{name}.txt" for name in ("literature", "code", "prose")]
CALIBRATION_WINDOWS = 48
INFORMATION_WINDOWS = 32
PROGRAM = "python -m dendra_training"


class Workplace:
    """The folder that stages share, and what earlier stages left in it, checked against their digests."""

    def __init__(self, folder: Path, model: GgufModel):
        self.folder = folder
        self.model = model

    def corpus(self) -> tuple[np.ndarray, dict]:
        """Windows of tokens [windows, 512], those for validation last, and their description."""
        description = read_json(self.folder / "corpus.json", f"{PROGRAM} corpus")
        path = require(self.folder / "corpus.npy", f"{PROGRAM} corpus")
        require_digest(path, description["sha256"], "corpus")
        if description["model_sha256"] != self.model.digest:
            raise StageError(f"{path} is for another model ({description['model_sha256']})")
        return np.load(path), description

    def calibration(self) -> torch.Tensor:
        """The first windows of the corpus."""
        return torch.from_numpy(self.corpus()[0][:CALIBRATION_WINDOWS]).long()

    def student(self, pattern: str, start: str, compile_block: bool) -> Student:
        """The dense model, or what a run or a file of weights has made of it."""
        student = Student(self.model, corpus.WINDOW, Pattern(pattern), "f32", compile_block)
        if start:
            student.load(read_start(self.folder / start, pattern, self.model.digest))
        return student

    def plans(self, start: str) -> list[dict]:
        """Of the runs that a student went through, the first one first."""
        run = run_before(self.folder / start) if start else ""
        if not run:
            return []
        plan = read_plan(self.folder / run, self.model.digest)
        return [*self.plans(plan["start"]), plan]

    def trained_tokens(self, start: str) -> int:
        """Of all these runs together."""
        run = run_before(self.folder / start) if start else ""
        if not run:
            return 0
        log = require(self.folder / run / "log.jsonl", f"{PROGRAM} train --run {run}")
        return max(json.loads(line)["tokens"] for line in log.read_text(encoding="utf-8").splitlines())

    def information(self) -> list[dict]:
        """Of the dense model's weights, by block and matrix."""
        path = require(self.folder / "information.pt", f"{PROGRAM} information")
        description = read_json(self.folder / "information.json", f"{PROGRAM} information")
        if description["corpus_sha256"] != sha256(self.folder / "corpus.npy"):
            raise StageError(f"{path} is of another corpus: run `{PROGRAM} information` again")
        return torch.load(path, weights_only=True)

    def teacher_states(self, compile_block: bool) -> TeacherStates:
        windows, description = self.corpus()
        teacher = Teacher(self.model, windows.shape[1], torch.bfloat16, compile_block)
        return TeacherStates(teacher, windows, description["sha256"], self.folder)


def sample(workplace: Workplace, arguments) -> None:
    vocabulary = Vocabulary(workplace.model)
    output = workplace.folder / "sampled.jsonl"
    sampling.sample(vocabulary, workplace.model.digest, arguments.server, arguments.seed, arguments.tokens, output)


def build_corpus(workplace: Workplace, arguments) -> None:
    corpus.build(Vocabulary(workplace.model), workplace.model.digest, workplace.folder, EVALUATION, arguments.seed)


def information(workplace: Workplace, arguments) -> None:
    student = workplace.student("1x1", "", True)
    found = fisher_information(student, workplace.corpus()[0][:INFORMATION_WINDOWS], seed=0)
    write_whole(workplace.folder / "information.pt", lambda path: torch.save(found, path))
    write_json(workplace.folder / "information.json", {"corpus_sha256": sha256(workplace.folder / "corpus.npy")})


def prune(workplace: Workplace, arguments) -> None:
    student = workplace.student(arguments.pattern, arguments.run, False)
    if arguments.equal:
        budgets = equal_budgets(student.masters, student.pattern, arguments.density)
    else:
        budgets = row_budgets(student.masters, workplace.information(), student.pattern, arguments.density)

    def change(layer: int, inputs: sparsegpt.InputMoments) -> None:
        for name, master in student.masters[layer].items():
            master.copy_(sparsegpt.prune_matrix(master, inputs.damped(name), student.pattern, budgets[layer][name]))

    sparsegpt.walk(student, workplace.calibration(), change)
    densities = {
        name: [round((layer[name] != 0).float().mean().item(), 3) for layer in student.masters] for name in MATRICES
    }
    description = {
        "pattern": arguments.pattern,
        "density": arguments.density,
        "run": arguments.run,
        "model_sha256": workplace.model.digest,
        "corpus_sha256": workplace.corpus()[1]["sha256"],
        "densities": densities,
    }
    write_weights(workplace.folder / arguments.output, student.content(), description)


def average_runs(workplace: Workplace, arguments) -> None:
    """Of runs that went on from each other, so that the same weights live in all."""
    contents = [read_start(workplace.folder / run, arguments.pattern, workplace.model.digest) for run in arguments.runs]
    student = workplace.student(arguments.pattern, arguments.runs[0], False)
    density = student.density()
    student.load(average(contents))
    if student.density() != density:
        raise StageError(f"other weights live in {arguments.runs[0]} than in the others: they cannot be averaged")
    description = {
        "pattern": arguments.pattern,
        "density": density,
        "run": arguments.runs[-1],
        "averaged": arguments.runs,
        "model_sha256": workplace.model.digest,
        "corpus_sha256": workplace.corpus()[1]["sha256"],
    }
    write_weights(workplace.folder / arguments.output, student.content(), description)


def train(workplace: Workplace, arguments) -> None:
    plan = Plan(**{field.name: getattr(arguments, field.name) for field in dataclasses.fields(Plan)})
    windows, description = workplace.corpus()
    trained = len(windows) - description["validation_windows"]
    states = workplace.teacher_states(not arguments.eager)
    trainer = Trainer(
        plan, workplace.model, windows, trained, states, workplace.folder / arguments.run, workplace.information(),
        workplace.trained_tokens(plan.start), not arguments.eager,
    )
    vocabulary = Vocabulary(workplace.model)
    scored = {"validation": torch.from_numpy(windows[trained:]).long()}
    if arguments.score_texts:
        scored |= {path.stem: text_windows(vocabulary, path, arguments.score_texts) for path in EVALUATION}
    texts = {name: ScoredText(ids, states.teacher, workplace.model.output_norm) for name, ids in scored.items()}
    trainer.run(arguments.minutes * 60, texts, arguments.score_every)


def export(workplace: Workplace, arguments) -> None:
    student = workplace.student(arguments.pattern, arguments.run, False)
    student.encoding = arguments.encoding
    described = workplace.corpus()[1]
    record = {
        "teacher_sha256": workplace.model.digest,
        "corpus_sha256": described["sha256"],
        "seed": described["seed"],
        "tokens": workplace.trained_tokens(arguments.run),
        "encoding": arguments.encoding,
        "embedding": student.embedding_encoding or "as the teacher's",
        "density": student.density(),
        "plans": json.dumps(workplace.plans(arguments.run), sort_keys=True),
    }
    write_gguf(workplace.model, student, record, arguments.output)
    print(f"{arguments.output}: density {student.density():.4f}, {record['tokens']:,} tokens")


def logits(workplace: Workplace, arguments) -> None:
    student = workplace.student(arguments.pattern, arguments.run, False)
    student.encoding = arguments.encoding
    windows, description = workplace.corpus()
    held_out = windows[-description["validation_windows"] :]
    sequences = [window[:length].tolist() for window, length in zip(held_out[::5], (1, 24, 65, 130), strict=False)]
    write_logits(student, sequences, require(arguments.packed, "dendra sparsify"), arguments.output)


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    result.add_argument("--model", type=Path, required=True, help="the dense .gguf file")
    result.add_argument("--folder", type=Path, required=True, help="where stages leave their results")
    result.add_argument("--threads", type=int, default=torch.get_num_threads())
    stages = result.add_subparsers(required=True, metavar="STAGE")

    stage = stages.add_parser("sample", help="let the model write texts, through a Dendra server")
    stage.add_argument("--server", default="http://127.0.0.1:8080")
    stage.add_argument("--tokens", type=int, default=450_000)
    stage.add_argument("--seed", type=int, default=1)
    stage.set_defaults(run_stage=sample)

    stage = stages.add_parser("corpus", help="make windows to train on")
    stage.add_argument("--seed", type=int, default=1)
    stage.set_defaults(run_stage=build_corpus)

    stage = stages.add_parser("information", help="measure how much each weight of the dense model counts")
    stage.set_defaults(run_stage=information)

    stage = stages.add_parser("prune", help="prune the dense model or a trained student, by SparseGPT")
    stage.add_argument("--pattern", choices=PATTERNS, required=True)
    stage.add_argument("--density", type=float, required=True)
    stage.add_argument("--run", default="", help="the run whose student is pruned (default: the dense model)")
    stage.add_argument("--equal", action="store_true", help="the same density in every row, instead of where it counts")
    stage.add_argument("--output", required=True, metavar="FILE", help="name of the file to write in the folder")
    stage.set_defaults(run_stage=prune)

    stage = stages.add_parser("train", help="train a sparse student; goes on where a run of that name stopped")
    stage.add_argument("--run", required=True, help="name of the run's folder")
    stage.add_argument("--pattern", choices=PATTERNS, required=True)
    stage.add_argument("--density", type=float, required=True)
    stage.add_argument("--start", default="", metavar="FILE", help="pruned weights, or a run, in the folder to begin with")
    stage.add_argument("--encoding", choices=ENCODINGS, default="i8")
    embedding_help = "train the embedding too, in that encoding (default: frozen)"
    stage.add_argument("--embedding", choices=DENSE_ENCODINGS, default="", help=embedding_help)
    stage.add_argument("--tokens", type=int, required=True)
    for name in ("start_density", "tighten", "round_from", "rate", "hidden_weight"):
        default = getattr(Plan, name)
        stage.add_argument("--" + name.replace("_", "-"), type=float, default=default, help=f"default: {default}")
    stage.add_argument("--windows-per-step", type=int, default=Plan.windows_per_step)
    stage.add_argument("--minutes", type=float, default=math.inf, help="stop after so long, to go on later")
    texts_help = "score the first TOKENS of each evaluation text"
    stage.add_argument("--score-texts", type=int, default=0, metavar="TOKENS", help=texts_help)
    stage.add_argument("--score-every", type=int, default=100_000, metavar="TOKENS")
    stage.add_argument("--eager", action="store_true", help="without torch.compile")
    stage.set_defaults(run_stage=train)
    stage = stages.add_parser("average", help="average the students of runs that went on from each other")
    stage.add_argument("--runs", nargs="+", required=True, metavar="RUN", help="the last one is the one that was trained longest")
    stage.add_argument("--pattern", choices=PATTERNS, required=True)
    stage.add_argument("--output", required=True, metavar="FILE", help="name of the file to write in the folder")
    stage.set_defaults(run_stage=average_runs)

    for name, run_stage, description in (
        ("export", export, "write the student as a GGUF file"),
        ("logits", logits, "write logits of the student to hold a server to"),
    ):
        stage = stages.add_parser(name, help=description)
        stage.add_argument("--run", required=True, help="or a file of averaged or pruned weights in the folder")
        stage.add_argument("--pattern", choices=PATTERNS, required=True)
        stage.add_argument("--encoding", choices=ENCODINGS, required=True)
        stage.add_argument("--output", type=Path, required=True, metavar="FILE")
        stage.set_defaults(run_stage=run_stage)
        if name == "logits":
            stage.add_argument("--packed", type=Path, required=True, metavar="FILE", help="the .dendra file of the student")
    return result


def main() -> int:
    arguments = parser().parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    try:
        arguments.run_stage(Workplace(arguments.folder, GgufModel(arguments.model)), arguments)
    except StageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
