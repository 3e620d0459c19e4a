"""Wrong input, made for every public function and every command.

    python -m tests.bad_inputs            # how many cases there are, by what they are given to
    python -m tests.bad_inputs --list     # each of them

What each must meet is a refusal: one line that names what was wrong; see `refusal`.
"""
