"""Chooses the notebooks of the corpus and writes `list.json`: ``python -m tests.corpus.choose`` (needs the clones).

Taken are notebooks of Python 3 with at least `SMALLEST` cells of code, every one of which IPython accepts; of each
repository every k-th by path, so that the choice depends on the repositories alone.
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from functools import cache
from typing import Any

from tests.corpus.clones import VARIABLE, Entry, blobs, contents, folder, head, write_entries

SMALLEST = 4

# Repository, the folders of it that are taken (all when empty), and how many notebooks at most.
REPOSITORIES: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("ageron/handson-ml2", (), 20),
    ("ageron/handson-ml3", (), 20),
    ("AllenDowney/ThinkBayes2", ("soln/", "examples/"), 20),
    ("AllenDowney/ThinkStats2", ("code/", "solutions/", "examples/"), 15),
    ("amueller/introduction_to_ml_with_python", (), 10),
    ("barbagroup/CFDPython", (), 10),
    ("CamDavidsonPilon/Probabilistic-Programming-and-Bayesian-Methods-for-Hackers", (), 10),
    ("d2l-ai/d2l-en-colab", (), 20),
    ("dair-ai/ML-Notebooks", (), 10),
    ("dask/dask-tutorial", (), 10),
    ("fastai/course22", (), 10),
    ("fchollet/deep-learning-with-python-notebooks", (), 20),
    ("GoogleCloudPlatform/training-data-analyst", ("courses/",), 20),
    ("guipsamora/pandas_exercises", (), 15),
    ("huggingface/notebooks", ("course/en/", "examples/", "transformers_doc/en/", "diffusers/"), 20),
    ("interpretml/interpret", ("docs/interpret/",), 15),
    ("ipython-books/cookbook-2nd-code", (), 25),
    ("ipython/ipython-in-depth", ("examples/IPython Kernel/", "examples/Interactive Widgets/", "exercises/"), 12),
    ("jakevdp/PythonDataScienceHandbook", ("notebooks/",), 25),
    ("jrjohansson/scientific-python-lectures", (), 10),
    ("justmarkham/scikit-learn-videos", (), 10),
    ("karpathy/nn-zero-to-hero", (), 5),
    ("lmcinnes/umap", (), 10),
    ("marcotcr/lime", (), 10),
    ("mGalarnyk/Python_Tutorials", (), 20),
    ("mrdbourke/pytorch-deep-learning", ("0", "extras/solutions/", "going_modular/"), 15),
    ("norvig/pytudes", (), 20),
    ("Pierian-Data/Complete-Python-3-Bootcamp", (), 20),
    ("QuantEcon/lecture-python.notebooks", (), 20),
    ("rasbt/machine-learning-book", (), 15),
    ("rasbt/python-machine-learning-book-3rd-edition", (), 10),
    ("recommenders-team/recommenders", ("examples/",), 20),
    ("scikit-image/skimage-tutorials", (), 12),
    ("shap/shap", ("notebooks/",), 20),
    ("statsmodels/statsmodels", ("examples/notebooks/",), 20),
    ("tensorflow/docs", ("site/en/",), 20),
    ("trekhleb/homemade-machine-learning", (), 10),
    ("wesm/pydata-book", (), 14),
)


@cache
def _shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell

    return InteractiveShell.instance()


def _is_accepted(source: str) -> bool:
    """Whether IPython would run the cell: its transformations, its automagic, and the compiler."""
    import ast

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = _shell().transform_cell(source)
            compile(code, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def is_taken(raw: bytes) -> bool:
    """Whether the file is a notebook of Python 3 whose cells of code are all accepted."""
    try:
        notebook = json.loads(raw.decode("utf-8-sig"))
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        sources = ["".join(cell["source"]) for cell in cells]
        metadata = notebook.get("metadata", {})
    except (ValueError, KeyError, TypeError):
        return False
    spec, info = metadata.get("kernelspec", {}), metadata.get("language_info", {})
    language = str(spec.get("language") or info.get("name") or "python").lower()
    if language not in ("python", "python3", "ipython") or spec.get("name") == "python2":
        return False
    if str(info.get("version", "3")).startswith("2"):
        return False
    sources = [source for source in sources if source.strip()]
    return len(sources) >= SMALLEST and all(map(_is_accepted, sources))


def _is_candidate(path: str, roots: tuple[str, ...]) -> bool:
    return path.endswith(".ipynb") and "checkpoint" not in path and (not roots or path.startswith(roots))


def main() -> int:
    corpus = folder()
    if corpus is None:
        print(f"{VARIABLE} names no folder of clones", file=sys.stderr)
        return 1
    chosen: list[Entry] = []
    seen: set[str] = set()
    for repository, roots, most in REPOSITORIES:
        clone = corpus / repository
        commit = head(clone)
        found: list[Entry] = []
        paths = {path: blob for path, blob in blobs(clone, commit).items() if _is_candidate(path, roots)}
        for path, raw in zip(paths, contents(clone, paths.values()), strict=True):
            if raw is None:
                continue
            digest = hashlib.sha256(raw).hexdigest()
            if digest not in seen and is_taken(raw):
                seen.add(digest)
                found.append(Entry(repository, path, commit, digest))
        step = -(-len(found) // most) if found else 1
        taken = found[::step]
        print(f"{len(taken):3} of {len(found):3}  {repository}")
        chosen += taken
    write_entries(chosen)
    print(f"{len(chosen)} notebooks of {len({entry.repository for entry in chosen})} repositories")
    return 0


if __name__ == "__main__":
    sys.exit(main())
