"""The same decode-and-resize work by tf.data, PyTorch and Grain, in one run: `make peers`.

Each contender runs in a process of its own, because their libraries do not all bear being loaded
into one: here torchvision beside TensorFlow ends Python with a segmentation fault. The processes
stay from round to round, and are asked in turns.

Nothing here but the modules `with_…` and one function of `images` imports a peer, so that the rest
is tested where none is installed.
"""
