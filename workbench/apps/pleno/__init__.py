"""The pleno: conflicts and named cases, all votes side by side, and the final vote with quorum and dissent."""

from workbench.apps.pleno.model import PlenoModel

__all__ = ["PlenoModel"]
