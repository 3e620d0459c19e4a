"""Look through what a class hands in, before nbgrader grades it and after.

One notebook can stop `nbgrader autograde` for a whole class, and several faults cost a student all
points without a word. Nothing here runs a student's code, and nothing here loads TensorFlow.
"""

from prefetchlab.grading.submissions import needs  # isort: skip - first: what follows needs it
from prefetchlab.grading.submissions.aside import Moved, set_aside
from prefetchlab.grading.submissions.checking import check
from prefetchlab.grading.submissions.command import check_command
from prefetchlab.grading.submissions.course import Course
from prefetchlab.grading.submissions.finding import Finding, Kind

__all__ = ["Course", "Finding", "Kind", "Moved", "check", "check_command", "needs", "set_aside"]
