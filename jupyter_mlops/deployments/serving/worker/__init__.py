"""The process that holds a model, and the template that it is forked from.

template
    started by the front, one per Python environment: ``python -I .../worker/__main__.py --control FD``, where ``FD`` is
    its end of a Unix stream socket pair (`subprocess.Popen(..., pass_fds=[FD], env=environment.minimal(...))`). Imports
    MLflow and the packages of the flavors; loads no model and runs no code of one. Ends when the front hangs up.
worker
    forked from the template for one served version. Gives up what it could harm others with (`confine`), loads the
    model, answers `wire` frames in order, ends when the front hangs up and dies with its template.

Rule: only the standard library, MLflow, numpy, pandas and `wire` are imported here, since a model may need a Python
environment that jupyter-mlops is not installed in; `__main__` makes the package names known there.
"""
