"""Talent: from summaries of theta to levels, axes and nine boxes with their probabilities."""
