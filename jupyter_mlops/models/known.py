"""The names that a pickle or a skops file may look up: exactly these, each written down or vouched for by skops."""

from __future__ import annotations

from functools import cache


@cache
def known_types() -> frozenset[str]:
    """Return the exact names that a pickle may look up: plain data, NumPy's arrays, and what skops vouches for."""
    found = set(_PLAIN)
    try:
        from skops.io import _trusted_types as trusted

        for words in ("NUMPY_DTYPE", "SKLEARN_ESTIMATOR", "SKLEARN_INTERNAL", "PRIMITIVE", "CONTAINER"):
            found |= {str(name) for name in getattr(trusted, f"{words}_TYPE_NAMES", ())}
    except ImportError:
        pass
    found |= {f"sklearn._loss._loss.{make}Cy{loss}" for loss in _LOSSES for make in ("", "__pyx_unpickle_")}
    return frozenset(found)


_LOSSES = (
    "HalfSquaredError AbsoluteError PinballLoss HuberLoss HalfPoissonLoss HalfGammaLoss HalfTweedieLoss "
    "HalfTweedieLossIdentity HalfBinomialLoss HalfMultinomialLoss ExponentialLoss"
).split()
_PLAIN = (
    "numpy.random._pickle.__randomstate_ctor", "numpy.random._pickle.__bit_generator_ctor",
    "numpy.random._pickle.__generator_ctor", "numpy.random._mt19937.MT19937", "numpy.random._pcg64.PCG64",
    "numpy.random.bit_generator.__pyx_unpickle_SeedSequence", "numpy.random.bit_generator.SeedSequence",
    "builtins.set", "builtins.frozenset", "builtins.complex", "builtins.bytearray", "builtins.slice", "builtins.range",
    "builtins.list", "builtins.dict", "builtins.tuple", "builtins.int", "builtins.float", "builtins.str",
    "builtins.bool", "builtins.bytes", "__builtin__.set", "__builtin__.frozenset", "__builtin__.complex",
    "_codecs.encode", "collections.OrderedDict", "collections.defaultdict", "collections.deque", "datetime.datetime",
    "datetime.date", "datetime.time", "datetime.timedelta", "datetime.timezone", "decimal.Decimal", "uuid.UUID",
    "numpy.ndarray", "numpy.dtype", "numpy.core.multiarray._reconstruct", "numpy.core.multiarray.scalar",
    "numpy._core.multiarray._reconstruct", "numpy._core.multiarray.scalar", "numpy._core.numeric._frombuffer",
    "numpy.core.numeric._frombuffer", "scipy.sparse._csr.csr_matrix", "scipy.sparse._csc.csc_matrix",
    "scipy.sparse._csr.csr_array", "sklearn.tree._tree.Tree", "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter", "torch.FloatStorage", "torch.DoubleStorage", "torch.LongStorage",
    "torch.IntStorage", "torch.HalfStorage", "torch.BFloat16Storage", "torch.BoolStorage", "torch.ByteStorage",
)  # fmt: skip
