"""The checks of assignment 2: they count and compare, and name the mistake they find.

Every check takes what the student wrote, runs it on given or on fresh random data, and returns
None or raises `Mistake` with a few sentences on what is wrong and where to look. Where a student
measures, the check brings the clock: it moves by what is loaded and trained, and by nothing else.
So no verdict depends on how fast or how busy the machine is.

They do not defend themselves against a student who reads or replaces this package.
"""

from prefetchlab.grading.assignment_2.account import account
from prefetchlab.grading.assignment_2.bench import Bench
from prefetchlab.grading.assignment_2.comparing import Machine, compare
from prefetchlab.grading.assignment_2.epochs import Counted, train_epochs
from prefetchlab.grading.assignment_2.measuring import three_times
from prefetchlab.grading.assignment_2.rewriting import baseline
from prefetchlab.grading.assignment_2.serial import serial
from prefetchlab.grading.assignment_2.shares import shares
from prefetchlab.grading.assignment_2.stepping import step_times
from prefetchlab.grading.assignment_2.training import Training
from prefetchlab.grading.assignment_2.verdict import verdict
from prefetchlab.grading.assignment_2.waits import waits

__all__ = [
    "Bench",
    "Counted",
    "Machine",
    "Training",
    "account",
    "baseline",
    "compare",
    "serial",
    "shares",
    "step_times",
    "three_times",
    "train_epochs",
    "verdict",
    "waits",
]
