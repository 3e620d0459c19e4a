"""How much the tests see: the laboratory is changed in one place after another, and tested.

`make mutation` runs `python -m tools.mutation`. A change that no test notices is a survivor.
"""
