"""Grading: checks for the test cells, and what an instructor needs for what students hand in.

The checks are a shared vocabulary, and one module an assignment that is made of it. `collecting`
and `submissions` are the instructor's.
"""
