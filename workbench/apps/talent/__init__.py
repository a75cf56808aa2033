"""The talent explorer: the nine boxes of an instansi, its people, two of them side by side, and who fits a vacancy."""

from workbench.apps.talent.model import TalentModel

__all__ = ["TalentModel"]
