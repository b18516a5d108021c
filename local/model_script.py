"""What the stand-in for a language model says: by script, so that the same is said each time.

Directives in square brackets in the prompt are done in order, one for each answer:

    [say any text]              these words
    [call name {"arg": 1}]      asks for a tool
    [stop reason any text]      these words, for that reason
    [echo]                      the credential that it was sent
    [status 400 any text]       an HTTP error
    [throttle 2]                too many requests, so many times; then on with the next directive
    [wait 0.5]                  seconds before each answer

After the last one, and without any, it asks for each tool that is offered, once; then it answers, by the
schema if the prompt tells one. What it gives to tools and fills into schemas is taken from the prompt: a
choice that is named there, what matches a pattern, or its first words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_DIRECTIVE = re.compile(r"\[(say|call|stop|echo|status|throttle|wait)(?: (.*?))?\](?=\s|$)", re.DOTALL)
_SCHEMA = re.compile(r"\n\n[^\n]*JSON Schema:\n(.*)\Z", re.DOTALL)
_NO_ANSWERS = frozenset({"throttle", "wait"})
_WORDS = 8


@dataclass(frozen=True)
class Asked:
    """
    Attributes:
        prompt: The first thing that the user said.
        answers: How many answers there were already.
        results: What tools gave back so far.
        tools: The parameters' schemas of those that are offered, by name.
        credential: What it was sent to prove someone.
    """

    prompt: str
    answers: int
    results: tuple[str, ...]
    tools: dict[str, dict[str, Any]]
    credential: str


@dataclass(frozen=True)
class Said:
    """
    Attributes:
        status: Of HTTP; `text` is then the error's.
        stop_reason: In Converse's words.
    """

    text: str = ""
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    status: int = 200
    stop_reason: str = "end_turn"


def throttled_times(asked: Asked) -> int:
    """How often the next answer is refused before it is given."""
    return sum(
        int(words) for name, words, step in _directives(asked) if (name, step) == ("throttle", asked.answers)
    )


def seconds_before(asked: Asked) -> float:
    """How long an answer takes."""
    return sum(float(words) for name, words, _ in _directives(asked) if name == "wait")


def say(asked: Asked) -> Said:
    """The next answer."""
    for name, words, step in _directives(asked):
        if step == asked.answers and name not in _NO_ANSWERS:
            return _directed(name, words, asked)
    if not asked.results and asked.tools:
        prompt = _SCHEMA.sub("", asked.prompt)
        calls = tuple((name, _example(schema, prompt)) for name, schema in asked.tools.items())
        return Said(calls=calls, stop_reason="tool_use")
    told = _SCHEMA.search(asked.prompt)
    if told:
        return Said(json.dumps(_example(json.loads(told[1]), _SCHEMA.sub("", asked.prompt))))
    known = f" The tools said: {' '.join(asked.results)}" if asked.results else ""
    return Said(f"You asked: {_first_words(asked.prompt)}.{known}")


def _directives(asked: Asked) -> Iterator[tuple[str, str, int]]:
    """Each with the number of the answer that it is for."""
    step = 0
    for match in _DIRECTIVE.finditer(_SCHEMA.sub("", asked.prompt)):
        yield match[1], match[2] or "", step
        step += match[1] not in _NO_ANSWERS


def _directed(name: str, words: str, asked: Asked) -> Said:
    first, _, rest = words.partition(" ")
    match name:
        case "call":
            return Said(calls=((first, json.loads(rest or "{}")),), stop_reason="tool_use")
        case "stop":
            return Said(rest, stop_reason=first)
        case "echo":
            return Said(f"I was sent {asked.credential}")
        case "status":
            return Said(rest, status=int(first))
    return Said(words)


def _example(schema: dict[str, Any], prompt: str) -> Any:
    """A value that is valid by a plain schema."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        named = [each for each in schema["enum"] if str(each).lower() in prompt.lower()]
        return (named or schema["enum"])[0]
    match schema.get("type"):
        case "object":
            return {name: _example(each, prompt) for name, each in schema.get("properties", {}).items()}
        case "array":
            return [_example(schema.get("items", {}), prompt)] * schema.get("minItems", 1)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "null":
            return None
    found = re.search(schema["pattern"].strip("^$"), prompt) if "pattern" in schema else None
    return found[0] if found else _first_words(prompt)


def _first_words(text: str) -> str:
    return " ".join(text.split()[:_WORDS])
