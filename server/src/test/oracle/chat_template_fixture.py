#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the chat template fixture: what Hugging Face transformers renders for templates and conversations.

Each case is rendered by transformers.utils.chat_template_utils.render_jinja_template, the function behind
apply_chat_template (Jinja2's immutable sandbox, trim_blocks and lstrip_blocks on, loop controls, a tojson
that escapes neither HTML nor non-ASCII). The templates of published models are read from a folder of
.jinja files; SmolLM2's comes from a GGUF; those named `own-*` were written for this fixture to walk
through the language.

Run by hand, from a fresh virtual environment (torch is not needed for this one):

    python3 -m venv venv
    venv/bin/pip install -r requirements.txt
    venv/bin/python chat_template_fixture.py MODEL.gguf templates CASES.json

What the file holds:

  generator   versions of the packages used
  templates   by name: template text, bos_token, eos_token
  cases[]     name, template (a name from above), messages, tools (absent where none are passed) and
              options: add_generation_prompt, now (local time that strftime_now sees, ISO 8601; absent where
              the template does not ask) and any further variable under `variables`.
              Then either `expected`, the rendered text, or `error`: {kind, message}, where kind is
                raise_exception  the template refused; the message is its own
                undefined        an undefined value was used; the wording is Jinja2's and need not be matched
                type             an operation on operands of the wrong type; the message is absent
"""

import argparse
import datetime
import json
from importlib.metadata import version
from pathlib import Path

import gguf
import jinja2
from transformers.utils import chat_template_utils

NOW = "2025-03-09T14:05:06"

# Beginning and end tokens by template name, as the models' tokenizer configurations have them.
TOKENS = {
    "smollm2-135m-instruct": ("<|im_start|>", "<|im_end|>"),
    "llama-3-8b-instruct": ("<|begin_of_text|>", "<|eot_id|>"),
    "llama-3.1-8b-instruct": ("<|begin_of_text|>", "<|eot_id|>"),
    "llama-3.2-3b-instruct": ("<|begin_of_text|>", "<|eot_id|>"),
    "qwen2.5-7b-instruct": ("<|endoftext|>", "<|im_end|>"),
    "gemma-2-2b-it": ("<bos>", "<eos>"),
}


def system(text):
    return {"role": "system", "content": text}


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


WEATHER = {"type": "function", "function": {
    "name": "get_weather",
    "description": "Current weather at a place, in °C; \"<unknown>\" & 'n/a' are possible.",
    "parameters": {"type": "object", "properties": {
        "place": {"type": "string", "description": "City, e.g. Kraków"},
        "days": {"type": "integer", "minimum": 1, "default": 3},
        "detail": {"type": "boolean"},
        "limits": {"type": "array", "items": {"type": "number"}, "examples": [[0.5, -1.25e-07, 1e20, 10]]},
        "extra": {"type": ["object", "null"], "default": None, "properties": {}, "enum": []},
    }, "required": ["place"]}}}
CLOCK = {"type": "function", "function": {
    "name": "get_time", "description": "Local time.\nTakes no arguments.",
    "parameters": {"type": "object", "properties": {}}}}


def call(name, **arguments):
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


# name -> messages; rendered with every published template, with and without a generation prompt.
CONVERSATIONS = {
    "user": [user("Hello, who are you?")],
    "system-user": [system("You answer in one word."), user("What colour is the sky?")],
    "multi-turn": [user("Name a bird."), assistant("The wren."), user("Another?"), assistant("The heron."), user("Which is larger?")],
    "system-multi-turn": [system("Be brief."), user("2 + 2?"), assistant("4"), user("Times 3?")],
    "ends-with-assistant": [user("Count to three."), assistant("One, two,")],
    "unicode": [system("Antworte höflich. 丁寧に。"), user("¿Qué es «ñandú»? 👩‍🔬🇫🇮 \u00a0e\u0301 שלום"), assistant("Птица — 鳥 🐦"), user("ขอบคุณ")],
    "whitespace": [system("  Indented.\n\n"), user("\n\t  leading and trailing \u3000\n"), assistant(" padded "), user("\r\nx\r\n")],
    "unicode-no-system": [user("日本語と한국어 und Ümläute"), assistant("Да 🙂"), user("नमस्ते")],
    "whitespace-no-system": [user("\n  x \t"), assistant("  y\n\n"), user("\u00a0z\u2003\u200b")],
    "empty-content-no-system": [user(""), assistant(""), user(" ")],
    "empty-content": [system(""), user(""), assistant(""), user(" ")],
    "markup": [user("a < b && c > d; {{ not_a_variable }} {% if %} \"quoted\" 'single' \\n \\ / <|im_end|> <end_of_turn>")],
    "lines": [user("first\nsecond\n\nfourth\n")],
    "late-system": [user("Hi"), assistant("Hello"), system("From now on, rhyme."), user("Go on")],
    "roles-do-not-alternate": [user("One"), user("Two")],
    "starts-with-assistant": [assistant("Welcome."), user("Thanks")],
    "empty": [],
    "null-content": [user(None)],
    "missing-content": [{"role": "user"}],
    "custom-role": [{"role": "critic", "content": "Needs work."}],
}

# Operators, tests, filters, string methods, slices, tuples, literals: each line becomes a template of its own.
OWN_EXPRESSIONS = """\
{{ 1 + 2 * 3 - 4 }} {{ 7 // 2 }} {{ 7 / 2 }} {{ 7 % 3 }} {{ -7 // 2 }} {{ 2 ** 5 }} {{ 1.0 }} {{ 'a' ~ 1 ~ none ~ true }} {{ 'ab' * 2 }}
{{ 1 < 2 <= 2 }} {{ not 0 }} {{ '' or 'default' }} {{ 'x' and 'y' }} {{ 'a' in 'cat' }} {{ 3 not in [1, 2] }} {{ 1 == 1.0 }} {{ 'b' > 'a' }} {{ true }} {{ none }}
{{ [1, 'two', none, true, 2.5] }} {{ (1, 'x') }} {{ {'k': 'v', 'n': [1]} }} {{ 'it\\'s' }} {{ ["it's", 'q"q'] }}
{{ messages[0].role }} {{ messages[-1]['content'] }} {{ messages[1:] | length }} {{ messages[::-1][0].role }} {{ 'abcdef'[1:4] }} {{ 'abcdef'[::-2] }} {{ 'abc'[-1] }}
{{ nothing is defined }} {{ nothing is undefined }} {{ messages is iterable }} {{ messages is sequence }} {{ messages[0] is mapping }} {{ 'x' is string }} {{ 'x' is iterable }} {{ 1 is number }} {{ 1 is integer }} {{ 1.5 is float }} {{ none is none }} {{ true is boolean }} {{ true is true }} {{ 4 is even }} {{ 3 is odd }} {{ 6 is divisibleby 3 }} {{ 2 is in [1, 2] }} {{ 1 is eq 1 }} {{ 'a' is equalto('a') }} {{ 'x' is not none }}
[{{ nothing }}] {{ nothing | default('d') }} {{ '' | default('d', true) }} {{ none | default('d') }} {{ messages[0].missing is defined }} {{ messages[0].missing | default('m') }}
{{ '  x y '.strip() }}|{{ '  x '.lstrip() }}|{{ '  x '.rstrip() }}|{{ 'xxaxx'.strip('x') }}|{{ '\\n\\nx\\n'.lstrip('\\n') }}|{{ 'a,b,c'.split(',') }}|{{ 'a,b,c'.split(',', 1) }}|{{ ' a  b '.split() }}|{{ 'a</t>b'.split('</t>')[-1] }}
{{ 'Abc'.upper() }} {{ 'Abc'.lower() }} {{ 'abc def'.title() }} {{ 'abc DEF'.capitalize() }} {{ 'abc'.startswith('ab') }} {{ 'abc'.endswith(('x', 'c')) }} {{ 'aXbX'.replace('X', '-') }} {{ 'aXbX'.replace('X', '-', 1) }} {{ ', '.join(['a', 'b']) }} {{ 'banana'.find('n') }} {{ 'banana'.count('an') }}
{{ [3, 1, 2] | sort | join('-') }} {{ ['b', 'A'] | sort }} {{ [1, 2, 2] | unique | list }} {{ [1, 2] | first }} {{ [1, 2] | last }} {{ [1, 2, 3] | sum }} {{ [1, 3] | max }} {{ [1, 3] | min }} {{ 'abc' | reverse }} {{ 'abc' | list }} {{ 'ab' | length }} {{ [[1, 2], [3]] | map('length') | list }} {{ [] | length }}
{{ messages | map(attribute='role') | join(', ') }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }} {{ messages | rejectattr('role', 'eq', 'system') | map(attribute='content') | list }} {{ [0, 1, '', 'a'] | select | list }} {{ ['a', 'b'] | reject('equalto', 'a') | list }} {{ ['a', 'b'] | map('upper') | list }}
{{ ' t ' | trim }}|{{ 'abc' | upper }} {{ 'ABC' | lower }} {{ 'hello world' | title }} {{ 'hELLO' | capitalize }} {{ 'a-b' | replace('-', '+') }} {{ '5' | int + 1 }} {{ 'x' | int(7) }} {{ '2.5' | float }} {{ 5 | string + '!' }} {{ 2.567 | round(2) }} {{ 2.5 | round | int }} {{ -3 | abs }} {{ '<a & "b">' | e }} {{ '<b>' | safe }} {{ "%s is %d" | format('x', 3) }}
{{ 'a\\nb\\n\\nc' | indent(2) }}
{{ 'a\\nb' | indent(2, true) }}
{{ {'a': 1, 'b': 'ü<&>\\'"', 'c': [true, none, 1.5, []], 'd': {}} | tojson }}
{{ {'a': [1, {'b': 2}], 'e': []} | tojson(indent=2) }}
{{ {'b': 1, 'a': 2} | tojson(sort_keys=true, separators=(',', ':')) }} {{ 'quote " back \\\\ tab \\t nl \\n \\u0001 é' | tojson }} {{ 'é' | tojson(ensure_ascii=true) }}
{{ {'a': 1}.get('a') }} {{ {'a': 1}.get('b', 'none here') }} {{ {'a': 1}.keys() | list }} {{ {'a': 1}.values() | list }} {{ 'a' in {'a': 1} }} {{ dict(x=1, y=2) }} {{ {'a': {'b': 'deep'}}.a.b }} {{ {'a': 1}['zz'] is defined }}
{{ 'yes' if messages else 'no' }} {{ 'yes' if false }}| {{ ('a' if 0 else 'b') ~ 'c' }} {{ (messages | length) > 1 and messages[0].role == 'system' }} {{ not messages[0].role == 'user' }} {{ 1 if 2 > 1 else 0 }} {{ -1 | abs + 1 }} {{ not true or true }}"""

OWN_TEMPLATES = {
    # Whitespace control, trim_blocks, lstrip_blocks, comments, raw, the newline at the end.
    "own-whitespace": """\
{# a comment
   on two lines #}
Start
    {% if true %}
  kept indent
    {% endif %}
{%- for m in messages %}

  [{{ m.role }}]
  {{- ' ' ~ m.content -}}
  {%+ if loop.last %} last{% endif +%}
{%- endfor %}
{% raw %}{{ raw }} {% x %}{% endraw %}
{{ '\\t\\'"\\\\ \\u00e9 \\x41' }}|{{ "it's" }}
End

""",
    # Loops, namespaces, break and continue, else, unpacking, scoping of set.
    "own-loops": """\
{%- set ns = namespace(count=0, seen=[]) -%}
{%- set outer = 'unchanged' -%}
{%- for m in messages if m.role != 'system' -%}
{%- set outer = 'inner' -%}
{%- set ns.count = ns.count + 1 -%}
{{ loop.index }}/{{ loop.length }} {{ loop.index0 }} {{ loop.revindex }} {{ loop.revindex0 }} {{ loop.first }} {{ loop.last }} \
{{ loop.previtem.role if loop.previtem is defined else '-' }} {{ loop.nextitem.role if loop.nextitem is defined else '-' }} {{ loop.cycle('odd', 'even') }}
{% endfor -%}
{{ outer }} {{ ns.count }}
{% for m in messages %}{% if m.role == 'system' %}{% continue %}{% endif %}{% if loop.index > 3 %}{% break %}{% endif %}{{ m.content }};{% endfor %}
{% for m in [] %}x{% else %}nothing{% endfor %}
{% for key, value in {'b': 1, 'a': [2, 3]}.items() %}{{ key }}={{ value }} {% endfor %}
{% for key, value in {'b': 1, 'a': 2} | dictsort %}{{ key }}={{ value }} {% endfor %}
{% for key, value in {'z': 1, 'y': none} | items %}{{ key }}={{ value }} {% endfor %}
{% for i in range(3) %}{{ i }}{% endfor %} {% for i in range(5, 0, -2) %}{{ i }}{% endfor %} {{ range(2) | list }}
{% for a in [1, 2] %}{% for b in 'xy' %}{{ a }}{{ b }}{{ loop.index }} {% endfor %}{% endfor %}""",
    # Macros, call blocks, filter blocks, set blocks, imports of the environment, dates.
    "own-macros": """\
{%- macro turn(role, content='(empty)', end=eos_token) -%}
<{{ role }}>{{ content | trim }}{{ end }}
{% endmacro -%}
{%- macro wrap() -%}[{{ caller() }}]{%- endmacro -%}
{{ bos_token }}
{%- for m in messages %}{{ turn(m.role, m.content) }}{% endfor -%}
{{ turn('tail') }}{{ turn(role='kw', end='') }}
{%- call wrap() %}inside{% endcall %}
{% set block %}captured {{ messages | length }}{% endset %}{{ block | upper }}
{% filter upper %}filtered {{ 'text' }}{% endfilter %}
{% if date_string is not defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}{{ date_string }}
{{ strftime_now('%Y-%m-%d %H:%M:%S %A %B %j %I %p %y %%') }}
{% set a, b = 1, 'two' %}{{ a }}{{ b }}
{% generation %}{{ enable_thinking | default(false) }}{% endgeneration %}
{% if add_generation_prompt %}<assistant>{% endif %}""",
}

OWN_TEMPLATES |= {f"own-expressions-{i:02}": line for i, line in enumerate(OWN_EXPRESSIONS.splitlines(), 1)}

PAIR = [system("S"), user("first"), assistant("second"), user("third"), assistant("fourth")]


def special_cases():
    """Cases beyond the product of conversations and templates: (name, template, messages, tools, variables)."""
    called = [user("Weather in Kraków?"), assistant("", tool_calls=[call("get_weather", place="Kraków", days=2)]),
              {"role": "tool", "content": "{\"celsius\": -3.5}"}, assistant("It is -3.5 °C."), user("Thanks")]
    twice = [system("Use tools."), user("Weather and time?"),
             assistant("I look.", tool_calls=[call("get_weather", place="<Oslo>"), call("get_time")]),
             {"role": "tool", "content": "snow"}, {"role": "tool", "content": "12:00"}]
    tools = [WEATHER, CLOCK]
    for name in ("llama-3.1-8b-instruct", "llama-3.2-3b-instruct", "qwen2.5-7b-instruct"):
        yield "tools-user", name, [user("Weather in Oslo?")], tools, {}
        yield "tools-system-user", name, [system("  Use tools. "), user(" Weather in Oslo? ")], tools, {}
        yield "tools-none-given", name, [user("Hi")], [], {}
        yield "tool-result", name, called, tools, {}
        yield "two-calls", name, twice, tools, {}
    for name in ("llama-3.1-8b-instruct", "llama-3.2-3b-instruct"):
        yield "tools-without-user", name, [system("Use tools.")], tools, {}
        yield "tools-in-system", name, [system("Be brief."), user("Weather?")], [WEATHER], {"tools_in_user_message": False}
        yield "custom-tools", name, [user("Weather?")], None, {"custom_tools": [CLOCK]}
        yield "date", name, [user("Which day is it?")], None, {"date_string": "01 Feb 2031"}
        yield "tool-result-object", name, [user("?"), {"role": "ipython", "content": {"ok": True, "n": [1, 2.5]}}], None, {}
    builtin = {"builtin_tools": ["code_interpreter", "web_search"]}
    search = assistant("", tool_calls=[call("web_search", query="otters", lang="en")])
    yield "builtin-tools", "llama-3.1-8b-instruct", [user("Find otters"), search], None, builtin
    for name in OWN_TEMPLATES:
        yield "pair", name, PAIR, None, {}
        if not name.startswith("own-expressions"):
            yield "unicode", name, CONVERSATIONS["unicode"], None, {}
    yield "variables", "own-macros", [user("x")], None, {"date_string": "01 Feb 2031", "enable_thinking": True}


def render(template, messages, tools, add_generation_prompt, variables):
    try:
        rendered = chat_template_utils.render_jinja_template(
            conversations=[messages], tools=tools, chat_template=template["template"],
            add_generation_prompt=add_generation_prompt,
            bos_token=template["bos_token"], eos_token=template["eos_token"], **variables)
        return {"expected": rendered[0][0]}
    except jinja2.exceptions.UndefinedError as e:
        return {"error": {"kind": "undefined", "message": e.message}}
    except jinja2.exceptions.TemplateSyntaxError:
        raise
    except jinja2.exceptions.TemplateError as e:
        return {"error": {"kind": "raise_exception", "message": e.message}}
    except TypeError:
        return {"error": {"kind": "type"}}


class FixedTime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromisoformat(NOW)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gguf", type=Path)
    parser.add_argument("templates", type=Path)
    parser.add_argument("output", type=Path)
    args = parser.parse_args()

    texts = {"smollm2-135m-instruct": gguf.GGUFReader(args.gguf).fields["tokenizer.chat_template"].contents()}
    texts |= {path.stem: path.read_text(encoding="utf-8") for path in sorted(args.templates.glob("*.jinja"))}
    published = list(texts)
    texts |= OWN_TEMPLATES
    templates = {}
    for name, text in texts.items():
        bos, eos = TOKENS.get(name, ("<s>", "</s>"))
        templates[name] = {"bos_token": bos, "eos_token": eos, "template": text}

    chat_template_utils.datetime = FixedTime  # what strftime_now asks
    wanted = [(case, name, messages, None, {}) for name in published for case, messages in CONVERSATIONS.items()]
    wanted += [case for case in special_cases() if case[1] in templates]
    cases = []
    for case, name, messages, tools, variables in wanted:
        for prompt in (True, False):
            if not prompt and "add_generation_prompt" not in templates[name]["template"]:
                continue
            entry = {"name": f"{name}/{case}" + ("" if prompt else "/no-prompt"), "template": name, "messages": messages}
            if tools is not None:
                entry["tools"] = tools
            entry["options"] = {"add_generation_prompt": prompt}
            if "strftime_now" in templates[name]["template"]:
                entry["options"]["now"] = NOW
            if variables:
                entry["options"]["variables"] = variables
            cases.append(entry | render(templates[name], messages, tools, prompt, variables))

    fixture = {
        "generator": {name: version(name) for name in ("transformers", "jinja2", "gguf")},
        "notes": "Made by chat_template_fixture.py; its docstring explains every field. Templates of published models "
                 "are data under those models' own licences.",
        "templates": templates,
        "cases": cases,
    }
    args.output.write_text(json.dumps(fixture, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    errors = [case for case in cases if "error" in case]
    print(f"{args.output.name}: {args.output.stat().st_size} bytes, {len(templates)} templates, {len(cases)} cases, {len(errors)} of them errors")


if __name__ == "__main__":
    main()
