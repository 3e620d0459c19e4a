"""The laboratory of the course *Prefetching for Performance in TensorFlow*.

It measures, draws, predicts, proves and grades. Its layers, and what each is for, stand in
pyproject.toml under `tool.importlinter`: a module imports only from the layers below it.

Importing this package loads no TensorFlow. Layers that need it import it themselves.
"""

__version__ = "0.1.0"
