#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the fixture of chat templates with tools and reasoning: what Jinja2 renders for them.

The templates were written for this fixture. Each has the structure of one that published models use (which fields of
messages and tools it reads, how it writes calls and results, what it refuses), in few words. Jinja2 is set up as Hugging
Face transformers sets it up: an immutable sandbox, trim_blocks and lstrip_blocks on, loop controls, and a tojson that
escapes neither HTML nor non-ASCII.

Run by hand with any Python that has Jinja2 3 (Debian: python3-jinja2):

    python3 tool_template_fixture.py ../resources/oracle/tool_templates.json

What the file holds:

  templates   by name: template text, and what the server should find out about it: format (of calls), knows_tools,
              reasoning (whether it has a thinking part)
  cases[]     name, template, messages, tools (absent where none are passed), variables; then either `expected`, the text
              rendered with a generation prompt, or `error`, the message with which the template refused
"""

import json
import sys
from pathlib import Path

import jinja2
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

TEMPLATES = {
    "hermes": {"format": "hermes", "knows_tools": True, "reasoning": False, "template": """\
{{- bos_token }}
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}{{- messages[0]['content'] + '\\n\\n' }}{% endif %}
    {{- 'Tools:\\n<tools>' }}
    {%- for tool in tools %}{{- '\\n' }}{{- tool | tojson }}{% endfor %}
    {{- '\\n</tools>\\nCalls: <tool_call>{"name": ..., "arguments": ...}</tool_call><|im_end|>\\n' }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'user' or (message.role == 'assistant' and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>assistant' }}
        {%- if message.content %}{{- '\\n' + message.content }}{% endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function is defined %}{% set tool_call = tool_call.function %}{% endif %}
            {{- '\\n<tool_call>\\n{"name": "' + tool_call.name + '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}
            {{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == 'tool' %}
        {%- if loop.first or messages[loop.index0 - 1].role != 'tool' %}{{- '<|im_start|>user' }}{% endif %}
        {{- '\\n<tool_response>\\n' + message.content + '\\n</tool_response>' }}
        {%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}{{- '<|im_end|>\\n' }}{% endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}"""},

    "thinking": {"format": "hermes", "knows_tools": True, "reasoning": True, "template": """\
{%- if tools %}<|im_start|>system
{% for tool in tools %}{{ tool | tojson }}
{% endfor %}Answer calls within <tool_call></tool_call>.<|im_end|>
{% endif %}
{%- set ns = namespace(last_user=-1) %}
{%- for message in messages %}{% if message.role == 'user' %}{% set ns.last_user = loop.index0 %}{% endif %}{% endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if message.role == 'assistant' %}
        {%- set thought = '' %}
        {%- if message.reasoning_content is defined and message.reasoning_content is not none %}
            {%- set thought = message.reasoning_content %}
        {%- elif '</think>' in content %}
            {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {{- '<|im_start|>assistant\\n' }}
        {%- if loop.index0 > ns.last_user and thought %}{{- '<think>\\n' + thought + '\\n</think>\\n\\n' }}{% endif %}
        {{- content }}
        {%- for call in message.tool_calls or [] %}
            {{- '\\n<tool_call>\\n{"name": "' ~ call.function.name ~ '", "arguments": ' }}
            {%- if call.function.arguments is string %}{{- call.function.arguments }}
            {%- else %}{{- call.function.arguments | tojson }}{% endif %}
            {{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == 'tool' %}
        {{- '<|im_start|>user\\n<tool_response>\\n' + content + '\\n</tool_response><|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{% endif %}
{%- endif %}"""},

    "thinking-opened": {"format": "json", "knows_tools": False, "reasoning": True, "template": """\
{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content.split('</think>')[-1] if m.role == 'assistant' else m.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
<think>
{% endif %}"""},

    "llama3": {"format": "llama3", "knows_tools": True, "reasoning": False, "template": """\
{{- bos_token }}
{%- if not tools_in_user_message is defined %}{% set tools_in_user_message = true %}{% endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] | trim %}{% set messages = messages[1:] %}
{%- else %}{% set system_message = '' %}{% endif %}
{{- '<|im_start|>system\\n' }}{% if tools is not none %}{{- 'Environment: ipython\\n' }}{% endif %}
{%- if tools is not none and not tools_in_user_message %}
    {{- 'Answer with {"name": name, "parameters": values}.\\n\\n' }}
    {%- for t in tools %}{{- t | tojson(indent=4) }}{{- '\\n\\n' }}{% endfor %}
{%- endif %}
{{- system_message + '<|im_end|>' }}
{%- if tools_in_user_message and not tools is none %}
    {%- if messages | length != 0 %}
        {%- set first_user_message = messages[0]['content'] | trim %}{% set messages = messages[1:] %}
    {%- else %}{{- raise_exception('There is no user message that the tools could stand in.') }}{% endif %}
    {{- '<|im_start|>user\\n\\nAnswer with {"name": name, "parameters": values}.\\n\\n' }}
    {%- for t in tools %}{{- t | tojson(indent=4) }}{{- '\\n\\n' }}{% endfor %}
    {{- first_user_message + '<|im_end|>' }}
{%- endif %}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|im_start|>' + message['role'] + '\\n\\n' + message['content'] | trim + '<|im_end|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls | length == 1 %}{{- raise_exception('Only one call at a time.') }}{% endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '<|im_start|>assistant\\n\\n{"name": "' + tool_call.name + '", "parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- '}<|im_end|>' }}
    {%- else %}
        {{- '<|im_start|>ipython\\n\\n' }}
        {%- if message.content is mapping or message.content is iterable and message.content is not string %}
            {{- message.content | tojson }}
        {%- else %}{{- message.content }}{% endif %}
        {{- '<|im_end|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n\\n' }}{% endif %}"""},

    "mistral": {"format": "mistral", "knows_tools": True, "reasoning": False, "template": """\
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] %}{% set loop_messages = messages[1:] %}
{%- else %}{% set loop_messages = messages %}{% endif %}
{%- if not tools is defined %}{% set tools = none %}{% endif %}
{%- set user_messages = loop_messages | selectattr('role', 'equalto', 'user') | list %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message['role'] == 'user' %}
        {%- if tools is not none and message == user_messages[-1] %}
            {{- '[AVAILABLE_TOOLS] [' }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != 'return' %}
                    {%- if val is string %}{{- '"' + key + '": "' + val + '"' }}
                    {%- else %}{{- '"' + key + '": ' + val | tojson }}{% endif %}
                    {%- if not loop.last %}{{- ', ' }}{% endif %}
                {%- endfor %}
                {{- '}}' }}{% if not loop.last %}{{- ', ' }}{% else %}{{- ']' }}{% endif %}
            {%- endfor %}
            {{- '[/AVAILABLE_TOOLS]' }}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- '[INST] ' + system_message + '\\n\\n' + message['content'] + '[/INST]' }}
        {%- else %}{{- '[INST] ' + message['content'] + '[/INST]' }}{% endif %}
    {%- elif message.tool_calls is defined and message.tool_calls is not none %}
        {{- '[TOOL_CALLS] [' }}
        {%- for tool_call in message.tool_calls %}
            {%- set out = tool_call.function | tojson %}
            {{- out[:-1] }}
            {%- if not tool_call.id is defined or tool_call.id | length != 9 %}
                {{- raise_exception('Ids of calls have 9 characters.') }}
            {%- endif %}
            {{- ', "id": "' + tool_call.id + '"}' }}
            {%- if not loop.last %}{{- ', ' }}{% else %}{{- ']' + eos_token }}{% endif %}
        {%- endfor %}
    {%- elif message['role'] == 'assistant' %}
        {{- ' ' + message['content'] | trim + eos_token }}
    {%- elif message['role'] == 'tool' %}
        {%- set content = message.content.content if message.content.content is defined else message.content %}
        {{- '[TOOL_RESULTS] {"content": ' + content | string + ', ' }}
        {{- '"call_id": "' + message.tool_call_id + '"}[/TOOL_RESULTS]' }}
    {%- else %}{{- raise_exception('Only user, assistant and tool roles are known.') }}{% endif %}
{%- endfor %}"""},

    "named-results": {"format": "hermes", "knows_tools": True, "reasoning": False, "template": """\
{% if tools %}<|im_start|>system
You write <tool_call>[{"name": ..., "arguments": ...}]</tool_call>.
<tools>{{ tools | map(attribute='function') | list | tojson }}</tools><|im_end|>
{% endif %}{% for message in messages %}<|im_start|>{{ message['role'] }}{{ '(' + message.name + ')' if message.name else '' }}
{% if message.tool_calls %}<tool_call>[{% for c in message.tool_calls %}{{ {'name': c.function.name, 'arguments': c.function.arguments} | tojson }}\
{{ ', ' if not loop.last }}{% endfor %}]</tool_call>{% else %}{{ message['content'] }}{% endif %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""},

    "turns": {"format": "hermes", "knows_tools": False, "reasoning": False, "template": """\
{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}\
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""},
}

WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "Weather in °C; 'none' & <unknown> are possible.",
    "parameters": {"type": "object", "properties": {
        "place": {"type": "string", "description": "City"}, "days": {"type": "integer", "maximum": 9007199254740993},
        "limits": {"type": "array", "items": {"type": "number"}, "default": [0.5, -1.25e-07, 1e20]}},
        "required": ["place"], "additionalProperties": False}}}
CLOCK = {"type": "function", "function": {
    "name": "clock", "description": "The time.", "parameters": {"type": "object", "properties": {}}}}


def call(number, name, **arguments):
    return {"id": f"call{number:05}", "type": "function", "function": {"name": name, "arguments": arguments}}


def result(number, content, **more):
    return {"role": "tool", "content": content, "tool_call_id": f"call{number:05}", **more}


SYSTEM = {"role": "system", "content": "Be brief."}
USER = {"role": "user", "content": "Weather in Kraków?"}
CALLED = {"role": "assistant", "content": None, "tool_calls": [call(1, "get_weather", place="Kraków", days=2)]}
CALLED_TWICE = {"role": "assistant", "content": "I look.", "tool_calls": [
    call(1, "get_weather", place="</tool_call>", limits=[1.5, None]), call(2, "clock")]}

CONVERSATIONS = {
    "user": ([USER], None),
    "tools": ([USER], [WEATHER, CLOCK]),
    "system-tools": ([SYSTEM, USER], [WEATHER]),
    "call": ([USER, CALLED], [WEATHER]),
    "result": ([SYSTEM, USER, CALLED, result(1, "-3.5", name="get_weather")], [WEATHER, CLOCK]),
    "results": ([USER, CALLED_TWICE, result(1, "{\"c\": 4}"), result(2, "12:00")], [WEATHER, CLOCK]),
    "answered": ([USER, CALLED, result(1, "4"), {"role": "assistant", "content": "4 °C."},
                  {"role": "user", "content": "Thanks"}], [WEATHER]),
    "reasoned": ([USER, {"role": "assistant", "content": "Cold.", "reasoning_content": "Winter."}], None),
    "reasoned-in-text": ([USER, {"role": "assistant", "content": "<think>\nWinter.\n</think>\n\nCold."}], None),
    "call-in-text": ([USER, {"role": "assistant", "content": None, "tool_calls": [
        {"id": "call00001", "type": "function", "function": {"name": "clock", "arguments": "{cut"}}]}], [CLOCK]),
}


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])

    def refuse(message):
        raise jinja2.exceptions.TemplateError(message)

    env.filters["tojson"] = lambda value, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    env.globals["raise_exception"] = refuse
    return env


def render(template, messages, tools, variables):
    try:
        return {"expected": environment().from_string(template).render(
            messages=messages, tools=tools, documents=None, add_generation_prompt=True,
            bos_token="<|im_start|>", eos_token="<|im_end|>", **variables)}
    except jinja2.exceptions.UndefinedError as e:
        return {"error": None}
    except jinja2.exceptions.TemplateError as e:
        return {"error": e.message}
    except TypeError:
        return {"error": None}


def main():
    cases = []
    for name, template in TEMPLATES.items():
        wanted = [(case, messages, tools, {}) for case, (messages, tools) in CONVERSATIONS.items()
                  if template["knows_tools"] or tools is None]
        if name == "thinking":
            wanted += [(f"thinking-{on}", [USER], None, {"enable_thinking": on}) for on in (True, False)]
        if name == "llama3":
            wanted.append(("tools-in-system", [SYSTEM, USER], [WEATHER], {"tools_in_user_message": False}))
        for case, messages, tools, variables in wanted:
            entry = {"name": f"{name}/{case}", "template": name, "messages": messages}
            if tools is not None:
                entry["tools"] = tools
            if variables:
                entry["variables"] = variables
            cases.append(entry | render(template["template"], messages, tools, variables))
    fixture = {"generator": {"jinja2": jinja2.__version__},
               "notes": "Made by tool_template_fixture.py; its docstring explains every field.",
               "templates": TEMPLATES, "cases": cases}
    Path(sys.argv[1]).write_text(json.dumps(fixture, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(cases)} cases, {sum('error' in case for case in cases)} of them errors")


if __name__ == "__main__":
    main()
