"""Two decoder graphs, one without and one with a cache, as the one graph that the public conversions call merged."""

import onnx
from onnx import TensorProto, helper


def merge_decoders(first: onnx.ModelProto, later: onnx.ModelProto) -> onnx.ModelProto:
    """`use_cache_branch` [1] bool chooses: `later` where true, else `first`. Weights that both have are kept once.

    In the branch with a cache the encoder's keys and values have no new form: they come out as tensors of length 0.
    """
    outputs = list(first.graph.output)
    branches, weights, known = [], [], {}
    for prefix, model in (("first/", first), ("later/", later)):
        renamed = {}
        for weight in model.graph.initializer:
            content = (weight.data_type, tuple(weight.dims), onnx.numpy_helper.to_array(weight).tobytes())
            if content not in known:
                known[content] = f"weights/{len(known)}"
                kept = TensorProto()
                kept.CopyFrom(weight)
                kept.name = known[content]
                weights.append(kept)
            renamed[weight.name] = known[content]
        shared = {value.name for value in model.graph.input}

        def name(old: str) -> str:
            return old if old == "" or old in shared else renamed.setdefault(old, prefix + old)

        nodes = [rename_node(node, name) for node in model.graph.node]
        given = {value.name for value in model.graph.output}
        results = []
        for output in outputs:
            # An If may not give out a value of the outer graph itself, nor two branches the same name.
            result = helper.make_tensor_value_info(f"{prefix}{output.name}/out", output.type.tensor_type.elem_type, None)
            if output.name in given:
                nodes.append(helper.make_node("Identity", [name(output.name)], [result.name], name=f"{result.name}/copy"))
            else:
                heads, width = (output.type.tensor_type.shape.dim[axis].dim_value for axis in (1, 3))
                empty = helper.make_tensor(f"{result.name}/value", output.type.tensor_type.elem_type, [0, heads, 1, width], [])
                nodes.append(helper.make_node("Constant", [], [result.name], value=empty, name=f"{result.name}/empty"))
            results.append(result)
        branches.append(helper.make_graph(nodes, prefix.strip("/"), [], results))
    inputs = {value.name: value for model in (first, later) for value in model.graph.input}
    branch = helper.make_tensor_value_info("use_cache_branch", TensorProto.BOOL, [1])
    choice = helper.make_node(
        "If", ["use_cache_branch"], [output.name for output in outputs], then_branch=branches[1], else_branch=branches[0], name="use_cache"
    )
    graph = helper.make_graph([choice], "decoder_merged", [*(inputs[key] for key in sorted(inputs)), branch], outputs, weights)
    merged = helper.make_model(graph, opset_imports=first.opset_import, ir_version=first.ir_version, producer_name="menagerie")
    onnx.checker.check_model(merged)
    return merged


def rename_node(node: onnx.NodeProto, name) -> onnx.NodeProto:
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    copy.input[:] = [name(value) for value in node.input]
    copy.output[:] = [name(value) for value in node.output]
    copy.name = name(node.name) if node.name else ""
    for attribute in copy.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            inner = [rename_node(part, name) for part in attribute.g.node]
            for value in [*attribute.g.output, *attribute.g.input, *attribute.g.initializer]:
                value.name = name(value.name)
            del attribute.g.node[:]
            attribute.g.node.extend(inner)
    return copy


def shorten_names(model: onnx.ModelProto) -> onnx.ModelProto:
    """Values between nodes by numbers: in a small model the tracer's long names are most of the file."""
    kept = {value.name for value in [*model.graph.input, *model.graph.output]}
    short = {}

    def name(old: str) -> str:
        return old if old == "" or old in kept else short.setdefault(old, f"v{len(short)}")

    nodes = [rename_node(node, name) for node in model.graph.node]
    for node in nodes:
        node.ClearField("name")
    for weight in model.graph.initializer:
        weight.name = name(weight.name)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    del model.graph.value_info[:]
    onnx.checker.check_model(model)
    return model
