"""What the notebooks call: each module puts one stage together from the workspace, the statistics and the rules."""
