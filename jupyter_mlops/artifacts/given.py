"""A value as a step was given it, to be looked at again at the step's end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.artifacts.ref import Ref

if TYPE_CHECKING:
    from jupyter_mlops.artifacts.fingerprint import Fingerprint


@dataclass(frozen=True)
class Given:
    """The object, its fingerprint then, where it came from, and the definitions that its artifact has by name."""

    value: object
    before: Fingerprint | None
    ref: Ref | None = None
    used: frozenset[str] = frozenset()

    @classmethod
    def note(
        cls, value: object, namespace: dict[str, Any], ref: Ref | None = None, used: frozenset[str] = frozenset()
    ) -> Given:
        """Take the fingerprint of a value as it is now."""
        from jupyter_mlops.artifacts.fingerprint import fingerprint

        return cls(value, fingerprint(value, namespace), ref, used)

    def look(self, namespace: dict[str, Any]) -> tuple[bool, bool]:
        """Return whether the object has certainly changed since, and whether it is certainly the same.

        It is the object that was given, even if the name means another one by now: others may still hold it.
        """
        from jupyter_mlops.artifacts.fingerprint import has_changed

        return has_changed(self.before, self.value, namespace)
