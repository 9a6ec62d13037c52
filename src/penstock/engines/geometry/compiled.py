"""numba's compiler with the type of the function kept, so that the kernels stay checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(signature: Any, **options: Any) -> Callable[[Function], Function]:
    """Compile for exactly `signature` when the module is imported, or take the result from the cache on disk.

    Nobody waits for a compiler at their first file, and no second version is made for other types by mistake.
    Division by zero gives inf or nan as in numpy.
    """

    def compiled(function: Function) -> Function:
        return cast(Function, njit(signature, cache=True, error_model="numpy", **options)(function))

    return compiled
