"""Completion from the parser itself, for shells and for IPython: what may stand where the cursor is. Pure."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

SCRIPTS = {
    "bash": """\
_jupyter_mlops() {
    local words=("${COMP_WORDS[@]:1:COMP_CWORD}")
    if [[ "${COMP_WORDS[0]}" == "jupyter" ]]; then
        [[ "${words[0]}" == "mlops" ]] || { COMPREPLY=(); return; }
        words=("${words[@]:1}")
    fi
    local IFS=$'\\n'
    COMPREPLY=($(jupyter-mlops __complete "${words[@]}" 2>/dev/null))
    [[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _jupyter_mlops jupyter-mlops jupyter
""",
    "zsh": """\
_jupyter_mlops() {
    local -a given found
    given=("${words[@]:1:$((CURRENT-1))}")
    if [[ "${words[1]}" == "jupyter" ]]; then
        [[ "${words[2]}" == "mlops" ]] || { _files; return; }
        given=("${given[@]:1}")
    fi
    found=("${(@f)$(jupyter-mlops __complete "${given[@]}" 2>/dev/null)}")
    [[ -n "${found[1]}" ]] && compadd -- "${found[@]}" || _files
}
compdef _jupyter_mlops jupyter-mlops jupyter
""",
    "fish": """\
function __jupyter_mlops
    set -l given (commandline -opc)[2..-1] (commandline -ct)
    if test (commandline -opc)[1] = jupyter
        test "$given[1]" = mlops; or return
        set given $given[2..-1]
    end
    jupyter-mlops __complete $given 2>/dev/null
end
complete -c jupyter-mlops -a '(__jupyter_mlops)'
complete -c jupyter -a '(__jupyter_mlops)'
""",
}

Lookup = Callable[[str], Sequence[str]]


def candidates(parser: argparse.ArgumentParser, words: Sequence[str], lookup: Lookup = lambda kind: ()) -> list[str]:
    """Return what the last of `words` (perhaps empty) may become.

    Parameters
    ----------
    parser
        the parser of `app.words`.
    words
        the words after the program's name, the last one unfinished.
    lookup
        gives the known names of a kind: ``RUN``, ``JOB``, ``STEP``; empty lets the shell offer files.
    """
    *before, last = words or [""]
    positional = 0
    needs_value: argparse.Action | None = None
    for word in before:
        if needs_value is not None:
            needs_value = None
            continue
        sub = _verbs(parser)
        if sub is not None and word in sub.choices:
            parser, positional = sub.choices[word], 0
        elif word.startswith("-"):
            action = parser._option_string_actions.get(word)
            needs_value = action if action is not None and action.nargs != 0 else None
        elif sub is not None:
            return []
        else:
            positional += 1
    if needs_value is not None:
        return sorted(n for n in lookup(str(needs_value.metavar)) if n.startswith(last))
    if last.startswith("-"):
        return sorted(
            o for o in parser._option_string_actions if o.startswith(last) and (o.startswith("--") or last == o)
        )
    sub = _verbs(parser)
    if sub is not None:
        shown = [str(a.dest) for a in sub._choices_actions]
        return [name for name in shown if name.startswith(last)]
    places = [a for a in parser._actions if not a.option_strings]
    if positional < len(places):
        place = places[positional]
        names = [str(c) for c in place.choices] if place.choices else list(lookup(str(place.metavar)))
        return sorted(n for n in names if n.startswith(last))
    return []


def _verbs(parser: argparse.ArgumentParser) -> argparse._SubParsersAction[argparse.ArgumentParser] | None:
    return next((a for a in parser._actions if isinstance(a, argparse._SubParsersAction)), None)
