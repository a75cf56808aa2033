"""The chair's screen: progress, pace, agreement, what review is worth, and what stands between now and FINAL."""
