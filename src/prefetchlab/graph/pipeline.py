"""A pipeline as a value: stages on a line, or joined as a tree."""

from collections.abc import Iterator
from dataclasses import dataclass

from prefetchlab import given
from prefetchlab._tensorflow import tf

AUTOTUNE = tf.data.AUTOTUNE


@dataclass(frozen=True)
class Stage:
    """One transformation of a pipeline.

    >>> str(Stage("Prefetch", 2)), str(Stage("ParallelMap", AUTOTUNE)), str(Stage("Map"))
    ('Prefetch(2)', 'ParallelMap(AUTOTUNE)', 'Map')
    >>> print(Stage("Zip", inputs=(Pipeline((Stage("Range"),)), Pipeline((Stage("Random"),)))))
    Zip(Range, Random)
    >>> print(Stage("Interleave", inner=Pipeline((Stage("TFRecord"), Stage("Prefetch", 1)))))
    Interleave[TFRecord → Prefetch(1)]

    Attributes:
        name: TensorFlow's name of the operation, without "Dataset" and version; where one call
            makes several operations, the name of the call (see `written`).
        setting: its buffer size in elements; if it has no buffer, its parallelism in calls; if
            neither, its batch size in elements. `AUTOTUNE` if the runtime chooses, None if it has
            none of them.
        inputs: the pipelines that it joins; empty if it has one input, or none.
        inner: the pipeline in its function: what it makes of each element, as `interleave` does, or
            what it goes over for each, as a `map` does with `reduce`; None if there is none.
    """

    name: str
    setting: int | None = None
    inputs: tuple["Pipeline", ...] = ()
    inner: "Pipeline | None" = None

    def __str__(self) -> str:
        """The name; in round brackets the setting and what it joins, in square ones the inner."""
        within = [] if self.setting is None else [_shown(self.setting)]
        within += map(str, self.inputs)
        round_brackets = f"({', '.join(within)})" if within else ""
        return self.name + round_brackets + (f"[{self.inner}]" if self.inner else "")


def _shown(setting: int) -> str:
    return "AUTOTUNE" if setting == AUTOTUNE else str(setting)


@dataclass(frozen=True)
class Pipeline:
    """The transformations of a pipeline, from its source to its end.

    >>> odd, even = Pipeline((Stage("Range"), Stage("Map"))), Pipeline((Stage("Range"),))
    >>> both = Pipeline((Stage("Zip", inputs=(odd, even)), Stage("Batch", 4)))
    >>> print(both)
    Zip(Range → Map, Range) → Batch(4)
    >>> both.names
    ('Range', 'Map', 'Range', 'Zip', 'Batch')

    Attributes:
        line: the transformations in a row. The first is a source, or joins other pipelines.
    """

    line: tuple[Stage, ...]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All stages, the source first: those of joined pipelines one after the other, then on.

        The inner pipeline of a stage is a part of that stage, and not counted here.
        """
        return tuple(self._sources_first())

    def _sources_first(self) -> Iterator[Stage]:
        for stage in self.line:
            for joined in stage.inputs:
                yield from joined.stages
            yield stage

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all stages, in the order of `stages`."""
        return tuple(stage.name for stage in self.stages)

    def __str__(self) -> str:
        """The stages with arrows between them."""
        return " → ".join(map(str, self.line))


def has_autotuned_parallelism(pipeline: Pipeline) -> bool:
    """Whether TensorFlow chooses how many calls some stage makes at a time.

    It goes by the cores of the machine, and so does how far such a stage runs ahead. The size of a
    prefetch that TensorFlow chooses is not meant.

    >>> has_autotuned_parallelism(Pipeline((Stage("Range"), Stage("Prefetch", AUTOTUNE))))
    False
    >>> has_autotuned_parallelism(Pipeline((Stage("Range"), Stage("ParallelMap", AUTOTUNE))))
    True

    **Arguments:**

    - `pipeline`: what `written` or `runs` returned; inner pipelines are looked at, too.

    **Raises:** `InputError` if it is no `Pipeline`.
    """
    given.a(Pipeline, "pipeline", pipeline)
    return any(
        (stage.setting == AUTOTUNE and stage.name != "Prefetch")
        or (stage.inner is not None and has_autotuned_parallelism(stage.inner))
        for stage in pipeline.stages
    )
