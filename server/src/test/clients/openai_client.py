# SPDX-License-Identifier: Apache-2.0
"""The openai package against a live server: whole answers, streams, tools, structured output, errors, embeddings."""
import json
import os
import sys

import openai
import pydantic

base = sys.argv[1].rstrip("/")
key = os.environ.get("DENDRA_API_KEY")
client = openai.OpenAI(base_url=base + "/v1", api_key=key or "none", max_retries=0, timeout=300)
failures = 0


class Skipped(Exception):
    """The server does not do this; the message says what."""


def check(name):
    def run(test):
        global failures
        try:
            test()
            print("ok     ", name)
        except Skipped as reason:
            print("skipped", name + ":", reason)
        except Exception as problem:  # noqa: BLE001: whatever it is, the others still run
            failures += 1
            print("FAILED ", name, type(problem).__name__, problem)

    return run


model = client.models.list().data[0].id
messages = [
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "Name three rivers."}]},
]


@check("completion")
def _():
    answer = client.completions.create(model=model, prompt=["The capital of France is", "One, two,"], max_tokens=4,
                                       temperature=0, logprobs=2, echo=True)
    assert [choice.index for choice in answer.choices] == [0, 1]
    scores = answer.choices[0].logprobs
    assert scores.token_logprobs[0] is None and all(score <= 0 for score in scores.token_logprobs[1:])
    assert len(scores.tokens) == len(scores.text_offset) == len(scores.top_logprobs)
    assert "".join(scores.tokens) == answer.choices[0].text
    assert sum(len(choice.logprobs.tokens) for choice in answer.choices) == answer.usage.total_tokens
    assert answer.usage.prompt_tokens_details.cached_tokens >= 0
    assert answer.usage.completion_tokens_details.reasoning_tokens == 0


@check("completion: a prompt alone is scored as in a longer request")
def _():
    ask = dict(model=model, prompt="The capital of France is Paris", temperature=0, logprobs=1, echo=True)
    alone = client.completions.create(max_tokens=0, **ask).choices[0].logprobs.token_logprobs
    longer = client.completions.create(max_tokens=1, **ask).choices[0].logprobs.token_logprobs
    assert len(longer) == len(alone) + 1 and all(abs(a - b) < 1e-3 for a, b in zip(alone[1:], longer[1:])), (alone, longer)


@check("completion: the best of several")
def _():
    answer = client.completions.create(model=model, prompt="Once", max_tokens=4, n=1, best_of=3, seed=1)
    assert len(answer.choices) == 1 and answer.usage.completion_tokens > 4


@check("completion, streamed, two choices")
def _():
    texts = {}
    usage = None
    for chunk in client.completions.create(model=model, prompt="Once", max_tokens=4, n=2, stream=True,
                                           stream_options={"include_usage": True}):
        for choice in chunk.choices:
            texts[choice.index] = texts.get(choice.index, "") + choice.text
        usage = chunk.usage or usage
    assert set(texts) == {0, 1} and usage.completion_tokens <= 8


@check("chat")
def _():
    answer = client.chat.completions.create(model=model, messages=messages, max_completion_tokens=8, logprobs=True,
                                            top_logprobs=2, temperature=0)
    choice = answer.choices[0]
    assert choice.message.role == "assistant" and choice.finish_reason in ("stop", "length")
    assert len(choice.logprobs.content[0].top_logprobs) == 2


@check("chat, streamed, equals the whole answer")
def _():
    ask = dict(model=model, messages=messages, max_completion_tokens=12, temperature=0)
    whole = client.chat.completions.create(**ask).choices[0].message.content
    pieces = [chunk.choices[0].delta for chunk in client.chat.completions.create(stream=True, **ask)]
    assert pieces[0].role == "assistant" and pieces[0].content
    assert "".join(piece.content or "" for piece in pieces) == whole


@check("chat, streamed, with log-probabilities and usage")
def _():
    ask = dict(model=model, messages=messages, max_completion_tokens=8, temperature=0, logprobs=True, top_logprobs=1)
    whole = client.chat.completions.create(**ask)
    scores = []
    usages = []
    chunks = list(client.chat.completions.create(stream=True, stream_options={"include_usage": True}, **ask))
    for chunk in chunks:
        usages += [chunk.usage] if chunk.usage else []
        for choice in chunk.choices:
            scores += choice.logprobs.content if choice.logprobs else []
    assert [score.token for score in scores] == [score.token for score in whole.choices[0].logprobs.content]
    assert usages == [whole.usage.model_copy(update={"prompt_tokens_details": usages[0].prompt_tokens_details})], usages
    assert chunks[-1].choices == [] and chunks[-1].usage
    assert len({chunk.id for chunk in chunks}) == len({chunk.created for chunk in chunks}) == 1


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather of a place.",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    },
}


@check("tools: a call that is asked for, whole and streamed, and its result")
def _():
    ask = dict(model=model, messages=[{"role": "user", "content": "What is the weather in Oslo?"}], tools=[WEATHER],
               tool_choice={"type": "function", "function": {"name": "get_weather"}}, temperature=0,
               max_completion_tokens=48)
    choice = client.chat.completions.create(**ask).choices[0]
    call = choice.message.tool_calls[0]
    assert call.type == "function" and call.function.name == "get_weather" and call.id, call
    assert choice.finish_reason in ("tool_calls", "length"), choice
    if choice.finish_reason == "tool_calls":
        json.loads(call.function.arguments)
    name = ""
    arguments = ""
    for chunk in client.chat.completions.create(stream=True, **ask):
        for piece in chunk.choices[0].delta.tool_calls or []:
            assert piece.index == 0
            name += piece.function.name or ""
            arguments += piece.function.arguments or ""
    assert (name, arguments) == (call.function.name, call.function.arguments)
    answer = client.chat.completions.create(
        model=model, tools=[WEATHER], tool_choice="none", max_completion_tokens=4,
        messages=ask["messages"] + [choice.message, {"role": "tool", "tool_call_id": call.id, "content": "Rain, 7 degrees"}])
    assert answer.choices[0].message.tool_calls is None


class City(pydantic.BaseModel):
    name: str
    coastal: bool


@check("structured output: a class")
def _():
    try:
        answer = client.chat.completions.parse(
            model=model, messages=[{"role": "user", "content": "Describe Oslo."}], response_format=City, temperature=0,
            max_completion_tokens=128)
    except openai.BadRequestError as refusal:
        assert refusal.param.startswith("response_format"), refusal
        raise Skipped("this server does not constrain answers to a schema") from refusal
    assert isinstance(answer.choices[0].message.parsed, City), answer


@check("structured output: any object")
def _():
    try:
        answer = client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "Describe Oslo in JSON."}], temperature=0,
            response_format={"type": "json_object"}, max_completion_tokens=256)
    except openai.BadRequestError as refusal:
        assert refusal.param.startswith("response_format"), refusal
        raise Skipped("this server does not constrain answers to JSON") from refusal
    if answer.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(answer.choices[0].message.content), dict)


@check("responses")
def _():
    answer = client.responses.create(model=model, instructions="Be brief.", input="Name a river.", max_output_tokens=8)
    assert answer.status in ("completed", "incomplete") and answer.output_text and answer.usage.total_tokens > 0


@check("responses, streamed")
def _():
    types = []
    text = ""
    with client.responses.stream(model=model, input=[{"role": "user", "content": "Name a river."}],
                                 max_output_tokens=8) as stream:
        for event in stream:
            types.append(event.type)
            if event.type == "response.output_text.delta":
                text += event.delta
    assert types[0] == "response.created" and types[-1] in ("response.completed", "response.incomplete"), types
    assert text


@check("embeddings, in base64 by default")
def _():
    try:
        answer = client.embeddings.create(model=model, input=["one", "two"])
    except openai.BadRequestError as refusal:
        assert refusal.param == "model", refusal
        raise Skipped("this server makes none") from refusal
    assert len(answer.data) == 2 and len(answer.data[0].embedding) == len(answer.data[1].embedding) > 0
    plain = client.embeddings.create(model=model, input=["one"], encoding_format="float")
    assert max(abs(a - b) for a, b in zip(plain.data[0].embedding, answer.data[0].embedding)) < 1e-3


@check("errors")
def _():
    try:
        client.chat.completions.create(model=model, messages=messages, temperature=9)
        raise AssertionError("taken")
    except openai.BadRequestError as refusal:
        assert refusal.param == "temperature" and refusal.type == "invalid_request_error" and refusal.request_id
    try:
        client.chat.completions.create(model="no such model", messages=messages)
        raise AssertionError("taken")
    except openai.NotFoundError as refusal:
        assert refusal.code == "model_not_found" and refusal.param == "model"
    try:
        client.completions.create(model=model, prompt="word " * 200000, max_tokens=1)
        raise AssertionError("taken")
    except openai.BadRequestError as refusal:
        assert refusal.code == "context_length_exceeded" and refusal.param == "prompt", refusal


@check("errors: a wrong key")
def _():
    if not key:
        raise Skipped("this server asks for none; set DENDRA_API_KEY for one that does")
    try:
        client.with_options(api_key="dk-wrong").models.list()
        raise AssertionError("taken")
    except openai.AuthenticationError as refusal:
        assert refusal.code == "invalid_api_key" and refusal.request_id, refusal


sys.exit(1 if failures else 0)
