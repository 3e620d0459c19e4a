"""Plant faults, one at a time, each in a copy of the course, and see whether its tests notice.

python -m tests.planted [WORD...]: those with all these words in their name.
"""

import sys

from tests.planted import faults, planting

if __name__ == "__main__":
    words = sys.argv[1:]
    chosen = [one for one in faults.every() if all(word in one.name for word in words)]
    survived = 0
    for done, (fault, caught) in enumerate(planting.plant_all(chosen, processes=2), 1):
        survived += not caught
        print(f"{done:3} of {len(chosen)}  {'caught' if caught else 'SURVIVED'}  {fault.name}")
    print(f"{survived} of {len(chosen)} survived")
    sys.exit(bool(survived))
