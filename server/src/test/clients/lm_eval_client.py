# SPDX-License-Identifier: Apache-2.0
"""lm-evaluation-harness, model local-completions, against a live server.

The task is ours (lm_eval/dendra_choices.yaml) on the items of `dendra eval`, and the tokenizer is the server's own
(/tokenizer_info, /tokenize), so nothing is fetched. Each log-likelihood, which the harness takes from batches of echoed
prompts, is compared with what the server says when it is asked for that choice alone and for no further token.
"""
import json
import os
import pathlib
import sys
import tempfile
import urllib.request

os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ.setdefault("OPENAI_API_KEY", os.environ.get("DENDRA_API_KEY", ""))

import lm_eval  # noqa: E402: it reads the environment
from lm_eval.api.instance import Instance  # noqa: E402
from lm_eval.models.openai_completions import LocalCompletionsAPI  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402

TASK = "dendra_choices"
TOLERANCE = 1e-3
HERE = pathlib.Path(__file__).parent
ITEMS = HERE / "../../main/resources/dev/dendra/evaluation/choices.jsonl"
base = sys.argv[1].rstrip("/")


def ask(path, **body):
    headers = {"Content-Type": "application/json"}
    if os.environ.get("DENDRA_API_KEY"):
        headers["Authorization"] = "Bearer " + os.environ["DENDRA_API_KEY"]
    request = urllib.request.Request(base + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=300) as response:
        return json.load(response)


def tokens(text):
    return ask("/tokenize", prompt=text, add_special_tokens=False)["tokens"]


def log_likelihood(context, continuation):
    """Sum of the log-probabilities of the continuation's tokens, and whether each is the most likely one."""
    whole = tokens(context + continuation)
    begin = len(tokens(context))
    scores = ask("/v1/completions", prompt=whole, max_tokens=0, echo=True, logprobs=1, temperature=0)
    scores = scores["choices"][0]["logprobs"]
    of_tokens = scores["token_logprobs"][begin:]
    greedy = all(score == max(top.values()) for score, top in zip(of_tokens, scores["top_logprobs"][begin:]))
    return sum(of_tokens), greedy


def documents():
    """The items as `dendra eval` asks them: a prompt, what may follow it as it is, and which of that is right."""
    for line in ITEMS.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        prompt = f"Question: {item['question']}\nAnswer:" if "question" in item else item["context"]
        endings = [choice if prompt[-1].isspace() or choice[0].isspace() else " " + choice for choice in item["choices"]]
        yield {"prompt": prompt, "endings": endings, "answer": item["answer"]}


def evaluate(model):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        file = folder / "documents.jsonl"
        file.write_text("".join(json.dumps(document) + "\n" for document in documents()))
        task = (HERE / "lm_eval" / (TASK + ".yaml")).read_text()
        (folder / (TASK + ".yaml")).write_text(task.replace("test: documents.jsonl", f"test: {file}"))
        return lm_eval.simple_evaluate(
            model=model,
            tasks=[TASK],
            task_manager=TaskManager(include_path=name, include_defaults=False),
            limit=int(os.environ["DENDRA_ITEMS"]) if "DENDRA_ITEMS" in os.environ else None,
            bootstrap_iters=0,
            log_samples=True,
        )


model = LocalCompletionsAPI(
    base_url=base + "/v1/completions",
    model=None,
    tokenizer_backend="remote",
    auth_token=os.environ.get("DENDRA_API_KEY"),
    tokenized_requests=True,
    num_concurrent=1,
    max_length=512,
    batch_size=4,
)
results = evaluate(model)
samples = results["samples"][TASK]
failed = False
furthest = 0.0
compared = 0
for sample in samples:
    context = sample["doc"]["prompt"]
    for ending, (score, greedy) in zip(sample["doc"]["endings"], sample["filtered_resps"], strict=True):
        alone, alone_greedy = log_likelihood(context, ending)
        furthest = max(furthest, abs(score - alone))
        compared += 1
        if abs(score - alone) > TOLERANCE or greedy != alone_greedy:
            failed = True
            print("FAILED", context, ending, (score, greedy), "asked alone", (alone, alone_greedy))
accuracy = results["results"][TASK]["acc,none"]
print(f"{compared} log-likelihoods, at most {furthest:.2g} from those asked for alone; accuracy {accuracy:.4f}")
failed |= compared == 0

if "DENDRA_EVAL_JSON" in os.environ and "DENDRA_ITEMS" not in os.environ:
    choices = json.loads(pathlib.Path(os.environ["DENDRA_EVAL_JSON"]).read_text())["choices"]
    own = choices["model"]["accuracy"]["value"]
    print(f"`dendra eval` has an accuracy of {own:.4f}")
    # Of two choices that are nearly as likely either may win.
    failed |= abs(own - accuracy) > 1.5 / choices["items"]

SENTENCE = "The sun rises in the east."
rolling = float(model.loglikelihood_rolling(
    [Instance(request_type="loglikelihood_rolling", doc={}, arguments=(SENTENCE,), idx=0)], disable_tqdm=True)[0])
written = model.generate_until(
    [Instance(request_type="generate_until", doc={}, idx=0,
              arguments=("Monday, Tuesday, Wednesday,", {"until": [",", "."], "max_gen_toks": 8}))], disable_tqdm=True)[0]
print(f"a sentence has a log-likelihood of {rolling:.3f}; after Wednesday comes {written!r}")
failed |= not rolling < 0 or "," in written
sys.exit(1 if failed else 0)
