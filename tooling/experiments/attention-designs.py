"""Ways to compute absorbed attention in ONNX Runtime, each a graph of its own, timed in turns on one thread.

    python tooling/experiments/attention-designs.py --hidden 768 --sequences 8 --queries 9

Needs onnx, onnxruntime and numpy. Times are of the processor, the least of the rounds.
"""

import argparse
import time

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

CONTRIB = "com.microsoft"
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--hidden", type=int, default=768, help="width of the states")
parser.add_argument("--heads", type=int, default=12)
parser.add_argument("--sequences", type=int, default=8, help="of one group")
parser.add_argument("--queries", type=int, default=9, help="of each sequence")
parser.add_argument("--length", type=int, default=25, help="tokens of each sequence")
parser.add_argument("--rounds", type=int, default=15)
options = parser.parse_args()
H, A, B, Q, S = options.hidden, options.heads, options.sequences, options.queries, options.length
D, m = H // A, B * Q
random = np.random.default_rng(1)


def floats(*shape):
    return random.standard_normal(shape).astype(np.float32)


def integers(*shape):
    return random.integers(-127, 128, shape).astype(np.int8)


def places(*shape):
    return random.permutation(int(np.prod(shape))).reshape(shape).astype(np.int64)


def node(operator, inputs, outputs, **attributes):
    domain = CONTRIB if operator in ("FusedMatMul", "DynamicQuantizeMatMul", "MatMulIntegerToFloat") else ""
    return helper.make_node(operator, inputs, outputs, domain=domain, **attributes)


def design(nodes, feeds, weights, outputs=("y",)):
    """A session whose inputs have free sizes, as the runtime's have, and what it is fed."""
    types = {np.dtype("float32"): TensorProto.FLOAT, np.dtype("int64"): TensorProto.INT64}
    inputs = [
        helper.make_tensor_value_info(name, types[data.dtype], [f"{name}{axis}" if size in (m, B, A * m) else size for axis, size in enumerate(data.shape)])
        for name, data in feeds.items()
    ]
    graph = helper.make_graph(
        nodes,
        "design",
        inputs,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(data, name) for name, data in weights.items()],
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(CONTRIB, 1)]
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()
    return onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"]), feeds


def apart(operator, weight, scale=None):
    """One product for each head, of weights that are packed when the session is made."""
    nodes = [node("Split", ["q"], [f"q{h}" for h in range(A)], axis=1, num_outputs=A)]
    weights = {}
    for h in range(A):
        weights[f"w{h}"] = weight()
        if scale:
            weights[f"s{h}"] = scale()
        nodes.append(node(operator, [f"q{h}", f"w{h}"] + ([f"s{h}"] if scale else []), [f"y{h}"]))
    return design(nodes + [node("Concat", [f"y{h}" for h in range(A)], ["y"], axis=0)], {"q": floats(m, A * D)}, weights)


quantize = node("DynamicQuantizeLinear", ["q"], ["i", "step", "zero"])
turn = node("Transpose", ["i"], ["t"], perm=[1, 0, 2])
integer = node("MatMulIntegerToFloat", ["t", "w", "step", "s", "zero"], ["y"])
folding = {
    "fp32, weights of all heads in one product": design(
        [node("FusedMatMul", ["q", "w"], ["y"], transBatchA=1)], {"q": floats(m, A, D)}, {"w": floats(A, D, H)}
    ),
    "fp32, a product for each sequence and head": design(
        [node("MatMul", ["q", "w"], ["y"])], {"q": floats(B, A, Q, D)}, {"w": floats(A, D, H)}
    ),
    "fp32, a packed product for each head": apart("MatMul", lambda: floats(D, H)),
    "8 bits, weights of all heads in one product": design(
        [quantize, turn, integer], {"q": floats(m, A, D)}, {"w": integers(A, D, H), "s": np.abs(floats(A, 1, H))}
    ),
    "8 bits, a packed product for each head": apart(
        "DynamicQuantizeMatMul", lambda: integers(D, H), lambda: np.abs(floats(H))
    ),
}
keys = floats(A, D, H)
values = floats(A, D, H)
softmax = node("Softmax", ["scores"], ["p"])
routes = {
    "rows of states gathered from heads to sequences, and back": design(
        [
            node("FusedMatMul", ["q", "keys"], ["folded"], transBatchA=1),  # [A, m, H]
            node("Reshape", ["folded", "rows"], ["flat"]),
            node("Gather", ["flat", "there"], ["placed"]),  # [B, A·Q, H]
            node("FusedMatMul", ["placed", "x"], ["scores"], transB=1),
            softmax,
            node("MatMul", ["p", "x"], ["mixed"]),
            node("Reshape", ["mixed", "rows"], ["unmixed"]),
            node("Gather", ["unmixed", "back"], ["picked"]),  # [A, m, H]
            node("FusedMatMul", ["picked", "values"], ["heads"], transB=1),
            node("Transpose", ["heads"], ["y"], perm=[1, 0, 2]),
        ],
        {"q": floats(m, A, D), "x": floats(B, S, H), "there": places(B, A * Q), "back": places(A, m)},
        {"keys": keys, "values": values, "rows": np.array([-1, H])},
    ),
    "read by strides, attention weights turned": design(
        [
            node("FusedMatMul", ["q", "keys"], ["folded"], transBatchA=1),  # [A, Q·B, H]
            node("Reshape", ["folded", "shape"], ["strided"]),  # [A·Q, B, H]
            node("FusedMatMul", ["strided", "x"], ["scores"], transBatchA=1, transB=1),
            softmax,
            node("Gather", ["p", "turned"], ["weights"], axis=1),  # [B, Q·A, S]
            node("MatMul", ["weights", "x"], ["mixed"]),
            node("Reshape", ["mixed", "byhead"], ["unmixed"]),  # [B·Q, A, H]
            node("FusedMatMul", ["unmixed", "values"], ["heads"], transBatchA=1, transB=1),  # [A, B·Q, D]
            node("Reshape", ["heads", "narrow"], ["flat"]),
            node("Gather", ["flat", "back"], ["y"]),  # [m, A, D]
        ],
        {
            **{"q": floats(m, A, D), "x": floats(B, S, H), "back": places(m, A), "turned": places(Q * A)},
            "shape": np.array([A * Q, B, H]),
        },
        {"keys": keys, "values": values, "byhead": np.array([-1, A, H]), "narrow": np.array([-1, D])},
    ),
}

print(f"onnxruntime {onnxruntime.__version__}, one thread, H = {H}, {A} heads, {B} sequences of {S} tokens with {Q} queries each")
for title, designs in (("folding the keys into the queries", folding), ("absorbed attention, fp32", routes)):
    times = {name: [] for name in designs}
    for _ in range(options.rounds):
        for name, (session, feeds) in designs.items():
            session.run(None, feeds)
            started = time.process_time()
            for _ in range(3):
                session.run(None, feeds)
            times[name].append((time.process_time() - started) / 3)
    print(f"\n{title}")
    for name, rounds in times.items():
        print(f"  {min(rounds) * 1e3:7.3f} ms  {name}")
