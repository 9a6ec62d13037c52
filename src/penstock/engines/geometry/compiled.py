"""numba's compiler with the type of the function kept, so that the kernels stay checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(*signatures: Any, **options: Any) -> Callable[[Function], Function]:
    """Compile for exactly `signatures` when the module is imported, or take the result from the cache on disk.

    Nobody waits for a compiler at their first file, and no other version is made for other types by mistake. Without
    signatures it is a part of the kernels of its own module that call it. Division by zero gives inf or nan as in
    numpy; the interpreter's lock is released. The cache is beside the source where that can be written, else in the
    user's cache directory, or where NUMBA_CACHE_DIR says.
    """
    types = list(signatures) or None
    settings = {"error_model": "numpy", "nogil": True, **options}

    def compiled(function: Function) -> Function:
        try:
            return cast(Function, njit(types, cache=types is not None, **settings)(function))
        except RuntimeError as error:
            # Without any place for the cache every process compiles for itself; slower, not wrong.
            if "no locator available" not in str(error):
                raise
            return cast(Function, njit(types, **settings)(function))

    return compiled
