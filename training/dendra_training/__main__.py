# SPDX-License-Identifier: Apache-2.0
"""The stages of a training, a command for each: see `training/README.md`."""

import argparse
import math
import sys
from pathlib import Path

import numpy as np
import torch

from dendra_training import corpus, sampling, sparsegpt
from dendra_training.evaluation import text_windows
from dendra_training.gguf_model import MATRICES, GgufModel
from dendra_training.patterns import ENCODINGS, PATTERNS, Pattern
from dendra_training.stage import StageError, read_json, require, require_digest, sha256, write_json, write_whole
from dendra_training.teacher import Teacher, TeacherStates
from dendra_training.training import Plan, Trainer
from dendra_training.vocabulary import Vocabulary

REPOSITORY = Path(__file__).resolve().parents[2]
TEXTS = REPOSITORY / "server/src/main/resources/dev/dendra/evaluation"
EVALUATION = [TEXTS / f"{name}.txt" for name in ("literature", "code", "prose")]
CALIBRATION_WINDOWS = 48
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

    def moments(self) -> list[dict]:
        """Of the dense model's inputs, by block and matrix."""
        path = require(self.folder / "moments.pt", f"{PROGRAM} moments")
        description = read_json(self.folder / "moments.json", f"{PROGRAM} moments")
        if description["corpus_sha256"] != sha256(self.folder / "corpus.npy"):
            raise StageError(f"{path} is of another corpus: run `{PROGRAM} moments` again")
        return torch.load(path, weights_only=True, mmap=True)

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


def moments(workplace: Workplace, arguments) -> None:
    found = []

    def keep(layer: int, matrices: dict, inputs: sparsegpt.InputMoments) -> dict:
        found.append({name: inputs.damped(name) for name in MATRICES})
        return matrices

    sparsegpt.walk(workplace.model, workplace.calibration(), keep)
    write_whole(workplace.folder / "moments.pt", lambda path: torch.save(found, path))
    write_json(workplace.folder / "moments.json", {"corpus_sha256": sha256(workplace.folder / "corpus.npy")})


def prune(workplace: Workplace, arguments) -> None:
    pattern = Pattern(arguments.pattern)
    pruned = []

    def change(layer: int, matrices: dict, inputs: sparsegpt.InputMoments) -> dict:
        pruned.append(
            {name: sparsegpt.prune_matrix(m, inputs.damped(name), pattern, arguments.density) for name, m in matrices.items()}
        )
        return pruned[-1]

    sparsegpt.walk(workplace.model, workplace.calibration(), change)
    path = workplace.folder / f"pruned-{arguments.pattern}-{arguments.density}.pt"
    write_whole(path, lambda unfinished: torch.save(pruned, unfinished))


def train(workplace: Workplace, arguments) -> None:
    plan = Plan(
        pattern=arguments.pattern, density=arguments.density, encoding=arguments.encoding, tokens=arguments.tokens,
        start_density=arguments.start_density, tighten=arguments.tighten, round_from=arguments.round_from, rate=arguments.rate,
        hidden_weight=arguments.hidden_weight, windows_per_step=arguments.windows_per_step, rotated=not arguments.plain_adam,
    )
    windows, description = workplace.corpus()
    trained = len(windows) - description["validation_windows"]
    states = workplace.teacher_states(not arguments.eager)
    trainer = Trainer(
        plan, workplace.model, windows, trained, states, workplace.folder / arguments.run, workplace.moments(), not arguments.eager
    )
    vocabulary = Vocabulary(workplace.model)
    texts = {"validation": torch.from_numpy(windows[trained:]).long()}
    if arguments.score_texts:
        texts |= {path.stem: text_windows(vocabulary, path, arguments.score_texts) for path in EVALUATION}
    trainer.run(arguments.minutes * 60, texts, arguments.score_every)


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

    stage = stages.add_parser("moments", help="measure the inputs of the dense model's products")
    stage.set_defaults(run_stage=moments)

    stage = stages.add_parser("prune", help="prune in one shot, by SparseGPT")
    stage.add_argument("--pattern", choices=PATTERNS, required=True)
    stage.add_argument("--density", type=float, required=True)
    stage.set_defaults(run_stage=prune)

    stage = stages.add_parser("train", help="train a sparse student; goes on where a run of that name stopped")
    stage.add_argument("--run", required=True, help="name of the run's folder")
    stage.add_argument("--pattern", choices=PATTERNS, required=True)
    stage.add_argument("--density", type=float, required=True)
    stage.add_argument("--encoding", choices=ENCODINGS, default="i8")
    stage.add_argument("--tokens", type=int, required=True)
    for name in ("start_density", "tighten", "round_from", "rate", "hidden_weight"):
        default = getattr(Plan, name)
        stage.add_argument("--" + name.replace("_", "-"), type=float, default=default, help=f"default: {default}")
    stage.add_argument("--windows-per-step", type=int, default=Plan.windows_per_step)
    stage.add_argument("--plain-adam", action="store_true", help="Adam in the coordinates of the weights")
    stage.add_argument("--minutes", type=float, default=math.inf, help="stop after so long, to go on later")
    stage.add_argument("--score-texts", type=int, default=0, metavar="TOKENS", help="score the first TOKENS of each evaluation text")
    stage.add_argument("--score-every", type=int, default=100_000, metavar="TOKENS")
    stage.add_argument("--eager", action="store_true", help="without torch.compile")
    stage.set_defaults(run_stage=train)
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
