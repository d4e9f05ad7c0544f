"""Acting for another user of the machine: root becomes that user for the rest of the process; others may only look."""

from __future__ import annotations

import os
import pwd

from jupyter_mlops.base.errors import UsageError

# What root's shell says of root's own files.
_OWN = tuple(f"JUPYTER_{what}_DIR" for what in ("DATA", "CONFIG", "RUNTIME")) + tuple(
    f"XDG_{what}" for what in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME")
)
_PLACES = ("JUPYTER_MLOPS_HOME", "JUPYTER_MLOPS_STORE")


def become(name: str, *, to_look: bool = False) -> bool:
    """Become a user, for the rest of this process, with the variables that their Jupyter server would have.

    Parameters
    ----------
    to_look
        somebody who is not root may still ask which settings the user has.

    Returns
    -------
    bool
        whether this process acts as the user; False is: only the settings can be told.

    Raises
    ------
    UsageError
        ``cli.no_user``, ``cli.not_root``.
    """
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        entry = None
    is_own = entry is not None and entry.pw_uid == os.getuid()
    if entry is None and not to_look:
        raise UsageError("cli.no_user", f"there is no user `{name}` on this machine", "see `getent passwd`")
    if not is_own and os.geteuid() != 0 and not to_look:
        raise UsageError("cli.not_root", f"only root acts for another user, here `{name}`", "use sudo")
    os.environ["JUPYTERHUB_USER"] = name
    if is_own:
        return True
    for variable in (*_OWN, *(v for v in _PLACES if "{username}" not in os.environ.get(v, ""))):
        os.environ.pop(variable, None)
    if entry is not None:
        os.environ.update(HOME=entry.pw_dir, USER=name, LOGNAME=name)
    if entry is None or os.geteuid() != 0:
        return False
    os.initgroups(name, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    try:
        os.chdir(entry.pw_dir)
    except OSError:
        os.chdir("/")
    return True
