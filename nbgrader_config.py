"""nbgrader's view of this repository; every nbgrader command run at its root reads this file.

`nbgrader generate_assignment NAME` turns solutions/NAME into exercises/NAME.
`nbgrader zip_collect NAME` turns downloaded/NAME/archive/ into submitted/STUDENT/NAME/NAME.ipynb.
The gradebook, and what a class hands in, are in folders that git ignores.
"""

c = get_config()  # noqa: F821 (nbgrader defines it)

c.CourseDirectory.course_id = "prefetchlab"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

# It knows the names that Moodle and Canvas give to what students hand in.
c.ZipCollectApp.collector_plugin = "prefetchlab.grading.collecting.OneFolderAStudent"
c.ZipCollectApp.extractor_plugin = "prefetchlab.grading.collecting.ArchivesInArchives"

# Students get a zip, so there is no folder for exchange. nbgrader complains without a folder.
c.Exchange.root = "."

# A check cell may count a whole epoch on a busy machine; nothing is graded by seconds.
c.ExecutePreprocessor.timeout = 120
