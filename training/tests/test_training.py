# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
import small_model
import torch

from dendra_training.export import exact_logits, write_gguf, write_logits
from dendra_training.gguf_model import MATRICES, GgufModel
from dendra_training.patterns import Pattern
from dendra_training.stage import StageError, sha256
from dendra_training.student import Student
from dendra_training.teacher import Teacher, TeacherStates
from dendra_training.training import Plan, Trainer

WINDOW, STEP = 32, 2 * 32


@pytest.fixture
def model(tmp_path):
    return GgufModel(small_model.write(tmp_path / "small.gguf"))


def trainer(model, folder, **changes):
    folder.mkdir(exist_ok=True)
    corpus = np.random.default_rng(13).integers(0, small_model.VOCABULARY, (12, WINDOW), dtype=np.int32)
    states = TeacherStates(Teacher(model, WINDOW, torch.float32, False), corpus, "digest", folder)
    information = [{name: (torch.ones(len(m)), torch.ones(m.shape[1])) for name, m in layer.items()} for layer in model.matrices]
    settings = {"pattern": "1x4", "density": 0.5, "encoding": "i8", "tokens": 6 * STEP, "tighten": 0.5, "windows_per_step": 2}
    return Trainer(Plan(**settings | changes), model, corpus, 10, states, folder / "run", information, compile_block=False)


def texts(trainer):
    return {"validation": torch.from_numpy(trainer.corpus[10:]).long()}


def logged(folder, key):
    lines = (json.loads(line) for line in (folder / "run" / "log.jsonl").read_text(encoding="utf-8").splitlines())
    return [line[key] for line in lines if key in line]


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(model, tmp_path):
    whole = trainer(model, tmp_path / "whole")
    whole.run(float("inf"), {}, 10**9)
    parted = trainer(model, tmp_path / "parted")
    parted.folder.mkdir(parents=True)
    parted.resume()
    for _ in range(3):
        parted.train_step()
    parted.save()
    resumed = trainer(model, tmp_path / "parted")
    resumed.run(float("inf"), {}, 10**9)
    assert resumed.step == whole.step == 6
    for layer in range(small_model.LAYERS):
        for name in MATRICES:
            assert torch.equal(resumed.student.masters[layer][name], whole.student.masters[layer][name])
            assert torch.equal(resumed.student.live[layer][name], whole.student.live[layer][name])


def test_densities_go_down_and_training_wins_back(model, tmp_path):
    run = trainer(model, tmp_path / "tight", tokens=40 * STEP, rate=3e-3)
    run.run(float("inf"), texts(run), 10 * STEP)
    densities = logged(tmp_path / "tight", "density")
    assert densities[0] == 1 and densities[-1] == pytest.approx(0.5, abs=0.01)
    divergences = logged(tmp_path / "tight", "divergence")
    assert divergences[0] < 0.01
    assert divergences[-1] < 0.7 * max(divergences)
    scores = logged(tmp_path / "tight", "scores")
    assert abs(scores[0]["validation"]["ratio"] - 1) < 0.02
    assert len(scores) == 5


def test_a_folder_of_another_plan_is_refused(model, tmp_path):
    trainer(model, tmp_path / "a").run(0, {}, 10**9)
    with pytest.raises(StageError, match="another plan"):
        trainer(model, tmp_path / "a", density=0.75).run(0, {}, 10**9)


def test_pruned_weights_of_another_pattern_are_refused(model, tmp_path):
    run = trainer(model, tmp_path / "a", start="pruned.pt", pattern="16x4")
    torch.save(Student(model, WINDOW, Pattern("1x4"), "f32", False).content(), tmp_path / "a" / "pruned.pt")
    with pytest.raises(StageError, match="pruned.pt is pruned in 1x4, not in 16x4"):
        run.run(0, {}, 10**9)


def test_states_are_computed_once_and_those_of_another_corpus_are_not_taken(model, tmp_path):
    first = trainer(model, tmp_path / "a").teacher_states
    expected = first.of([3, 1])
    second = trainer(model, tmp_path / "a").teacher_states
    second.teacher.states = None
    assert torch.equal(second.of([3, 1]), expected)
    other = TeacherStates(Teacher(model, WINDOW, torch.float32, False), first.corpus, "other", tmp_path / "a")
    assert not other.done.any()


@pytest.mark.parametrize("encoding", ("i8", "u4g32"))
def test_an_exported_student_is_what_is_served(model, tmp_path, encoding):
    student = Student(model, WINDOW, Pattern("1x4"), encoding, False)
    for layer in range(small_model.LAYERS):
        for name, live in student.live[layer].items():
            live[:, 8:16] = False
    path = tmp_path / "student.gguf"
    write_gguf(model, student, {"tokens": 7, "density": 0.5, "encoding": encoding}, path)
    read = GgufModel(path)
    assert read.field("general.name") == "small"
    assert read.field("dendra.training.tokens") == 7
    assert read.field("dendra.training.encoding") == encoding
    assert torch.equal(read.embedding, model.embedding)
    assert read.tensors["token_embd.weight"].tensor_type == model.tensors["token_embd.weight"].tensor_type
    for layer in range(small_model.LAYERS):
        for name in MATRICES:
            assert torch.equal(read.matrices[layer][name], student.served(layer, name))
            assert (read.matrices[layer][name][:, 8:16] == 0).all()
    write_logits(student, [[5, 3, 2, 8]], path, tmp_path / "logits.json")
    described = json.loads((tmp_path / "logits.json").read_text(encoding="utf-8"))
    assert described["model_sha256"] == sha256(path)
    last = described["sequences"][0]["positions"][-1]
    logits = exact_logits(student, torch.tensor([5, 3, 2, 8]))[3]
    assert last["position"] == 3 and last["top"][0][0] == logits.argmax().item()
    assert last["top"][9][1] == pytest.approx(logits.sort(descending=True).values[9].item(), abs=1e-4)


def test_only_llama_models_are_taken(tmp_path):
    with pytest.raises(StageError, match="a model of the kind gpt2"):
        GgufModel(small_model.write(tmp_path / "other.gguf", "gpt2"))
    (tmp_path / "broken.gguf").write_bytes(b"GGUX" * 100)
    with pytest.raises(StageError, match="broken.gguf is not a GGUF file"):
        GgufModel(tmp_path / "broken.gguf")
    with pytest.raises(StageError, match="missing.gguf is missing"):
        GgufModel(tmp_path / "missing.gguf")
