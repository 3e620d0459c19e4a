"""A small question bank without fault, to plant faults in."""

GOOD = """\
chapter: 3
title: Overlap
objectives:
  3.1: Tell it.
  3.10: Tell it again.
questions:
  - id: q3-sum
    objective: 3.10
    item: S15.4
    level: easy
    kind: practice
    prompt: What is 1 + 1?
    options:
      - text: "1"
        because: No.
        proof: sum([1, 1]) == 1
      - text: "2"
        correct: true
        because: Yes.
        proof: |
          total = 1 + 1
          total == 2
      - text: "3"
        because: No.
        source: Peano, 1889
    hint: Count.
    steps: [One., Two.]
"""
