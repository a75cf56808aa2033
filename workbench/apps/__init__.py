"""Screens for Voila: one folder a screen, the model apart from the view, no statistics inside."""
