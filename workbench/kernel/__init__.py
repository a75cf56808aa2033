"""Kernels forked from one warm process, which has already imported and exercised what notebooks use.

Knows nothing of what the notebooks are about: who needs kernels names the function that warms the process. Linux only;
anywhere else, and whenever anything stands in the way, kernels are started in the ordinary way.
"""

from workbench.kernel.warm import ORDINARY, SWITCH, WarmKernels

__all__ = ["ORDINARY", "SWITCH", "WarmKernels"]
