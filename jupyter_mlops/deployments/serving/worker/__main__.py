"""``python -I __main__.py --control FD``: the template process, in whatever Python environment the model needs."""

from __future__ import annotations

import os
import sys
import types


def name_packages() -> None:
    """Make the modules beside this file importable by their names, without running the packages' own start."""
    here = os.path.dirname(os.path.abspath(__file__))
    names = ["jupyter_mlops", "jupyter_mlops.deployments", "jupyter_mlops.deployments.serving"]
    for depth, name in enumerate(names):
        package = types.ModuleType(name)
        package.__path__ = [os.path.join(here, *[".."] * (len(names) - depth))]
        sys.modules[name] = package


if __name__ == "__main__":
    name_packages()
    from jupyter_mlops.deployments.serving.worker.environment import see_user_packages, shed
    from jupyter_mlops.deployments.serving.worker.template import main

    shed()
    see_user_packages()
    main(sys.argv[1:])
