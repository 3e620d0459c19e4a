"""Proofs that would do harm, and two ways to run them: with protection and without."""
