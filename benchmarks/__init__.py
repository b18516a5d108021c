"""Figures of the project: counts, and ratios to a baseline that the same run measures."""
