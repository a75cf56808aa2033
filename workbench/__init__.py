"""The assessor workbench: from test responses to talent placements that state how sure they are."""
