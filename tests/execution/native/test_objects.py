"""The module's object code: in parts, side by side or one after another, it is the same program."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import CompilationError
from chainrule.execution.native.llvm_ir import DOUBLE, Module, function
from chainrule.execution.native.machine_code import objects
from chainrule.execution.native.machine_code.objects import object_code
from chainrule.execution.native.planning import planned
from chainrule.execution.native.target import host

RNG = np.random.default_rng(8)


def gradient(W, V, x, y):  # type: ignore[no-untyped-def]
    return cr.grad(lambda W: np.sum((np.tanh(x @ W.T) @ V - y) ** 2))(W)


ARRAYS = [RNG.normal(size=shape) for shape in [(9, 5), (9, 3), (11, 5), (11, 3)]]


def test_parts_hold_every_function_once_and_know_the_others() -> None:
    module = planned(cr.trace(gradient, *ARRAYS).graph, host()).module()
    weight = sum(definition.weight for definition in module.functions.values())
    parts = module.parts(3, weight // 3)
    assert len(parts) == 3
    assert sorted(name for part in parts for name in part.functions) == sorted(module.functions)
    for part in parts:
        assert part.functions.keys() | part.declared.keys() >= module.functions.keys()
        assert "internal" not in str(part)
    assert module.parts(3, weight) == [module]


def test_tables_stand_in_the_parts_that_read_them() -> None:
    module = Module("any")
    tables = {"a": np.array([0.1, -2.5]), "b": np.array([3.0])}
    for name, numbers in tables.items():
        with function(module, f"first of {name}", [], DOUBLE) as (builder, _):
            builder.give(builder.load(module.table(name, numbers), DOUBLE))
    parts = module.parts(2, 1)
    assert sorted(list(part.tables) for part in parts) == [["a"], ["b"]]
    for name, text in module.tables.items():
        written = bytes.fromhex(text.partition('"\\')[2].partition('"')[0].replace("\\", ""))
        np.testing.assert_array_equal(np.frombuffer(written), tables[name])


@pytest.mark.parametrize("threads", [1, 2])
def test_in_parts_the_program_computes_the_same(
    threads: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = cr.compile(gradient)(*ARRAYS)
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(objects, "LEAST_PART", 1)
    monkeypatch.setattr(objects, "MOST_PARTS", 3)
    monkeypatch.setattr(objects, "threads", lambda: threads)
    np.testing.assert_array_equal(cr.compile(gradient)(*ARRAYS), whole)
    np.testing.assert_array_equal(cr.compile(gradient)(*ARRAYS), whole)  # from the disk


@pytest.mark.parametrize(
    "body",
    [
        "  ret void",
        "  br label %next\nnext:\n  %a = add i64 %b, 1\n  %b = add i64 1, 1\n  ret i64 %a",
    ],
)
def test_code_that_llvm_refuses_is_an_error_that_says_why(body: str) -> None:
    with pytest.raises(CompilationError, match=r"LLVM refused the code: .+"):
        object_code(f"define i64 @f() {{\nentry:\n{body}\n}}", host())


def test_loops_alike_but_for_their_length_share_a_function() -> None:
    def f(*arrays):  # type: ignore[no-untyped-def]
        return tuple(np.sqrt(x * x + 1) / (2 + x) for x in arrays)

    arrays = [RNG.normal(size=size) for size in (4096, 8192, 4097, 12288)]
    plan = planned(cr.trace(f, *arrays).graph, host())
    assert len(plan.module().functions) == 3  # run, that of whole registers, and that of 4097 numbers
    for found, x in zip(cr.compile(f)(*arrays), arrays, strict=True):
        np.testing.assert_allclose(found, np.sqrt(x * x + 1) / (2 + x), rtol=1e-15)


def test_what_is_no_product_is_rounded_as_numpy_does_beside_one_that_is_treated_alike() -> None:
    def of(x):  # type: ignore[no-untyped-def]
        return np.sqrt(x * x + 1), 3 - x * 0.1

    A, B, x = RNG.normal(size=(64, 8)), RNG.normal(size=(8, 64)), RNG.normal(size=(64, 64))
    *_, root, line = cr.compile(lambda A, B, x: (*of(A @ B), *of(x)))(A, B, x)
    np.testing.assert_array_equal(root, of(x)[0])
    np.testing.assert_array_equal(line, of(x)[1])


@pytest.mark.parametrize("axes", [(1, 2), (0, 2), (2, 1), (0, 1)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_vectors_that_are_stored_in_parts_and_loaded_as_one(axes: tuple[int, int], dtype: str) -> None:
    """Of some, LLVM's pass that makes registers of the stack joins the parts before they are computed."""
    x = np.random.default_rng(7).normal(size=(2, 3, 4)).astype(dtype)

    def slopes(x: Any) -> Any:
        return np.gradient(x, axis=axes[0]) + np.gradient(x, axis=axes[1])

    np.testing.assert_allclose(cr.compile(slopes)(x), slopes(x), rtol=1e-5, atol=1e-6)


def test_code_that_llvm_refuses_is_gone_before_its_context() -> None:
    """An error keeps both in a cycle, of which Python frees the parts in any order."""
    code = """
import gc
from chainrule.errors import CompilationError
from chainrule.execution.native.machine_code.objects import object_code
from chainrule.execution.native.target import host

wrong = "define i64 @f(i1 %c) { br i1 %c, label %a, label %b a: %v = add i64 1, 2 br label %b b: ret i64 %v }"
for _ in range(20):
    errors = []
    try:
        object_code(wrong, host())
    except CompilationError as error:
        errors += [error, errors]
    assert "does not dominate" in str(errors[0])
    del errors
    gc.collect()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
