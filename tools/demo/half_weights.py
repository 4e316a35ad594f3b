"""Stores the weights of an ONNX graph as float16, behind a Cast to float32.

Inputs, outputs and arithmetic stay float32; ONNX Runtime folds the casts when it loads the graph.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SUFFIX = "_fp16"


def halve_weights(model: onnx.ModelProto) -> int:
    """Replaces each float32 initialiser that float16 holds exactly, in place; the number replaced."""
    graph, casts, kept = model.graph, [], []
    for initializer in graph.initializer:
        values = numpy_helper.to_array(initializer)
        half = values.astype(np.float16) if initializer.data_type == TensorProto.FLOAT else None
        if half is None or not np.array_equal(half.astype(np.float32), values):
            kept.append(initializer)
            continue
        kept.append(numpy_helper.from_array(half, initializer.name + SUFFIX))
        casts.append(helper.make_node("Cast", [initializer.name + SUFFIX], [initializer.name], to=TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend([*casts, *nodes])
    onnx.checker.check_model(model, full_check=True)
    return len(casts)
