"""Which notebook runs on what, and when; nothing of what a number means."""
