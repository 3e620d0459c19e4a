"""The laboratory of the course *Prefetching for Performance in TensorFlow*.

Each module is a room; a room imports only from the rooms below it:

    cli          the command `prefetchlab`
    grading      checks for exercises
    quiz         the question bank: load, prove, render
    experiments  one function a chapter: build, measure, predict, draw
    figures      matplotlib, with alt text from the data
    measure      step times, run-ahead, recorded timelines
    graph        what TensorFlow really runs; the only user of experimental TensorFlow
    pipelines    the steps of a pipeline as functions on tf.data.Dataset
    workloads    real JPEG records, sources with latency, train steps
    timeline     events and intervals in seconds from a start
    theory       the recursion, closed forms, limits

Importing this package loads no TensorFlow. Rooms that need it import it themselves.
"""

__version__ = "0.1.0"
