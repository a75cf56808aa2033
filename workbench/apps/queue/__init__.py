"""The queue and the case: the least certain placements, decided one by one."""

from workbench.apps.queue.model import QueueModel

__all__ = ["QueueModel"]
