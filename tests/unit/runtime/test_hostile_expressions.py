"""Expressions that mean harm: they end in time, in little memory, and see nothing but their data."""

from __future__ import annotations

import gc
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from workflows.domain import bounds
from workflows.domain.bounds import bounded
from workflows.domain.errors import NodeError
from workflows.runtime import expressions
from workflows.runtime.expressions import resolve

MEGABYTE = 1024 * 1024
SECONDS = 0.3

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a limit on memory")

ENDLESS = {
    "recursion": "($f := function($n){1 + $f($n + 1)}; $f(0))",
    "tail recursion": "($f := function($n){$f($n + 1)}; $f(0))",
    "recursion by $eval": "($s := '1 + $eval($s)'; $eval($s))",
    "two functions": "($a := function($n){$b($n)}; $b := function($n){$a($n)}; $a(1))",
    "swallowed by and": "true and ($f := function($n){$f($n + 1)}; $f(0))",
    "nested maps": "$map([1..9999], function($a){$map([1..9999], function($b){$a * $b})})",
    "nested paths": "[1..9999].([1..9999].(1))",
    "backtracking": "$match(inputs.text, /(a+)+$/)",
    "backtracking with alternatives": "$contains(inputs.text, /^(a|a|aa)+$/)",
    "backtracking replacement": "$replace(inputs.text, /(.*a){20}$/, 'x')",
    "backtracking split": "$split(inputs.text, /(a*)*b/)",
    "order that never ends": "$sort([1..99999], function($l, $r){$sum([1..999]) > $l})",
    "sum of sums": "$reduce([1..999999], function($a, $b){$a + $sum([1..999])})",
}

GREEDY = {
    "padding": '$pad("", 1000000000)',
    "padding on the left": '$pad("x", -1000000000, "abc")',
    "range": "[1..10000000].(1)",
    "range as a list": "[1..999999][]",
    "ranges joined": "$append([1..399999], [1..399999])[]",
    "reversed": "$reverse([1..999999])",
    "doubling by recursion": "($f := function($s, $n){$n = 0 ? $s : $f($s & $s, $n - 1)}; $f('1234', 40))",
    "doubling by reduce": "$reduce([1..40], function($s, $n){$s & $s}, '0123456789abcdef')",
    "doubled lists": "$reduce([1..40], function($l, $n){$append($l, $l)}, [1, 2])",
    "joined": "$join([1..100].($pad('', 5000000, 'x')))",
    "replaced": "$replace($pad('', 30000, 'a'), 'a', $pad('', 30000, 'b'))",
    "picture": "$formatNumber(1, '#0.' & $pad('', 100000000, '0'))",
    "encoded": "$encodeUrlComponent($pad('', 30000000, 'ü'))",
    "base64": "$base64encode($pad('', 60000000, 'x'))",
    "split": "$split($pad('', 20000000, 'xy'), '')",
    "as text": "$string([1..5000000])",
    "swallowed by or": "false or $pad('', 1000000000)",
    "swallowed by $eval": "$eval(\"$pad('', 1000000000)\")",
}

# Python's own names, by which its objects would lead out of the data.
UNREACHABLE = {
    "class of the data": "$.__class__",
    "class of a value": "inputs.text.__class__",
    "by name": "$lookup(inputs, '__class__')",
    "method of an object": "inputs.keys",
    "method of text": "inputs.text.upper",
    "module of a function": "$sum.__globals__",
    "code of a function": "$sum.function.__code__",
    "function in parentheses": "($sum).procedure",
    "environment of a lambda": "(function($x){$x}).environment",
    "frame": "$__evaluate_entry.__closure__",
    "all of a function": "$sum.*",
    "keys of a function": "$keys($sum)",
    "keys of a lambda": "$keys(function($x){$x})",
    "library": "$jsonata",
    "unbound variable": "$os.environ",
    "environment variable": "$environ",
    "class by $eval": "$eval('().__class__.__bases__')",
}
REFUSED = {
    "built-in": "$sum",
    "lambda": "function($x){$x}",
    "bounds of the evaluation": "$__evaluate_entry",
    "call of the bounds": "$__evaluate_exit()",
    "in an object": "{'a': $sum}",
    "in a list": "[$sum]",
    "all below a function": "$sum.**",
    "spread": "$spread($sum)",
    "each": "$each($sum, function($v, $k){$k})",
    "Python by $eval": "$eval(\"__import__('os').environ\")",
    "method call": "[1, 2].append(3)",
    "merge": "$merge([$sum])",
    "clone": "$clone($sum)",
    "regular expression": "/a/",
}


@pytest.fixture(autouse=True)
def _short_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "TIMEOUT_MILLISECONDS", int(SECONDS * 1000))
    monkeypatch.setattr(expressions, "MAX_EXTRA_BYTES", 32 * MEGABYTE)


@pytest.fixture(autouse=True)
def _only_the_code_is_interrupted() -> Iterator[None]:
    """Hypothesis is told of garbage collections: the interruption might come while it is."""
    callbacks = gc.callbacks[:]
    gc.callbacks.clear()
    yield
    gc.callbacks.extend(callbacks)


def evaluate(source: str, **inputs: Any) -> Any:
    data = {"inputs": {"text": "a" * 40 + "!", **inputs}, "variables": {}}
    return resolve(f"{{{{ {source} }}}}", lambda _: data, "field")


def failure(source: str, **inputs: Any) -> str:
    with pytest.raises(NodeError) as caught:
        evaluate(source, **inputs)
    assert (caught.value.code, caught.value.retryable) == ("expression_failed", False)
    assert len(caught.value.detail) < 1_000
    return caught.value.detail


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
def test_endless_expression_ends_in_time(source: str) -> None:
    began = time.process_time()
    failure(source)
    assert time.process_time() - began < 1.5


@needs_linux
@pytest.mark.parametrize("source", GREEDY.values(), ids=GREEDY)
def test_greedy_expression_takes_no_more_memory_than_it_may(source: str) -> None:
    before, limits = peak_bytes(), resource.getrlimit(resource.RLIMIT_AS)
    began = time.process_time()
    failure(source)
    assert time.process_time() - began < 1.5
    # Some of what the process holds is used before the kernel is asked for more.
    assert peak_bytes() - before < 2 * 32 * MEGABYTE
    assert resource.getrlimit(resource.RLIMIT_AS) == limits


@needs_linux
def test_message_says_that_memory_is_what_it_takes_too_much_of() -> None:
    assert "takes more than 32 MB of memory" in failure('$pad("", 1000000000)')


@needs_linux
def test_what_failed_for_memory_is_let_go_of() -> None:
    with pytest.raises(NodeError) as caught:
        evaluate("($s := $pad('', 20000000, 'x'); $s & $s)")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("source", UNREACHABLE.values(), ids=UNREACHABLE)
def test_there_is_nothing_where_python_would_have_something(source: str) -> None:
    assert evaluate(source) is None


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED)
def test_what_is_no_data_is_refused(source: str) -> None:
    assert "object at 0x" not in failure(source)


def test_file_of_the_machine_is_data_nowhere() -> None:
    """Not even where a function takes a name, a path or a zone."""
    for source in (
        "$now('/etc/passwd')",
        "$fromMillis(0, 'x', '/etc/passwd')",
        "$toMillis('x', '/etc/passwd')",
    ):
        try:
            found = str(evaluate(source))
        except NodeError as error:
            found = error.detail
        assert "root:" not in found


# Each is evaluated with one execution's data and then with another's, as the same process does.
LEAKS = {
    "variable": "($before := $kept; $kept := inputs.own; [$before])",
    "variable by $eval": "[$eval('$kept'), $eval('($kept := inputs.own; null)')][$ = 'first']",
    "function redefined": "($sum([1]) != 1 ? 'leak' : ($sum := function($a){inputs.own}; null))",
    "function redefined by $eval": "($sum([1]) != 1 ? 'leak' : $eval('($sum := function($a){7}; null)'))",
    "bounds redefined": "($__evaluate_entry := null; null)",
    "root": "($before := $kept.inputs.own; $kept := $$; $before)",
    "closure": "($before := $f(); $f := function(){inputs.own}; null)",
}


@pytest.mark.parametrize("source", LEAKS.values(), ids=LEAKS)
def test_evaluation_leaves_nothing_to_the_next(source: str) -> None:
    def outcome(own: str) -> Any:
        try:
            return evaluate(source, own=own)
        except NodeError as error:
            return error.detail

    first = outcome("first")
    assert outcome("second") == first
    assert "first" not in str(first)


def test_compiled_expressions_take_turns_with_data_of_their_own() -> None:
    one, other = "$eval('inputs.own') & $eval('$$.inputs.own')", "$eval('inputs.own')"
    assert evaluate(one, own="a") == "aa"
    assert evaluate(other, own="b") == "b"
    assert evaluate(one, own="c") == "cc"
    assert evaluate(other, own="d") == "d"


def test_expression_changes_no_data_of_the_execution() -> None:
    inputs = {"list": [3, 1, 2], "object": {"a": {"b": 1}}}
    evaluate("inputs ~> | object.a | {'b': 2, 'c': 3} |", **inputs)
    evaluate("($append(inputs.list, 4); $sort(inputs.list); $reverse(inputs.list))", **inputs)
    assert inputs == {"list": [3, 1, 2], "object": {"a": {"b": 1}}}


@pytest.mark.parametrize(
    ("value", "is_small_enough"),
    [
        ("{{ $pad('', 998, 'x') }}", True),
        ("{{ $pad('', 999, 'x') }}", False),
        ("{{ $pad('', 499, 'ü') }}", True),
        ("{{ $pad('', 500, 'ü') }}", False),
        ("{{ [1..400] }}", False),
        ("{{ [1..100] }}", True),
        ("{{big}}", True),
        (["{{big}}", "{{big}}"], False),
        ({"a": "{{big}}", "b": {"c": "{{big}}"}}, False),
        ("{{big}} and {{big}}", False),
        ("{{ {inputs.name: 1} }}", False),
    ],
)
def test_field_is_no_larger_than_it_may_be(
    value: Any, is_small_enough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expressions, "MAX_VALUE_BYTES", 1_000)
    data = {"inputs": {"name": "n" * 1_000}, "variables": {"big": "x" * 900}}
    if is_small_enough:
        assert resolve(value, lambda _: data, "field")
    else:
        with pytest.raises(NodeError, match="larger than"):
            resolve(value, lambda _: data, "field")


def test_twenty_megabytes_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert len(evaluate("$pad('', 20000000, 'x')")) == 20_000_000


def run(program: str) -> None:
    """In a process of its own, whose memory nothing else has touched."""
    environment = {**os.environ, "PYTHONPATH": "layers/workflows"}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=20)


@needs_linux
def test_memory_that_grows_slowly_is_bounded_before_the_wall() -> None:
    run("""
from workflows.domain.bounds import bounded
pieces = []
try:
    with bounded(5, 32 * 1024**2):
        while True:
            pieces.append(bytes(1_000))
            sum(pieces[-1])  # So slowly that a look comes between the bound and the wall.
except MemoryError:
    assert 20_000 < len(pieces) < 45_000, len(pieces)
""")


@needs_linux
def test_limit_of_the_process_is_kept_and_given_back() -> None:
    run("""
import resource
from workflows.domain.bounds import bounded
limits = (600 * 1024**2, resource.getrlimit(resource.RLIMIT_AS)[1])
resource.setrlimit(resource.RLIMIT_AS, limits)
with bounded(5, 10**12):
    assert resource.getrlimit(resource.RLIMIT_AS) == limits
try:
    with bounded(5, 1024**2):
        assert resource.getrlimit(resource.RLIMIT_AS)[0] < limits[0]
        raise KeyError
except KeyError:
    pass
assert resource.getrlimit(resource.RLIMIT_AS) == limits
""")


def wait_for_ever() -> None:
    while True:
        pass


def test_time_is_up_also_for_who_takes_no_notice() -> None:
    def ignore(times: int) -> None:
        for _ in range(times):
            with suppress(TimeoutError):
                wait_for_ever()
        wait_for_ever()

    with pytest.raises(TimeoutError), bounded(0.05, MEGABYTE * 64):
        ignore(3)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_where_nothing_tells_the_memory_time_alone_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    monkeypatch.setattr(bounds, "_IS_LINUX", False)
    with bounded(5, 0):
        assert resource.getrlimit(resource.RLIMIT_AS) == before
        assert len(bytearray(MEGABYTE)) == MEGABYTE
    with pytest.raises(TimeoutError), bounded(0.05, 0):
        wait_for_ever()


def test_outside_of_the_main_thread_nothing_is_bounded() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    found: list[Any] = []

    def work() -> None:
        with bounded(5, 0):
            found.append((resource.getrlimit(resource.RLIMIT_AS), len(bytearray(MEGABYTE))))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(before, MEGABYTE)]
