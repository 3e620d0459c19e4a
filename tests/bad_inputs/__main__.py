"""Tell how many cases of wrong input there are, or list them."""

import sys
from collections import Counter

from tests.bad_inputs import commands, functions

if __name__ == "__main__":
    of_functions, of_commands = list(functions.cases()), list(commands.cases())
    if "--list" in sys.argv[1:]:
        print(*of_functions, *of_commands, sep="\n")
    counts = Counter(case.function.partition(".")[0] for case in of_functions)
    counts["the command"] = len(of_commands)
    for where, count in counts.items():
        print(f"{count:5} {where}")
    print(f"{counts.total():5} together")
