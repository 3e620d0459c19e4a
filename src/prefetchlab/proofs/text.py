"""Text of others, such as an exception's message, made fit for one line of a terminal."""


def one_line(text: str, *, at_most: int = 300) -> str:
    """The text as one line of printable characters.

    >>> one_line("two\\nlines, \\x1b[31mred")
    'two lines, [31mred'

    **Arguments:**

    - `text`: any text.
    - `at_most`: how many characters to keep.

    **Returns:** the text with each run of blanks and unprintable characters as one blank.
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:at_most]
