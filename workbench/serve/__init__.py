"""Voila, started safely."""
