# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
import small_model
import torch

from dendra_training.evaluation import ScoredText
from dendra_training.export import exact_logits, write_gguf, write_logits
from dendra_training.gguf_model import MATRICES, GgufModel
from dendra_training.patterns import DENSE_ENCODINGS, Pattern
from dendra_training.stage import StageError, sha256
from dendra_training.start import average, write_weights
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
    windows = torch.from_numpy(trainer.corpus[10:]).long()
    return {"validation": ScoredText(windows, trainer.teacher_states.teacher, trainer.model.output_norm)}


def logged(folder, key):
    lines = (json.loads(line) for line in (folder / "run" / "log.jsonl").read_text(encoding="utf-8").splitlines())
    return [line[key] for line in lines if key in line]


@pytest.mark.parametrize("embedding", ("", "u4g32"))
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(model, tmp_path, embedding):
    whole = trainer(model, tmp_path / "whole", embedding=embedding)
    whole.run(float("inf"), {}, 10**9)
    parted = trainer(model, tmp_path / "parted", embedding=embedding)
    parted.folder.mkdir(parents=True)
    parted.resume()
    for _ in range(3):
        parted.train_step()
    parted.save()
    resumed = trainer(model, tmp_path / "parted", embedding=embedding)
    resumed.run(float("inf"), {}, 10**9)
    assert resumed.step == whole.step == 6
    assert torch.equal(resumed.student.embedding, whole.student.embedding)
    assert torch.equal(whole.student.embedding, model.embedding.bfloat16()) == (embedding == "")
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


def test_a_folder_of_another_corpus_is_refused(model, tmp_path):
    trainer(model, tmp_path / "a").run(0, {}, 10**9)
    other = trainer(model, tmp_path / "a")
    other.teacher_states.corpus_digest = "other"
    with pytest.raises(StageError, match="another plan, model or corpus"):
        other.run(0, {}, 10**9)


def pruned(model, path, **changes):
    student = Student(model, WINDOW, Pattern("1x4"), "f32", False)
    student.masters[0]["attention_output"][:, :4] = 0
    description = {"pattern": "1x4", "density": 0.99, "run": "", "model_sha256": model.digest, "corpus_sha256": "digest"}
    write_weights(path, student.content(), description | changes)


def test_a_run_begins_with_pruned_weights(model, tmp_path):
    run = trainer(model, tmp_path / "a", start="pruned.pt", tighten=0)
    pruned(model, tmp_path / "a" / "pruned.pt")
    run.run(0, {}, 10**9)
    assert not run.student.live[0]["attention_output"][:, :4].any()
    run.train_step()
    assert (run.student.masters[0]["attention_output"][:, :4] == 0).all()


def test_a_run_goes_on_from_the_student_of_another(model, tmp_path):
    first = trainer(model, tmp_path / "a", embedding="u4g32")
    first.run(float("inf"), {}, 10**9)
    first.folder.rename(tmp_path / "a" / "first")
    second = trainer(model, tmp_path / "a", start="first", tighten=0)
    second.run(0, {}, 10**9)
    assert torch.equal(second.student.embedding, first.student.embedding)
    for layer in range(small_model.LAYERS):
        for name in MATRICES:
            assert torch.equal(second.student.masters[layer][name], first.student.masters[layer][name])
            assert torch.equal(second.student.live[layer][name], first.student.live[layer][name])
    (tmp_path / "a" / "run" / "checkpoint.pt").unlink()
    other = trainer(model, tmp_path / "a", start="first", tighten=0)
    (tmp_path / "a" / "first" / "plan.json").write_text('{"model_sha256": "f00d", "pattern": "1x4"}', encoding="utf-8")
    with pytest.raises(StageError, match="first is of another model .f00d."):
        other.run(0, {}, 10**9)


def test_an_average_is_that_of_every_tensor_and_its_dead_stay_dead(model):
    students = [Student(model, WINDOW, Pattern("1x4"), "f32", False) for _ in range(3)]
    for factor, student in enumerate(students, 1):
        student.masters[0]["attention_output"].mul_(factor)[:, :4] = 0
        with torch.no_grad():
            student.output_norm.mul_(factor)
    content = average([student.content() for student in students])
    assert content["pattern"] == "1x4"
    torch.testing.assert_close(content["output_norm"], 2 * model.output_norm)
    expected = 2 * model.matrices[0]["attention_output"]
    expected[:, :4] = 0
    torch.testing.assert_close(content["masters"][0]["attention_output"], expected)
    torch.testing.assert_close(content["masters"][1]["attention_output"], model.matrices[1]["attention_output"])


def test_pruned_weights_that_are_foreign_or_broken_are_refused(model, tmp_path):
    path = tmp_path / "a" / "pruned.pt"
    run = trainer(model, tmp_path / "a", start="pruned.pt")
    with pytest.raises(StageError, match="pruned.pt is missing"):
        run.run(0, {}, 10**9)
    pruned(model, path, pattern="16x4")
    with pytest.raises(StageError, match="pruned.pt is pruned in 16x4, not in 1x4"):
        run.run(0, {}, 10**9)
    pruned(model, path, model_sha256="f00d")
    with pytest.raises(StageError, match="pruned.pt is of another model .f00d."):
        run.run(0, {}, 10**9)
    pruned(model, path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StageError, match="pruned.pt is not the file of weights"):
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


@pytest.mark.parametrize("encoding", DENSE_ENCODINGS)
def test_a_trained_embedding_is_exported_in_its_encoding(model, tmp_path, encoding):
    student = Student(model, WINDOW, Pattern("1x4"), "i8", False)
    student.train_embedding(encoding)
    student.embedding_master.mul_(1.37).add_(0.01)
    student.refresh()
    write_gguf(model, student, {}, tmp_path / "student.gguf")
    read = GgufModel(tmp_path / "student.gguf")
    torch.testing.assert_close(read.embedding, student.served_embedding())
    assert not torch.equal(read.embedding, model.embedding)
    loaded = Student(model, WINDOW, Pattern("1x4"), "i8", False)
    loaded.load(student.content())
    assert torch.equal(loaded.served_embedding(), student.served_embedding())
    tokens = torch.tensor([5, 3, 2, 8])
    assert torch.equal(exact_logits(loaded, tokens), exact_logits(student, tokens))


def test_only_llama_models_are_taken(tmp_path):
    with pytest.raises(StageError, match="a model of the kind gpt2"):
        GgufModel(small_model.write(tmp_path / "other.gguf", "gpt2"))
    (tmp_path / "broken.gguf").write_bytes(b"GGUX" * 100)
    with pytest.raises(StageError, match="broken.gguf is not a GGUF file"):
        GgufModel(tmp_path / "broken.gguf")
    with pytest.raises(StageError, match="missing.gguf is missing"):
        GgufModel(tmp_path / "missing.gguf")
