"""Pictures of made-up data, as they were when somebody last looked at them.

`python -m tests.pictures` draws them anew; look at what changed before you commit it.
"""
