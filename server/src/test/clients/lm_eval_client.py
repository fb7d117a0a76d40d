# SPDX-License-Identifier: Apache-2.0
"""lm-evaluation-harness, model local-completions, against a live server: a choice among endings that any model knows.

The tokenizer is the server's own (/tokenizer_info, /tokenize), so nothing is fetched.
"""
import sys

from lm_eval.api.instance import Instance
from lm_eval.models.openai_completions import LocalCompletionsAPI

base = sys.argv[1].rstrip("/")
QUESTIONS = [
    ("The capital of France is", [" Paris", " Berlin", " cheese"]),
    ("One, two, three, four,", [" five", " blue", " Paris"]),
    ("The opposite of hot is", [" cold", " yellow", " seven"]),
    ("Monday, Tuesday, Wednesday,", [" Thursday", " August", " green"]),
    ("The sun rises in the", [" east", " spoon", " piano"]),
    ("Water freezes and becomes", [" ice", " bread", " music"]),
]

model = LocalCompletionsAPI(
    base_url=base + "/v1/completions",
    model=None,
    tokenizer_backend="remote",
    tokenized_requests=True,
    num_concurrent=1,
    max_length=1024,
    batch_size=4,
)
instances = [
    Instance(request_type="loglikelihood", doc={}, arguments=(question, ending), idx=i)
    for question, endings in QUESTIONS
    for i, ending in enumerate(endings)
]
scores = iter(model.loglikelihood(instances, disable_tqdm=True))
right = 0
for question, endings in QUESTIONS:
    likelihoods = [next(scores) for _ in endings]
    best = max(range(len(endings)), key=lambda i: likelihoods[i][0])
    right += best == 0
    print(question, [round(score, 3) for score, _ in likelihoods], "greedy", [greedy for _, greedy in likelihoods])
rolling = model.loglikelihood_rolling(
    [Instance(request_type="loglikelihood_rolling", doc={}, arguments=("The sun rises in the east.",), idx=0)],
    disable_tqdm=True,
)
print(right, "of", len(QUESTIONS), "right; a sentence has a log-likelihood of", rolling[0])
sys.exit(0 if right >= len(QUESTIONS) - 1 and float(rolling[0]) < 0 else 1)
