"""Checks exported files with the Python packages onnx and onnxruntime. Arguments: a JSON file with cases; answers with JSON."""

import json
import sys

import numpy
import onnx
import onnxruntime



def tensor(feed):
    """Integers as nested lists, anything else as type, shape and values."""
    if isinstance(feed, list):
        return numpy.array(feed, dtype=numpy.int64)
    return numpy.array(feed["values"], dtype=feed["type"]).reshape(feed["shape"])


answers = []
for case in json.load(open(sys.argv[1])):
    onnx.checker.check_model(case["path"], full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(case["path"], options, providers=["CPUExecutionProvider"])
    feeds = {each.name: tensor(case["feeds"][each.name]) for each in session.get_inputs()}
    (logits,) = session.run([case.get("output", "logits")], feeds)
    answers.append({"shape": list(logits.shape), "logits": logits.reshape(-1).tolist()})
json.dump(answers, sys.stdout)
