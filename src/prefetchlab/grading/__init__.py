"""Grading: the checks that an assignment's test cells call."""
