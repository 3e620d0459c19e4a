"""On what machine, and with which versions, something was measured."""

from collections.abc import Mapping

_SHOWN = (
    ("machine", ""), ("cores", "cores: "), ("device", ""), ("tensorflow", "TensorFlow "),
    ("python", "Python "),
)  # fmt: skip


def measured_on(labels: Mapping[str, str]) -> str:
    """The sentence for a note; nothing where nothing is known.

    >>> measured_on({"tensorflow": "2.21.0", "device": "CPU", "cores": "2", "numpy": "2.4"})
    'Measured on cores: 2, CPU, TensorFlow 2.21.0.'

    **Arguments:**

    - `labels`: machine and versions by name, as `measure.versions` gives them.
    """
    told = ", ".join(f"{label}{labels[key]}" for key, label in _SHOWN if key in labels)
    return f"Measured on {told}." if told else ""
