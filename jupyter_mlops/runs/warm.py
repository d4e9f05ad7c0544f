"""What the fork server imports before anybody needs it: everything that an attempt uses.

Nothing here starts a thread. A thread does not survive a fork; the locks that it held do.
"""

import jupyter_client.blocking.client
import jupyter_client.kernelspec
import nbclient
import papermill
import psutil

from jupyter_mlops.runs import attempt, execution, kernels, tracking

tracking.warm()

__all__ = ["attempt", "execution", "jupyter_client", "kernels", "nbclient", "papermill", "psutil"]
