"""Speed, memory and honesty, measured side by side; each module prints a table."""
