"""numba's compiler with the type of the function kept, so that the kernels stay checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile to machine code on first call; the result is cached on disk for later processes. Other
    threads run on."""
    return cast(Function, njit(cache=True, nogil=True, error_model="numpy")(function))
