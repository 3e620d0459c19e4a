"""Grading: a shared vocabulary of checks, and one module an assignment that is made of it."""
