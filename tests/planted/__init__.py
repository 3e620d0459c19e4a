"""Faults that somebody could make one day, each with the tests that must notice it."""
