"""Whether this process lives and whether it can do its work: what `/livez` and `/readyz` answer."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """What one component said of itself last."""

    ok: bool
    reason: str


class Health:
    """Collects what the components say of themselves. Any thread may call any method.

    Not ready means: give me no new work. Dead means: only a restart helps.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._components: dict[str, ComponentHealth] = {}
        self._stopping = False
        self._dead: str | None = None

    def set(self, component: str, ok: bool, reason: str = "") -> None:
        """Keeps what `component` says of itself; `reason` is for the person who reads /readyz."""
        with self._lock:
            self._components[component] = ComponentHealth(ok, reason)

    def forget(self, component: str) -> None:
        """Removes a component that is no more, such as a partition given up."""
        with self._lock:
            self._components.pop(component, None)

    def stopping(self) -> None:
        """From now on never ready: the process finishes what it has and takes nothing new."""
        with self._lock:
            self._stopping = True

    def dead(self, reason: str) -> None:
        """From now on /livez fails. The first reason stays."""
        with self._lock:
            self._dead = self._dead or reason

    def ready(self) -> bool:
        """True if at least one component has reported, all are well, and nothing stops or is dead."""
        with self._lock:
            return (
                not self._stopping
                and self._dead is None
                and bool(self._components)
                and all(component.ok for component in self._components.values())
            )

    def live(self) -> bool:
        """False only once `dead` was called."""
        with self._lock:
            return self._dead is None

    def report(self) -> dict[str, object]:
        """Everything known, as JSON: ready, live, stopping, dead (reason or null), components by name."""
        ready, live = self.ready(), self.live()
        with self._lock:
            return {
                "ready": ready,
                "live": live,
                "stopping": self._stopping,
                "dead": self._dead,
                "components": {
                    name: {"ok": component.ok, "reason": component.reason}
                    for name, component in sorted(self._components.items())
                },
            }
