"""What a worker may read: a list of what it needs, and from that what is never read is taken out.

It needs its interpreter with the packages, the system's libraries, a few files of ``/etc`` and ``/proc``, its model and
what ``--readable`` names. Everything else (``/srv``, ``/data``, ``/var``, homes, temporary files, other processes in
``/proc``) is closed, wherever a site keeps it. Never read, even where the list holds it: the home of this product and
the notebooks' root (which the front names), and the homes of other users. A file or folder that ``--readable`` names in
the notebooks' root or in the user's own home is its owner's exception.
"""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import site
import sys
from collections.abc import Iterable

HIDDEN = ("/tmp", "/var/tmp", "/dev/shm", "/run/user", "/run/secrets", "/home", "/root", "/Users")
SYSTEM = (
    "/usr /lib /lib32 /lib64 /libx32 /bin /sbin /opt /nix/store /gnu/store /sys /var/cache/fontconfig "
    "/dev/null /dev/zero /dev/full /dev/random /dev/urandom "
    "/run/systemd/resolve /run/resolvconf /run/NetworkManager/resolv.conf /run/opengl-driver"
).split()
ETC = (
    "ld.so.* passwd group nsswitch.conf hosts hostname resolv.conf host.conf gai.conf services protocols networks "
    "localtime timezone locale* default/locale os-release *-release debian_version mime.types machine-id "
    "ssl/certs ssl/cert.pem ssl/openssl.cnf pki/tls/certs pki/tls/cert.pem pki/tls/openssl.cnf pki/ca-trust "
    "ca-certificates* crypto-policies alternatives fonts OpenCL vulkan glvnd nvidia java* magic papersize gss odbc*"
).split()
PROC = (
    "self cpuinfo meminfo stat loadavg uptime version filesystems vmstat devices cgroups swaps buddyinfo zoneinfo "
    "interrupts sys driver"
).split()
_OF_ENVIRONMENT = ("LD_LIBRARY_PATH", "JAVA_HOME", "SPARK_HOME", "CONDA_PREFIX", "VIRTUAL_ENV")
_FIRST_USER = 1000


def allowed(folder: str, readable: Iterable[str] = (), hidden: Iterable[str] = ()) -> list[str]:
    """Return the files and folders that a worker may read.

    Parameters
    ----------
    folder
        The model.
    readable
        What it may read beside that, although it may lie in a hidden folder.
    hidden
        Folders that may not be read although the list holds them.
    """
    foreign = homes_of_others()
    secret = {*HIDDEN, own_home(), *map(os.path.realpath, hidden), *foreign} - {"/"}
    found = [*python_folders(secret), *glob.glob("/dev/nvidia*"), folder]
    for place in [*SYSTEM, *_under("/etc", ETC), *_under("/proc", PROC)]:
        found += around(secret, place)
    for name in _OF_ENVIRONMENT:
        for place in os.environ.get(name, "").split(os.pathsep):
            if os.path.isabs(place) and os.path.realpath(place) != "/":
                found += around(secret, os.path.realpath(place))
    for place in map(os.path.realpath, readable):
        if not any(is_below(place, home) for home in foreign):
            found += around({each for each in secret if not is_below(place, each) or place == each}, place)
    return found


def is_below(path: str, folder: str) -> bool:
    """Return whether a path is a folder or lies in it."""
    return f"{path}/".startswith(folder.rstrip("/") + "/")


def around(hidden: Iterable[str], place: str) -> list[str]:
    """Return a place, or of one that holds hidden folders what lies around them; nothing of one that lies in one."""
    hidden = set(hidden)
    if any(is_below(place, path) for path in hidden):
        return []
    return outside(hidden, place) if any(is_below(path, place) for path in hidden) else [place]


def outside(hidden: Iterable[str], top: str = "/") -> list[str]:
    """Return the largest files and folders that together hold everything but the hidden folders."""
    hidden, found = set(hidden), []
    with contextlib.suppress(OSError), os.scandir(top) as entries:
        for entry in entries:
            if entry.path in hidden or entry.is_symlink():
                continue
            if any(path.startswith(entry.path + "/") for path in hidden):
                found += outside(hidden, entry.path)
            else:
                found.append(entry.path)
    return found


def python_folders(hidden: Iterable[str]) -> list[str]:
    """Return the folders that this Python imports from; of one that holds a hidden folder, what lies around that."""
    places = {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.path.realpath(sys.executable))}
    places.update(path for path in sys.path if path)
    # Packages that are installed to be edited, by setuptools' finders.
    for name, module in list(sys.modules.items()):
        if name.startswith("__editable__"):
            places.update(str(path) for path in getattr(module, "MAPPING", {}).values())
    if site.ENABLE_USER_SITE:
        places.add(site.getusersitepackages())
    found: list[str] = []
    for place in {os.path.realpath(path) for path in places} - {"/"}:
        is_around = any(f"{path}/".startswith(place.rstrip("/") + "/") for path in hidden)
        found += outside(hidden, place) if is_around and place not in hidden else [] if is_around else [place]
    return found


def own_home() -> str:
    """Return the home of the user whom this process belongs to; ``/`` where there is none."""
    try:
        return os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return "/"


def homes_of_others() -> set[str]:
    """Return the homes of the other people on this machine, as far as it lists them.

    A home that holds this interpreter or is a folder of the system (an account that was made for a service) is none.
    """
    system = {"/", "/opt", "/usr", "/usr/local", "/var", "/srv", "/home", "/tmp", *SYSTEM}
    found = set()
    with contextlib.suppress(OSError):
        for user in pwd.getpwall():
            home = os.path.realpath(user.pw_dir)
            is_person = user.pw_uid >= _FIRST_USER or user.pw_uid == 0
            if is_person and user.pw_uid != os.getuid() and home not in system and home != own_home():
                found.add(home)
    return {home for home in found if not is_below(os.path.realpath(sys.prefix), home)}


def _under(top: str, names: Iterable[str]) -> list[str]:
    # What a link leads to is named too: `/etc/localtime`, `/proc/self`.
    found = [path for name in names for path in glob.glob(f"{top}/{name}")]
    return [*dict.fromkeys(map(os.path.realpath, found))]
