"""IPython's transformer of a cell's text, in time that grows with the cell and not with its square. Pure.

IPython transforms one magic at a time and tokenizes the whole cell again after each. Here each block of the cell is
transformed by itself, by the same rules. A block ends with a logical line that is followed by a line at the left
margin: there the tokenizer has no bracket, text or indentation open, so that a block can be read without those above.
"""

from __future__ import annotations

import tokenize
from collections.abc import Sequence
from typing import Any

from IPython.core.inputtransformer2 import TRANSFORM_LOOP_LIMIT, TransformerManager

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class Transformer(TransformerManager):
    """Transforms as IPython's manager does, block by block."""

    def do_token_transforms(self, lines: Sequence[str]) -> list[str]:
        """Return the lines with magics and shell commands turned into calls.

        Raises
        ------
        SyntaxError
            the cell has more of them than IPython transforms.
        """
        # IPython does not type it
        transform_one: Any = self.do_one_token_transform
        # the blocks that are left, the next one last
        left, done, changes = list(reversed(lines)), list[str](), 0
        while left:
            block = _first_block(left)
            is_changed, made = transform_one(block)
            del left[len(left) - len(block) :]
            if not is_changed:
                done += block
                continue
            changes += 1
            if changes >= TRANSFORM_LOOP_LIMIT:
                raise SyntaxError(f"IPython refuses a cell with more than {TRANSFORM_LOOP_LIMIT - 1} magics")
            left += reversed(made)
        return done


def _first_block(left: Sequence[str]) -> list[str]:
    """Return the lines of the first block of lines that are given in reverse order."""
    taken: list[str] = []
    rest = iter(range(len(left) - 1, -1, -1))

    def readline() -> str:
        at = next(rest, None)
        if at is None:
            return ""
        taken.append(left[at])
        return left[at]

    depth = 0
    try:
        for token in tokenize.generate_tokens(readline):
            if token.type == tokenize.OP and token.string in _OPENING:
                depth += 1
            elif token.type == tokenize.OP and token.string in _CLOSING:
                depth -= 1
                if depth < 0:
                    break
            elif token.type == tokenize.NEWLINE and depth == 0:
                end = token.end[0]
                following = left[len(left) - end - 1] if end < len(left) else ""
                # a comment at the margin ends no indentation
                if following[:1].strip() and not following.startswith("#"):
                    return list(reversed(left[len(left) - end :]))
    except (tokenize.TokenError, SyntaxError):
        pass
    return list(reversed(left))
