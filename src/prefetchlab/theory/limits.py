"""The step that no buffer can beat in the long run, and what sets it."""

from dataclasses import dataclass

from prefetchlab.theory import bounds


@dataclass(frozen=True)
class Limit:
    """The mean step that no order of the same work can beat in the long run, and what sets it.

    Attributes:
        step_s: the limit in seconds a step.
        set_by: the term that sets it: "loading", "training" or "cores".
        terms_s: every term in seconds a step, by name.
    """

    step_s: float
    set_by: str
    terms_s: dict[str, float]


def limit(load_s: float, train_s: float, *, cpu_work_s: float = 0.0, cores: float = 1) -> Limit:
    """The physical limit of a step in the long run, for one producer: max(L, T, W / c).

    A prefetch hides waiting behind work. It adds no core: what both sides compute must still be
    computed, so a step takes at least the CPU work W of both, shared by c cores. It holds for the
    long run, and as well as L, T and W are known. A run of a few elements may beat it: its first
    load lies before the first step.

    >>> limit(0.010, 0.012).set_by
    'training'
    >>> limit(0.010, 0.012, cpu_work_s=0.040, cores=2)
    Limit(step_s=0.02, set_by='cores', terms_s={'loading': 0.01, 'training': 0.012, 'cores': 0.02})

    **Arguments:**

    - `load_s`, `train_s`: the mean times of each alone, in seconds a step.
    - `cpu_work_s`: CPU-seconds that loading and training use together for one step.
    - `cores`: how many cores the process may use; a quota may make it 1.5.

    **Raises:** `InputError` for what is no time, or cores that are not above 0.

    **Source:** the bottleneck law of operational analysis (Denning and Buzen, 1978).
    """
    terms_s = {
        "loading": bounds.time("load_s", load_s),
        "training": bounds.time("train_s", train_s),
        "cores": bounds.time("cpu_work_s", cpu_work_s) / bounds.positive("cores", cores),
    }
    set_by = max(terms_s, key=terms_s.__getitem__)
    return Limit(terms_s[set_by], set_by, terms_s)
