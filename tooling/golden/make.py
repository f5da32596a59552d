"""Writes packages/runtime-onnx/test/golden: small random checkpoints and what transformers computes with them.

Expected values are computed in float64 with eager attention from the float32 weights; `float32Difference` in each
file is how far the same run in float32 is from them, the floor below which no tolerance makes sense.
"""

import copy
import sys

import torch
from torch.nn.functional import cross_entropy, mse_loss

import adamw
import hashee
from common import OUTPUT, RaggedBatch, made_with, significant, write_json, write_tensors
from families import FAMILIES


def randomise(model, generator):
    """Weights large enough that an error anywhere shows in the output; LayerNorms that aren't the identity."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name.lower() and name.endswith("weight"):
                parameter.copy_(1 + 0.2 * noise)
            elif name.endswith("bias"):
                parameter.copy_(0.2 * noise)
            else:
                parameter.copy_(0.3 * noise)


def make_labels(name, batch, generator):
    if name == "bert-regression":
        return torch.randn(len(batch.sequences), generator=generator).mul(2).round(decimals=2).double()
    if name != "bert-token-classification":
        return torch.randint(0, 3, (len(batch.sequences),), generator=generator)
    tags = []
    for row in batch.sequences:
        tag = torch.randint(0, 5, (len(row),), generator=generator)
        tag[0] = tag[-1] = -1  # special tokens carry no label
        tag[5::6] = -1  # nor do word continuations
        tags.append(tag)
    return torch.cat(tags)


def loss_of(name, logits, labels):
    if name == "bert-regression":
        return mse_loss(logits.squeeze(-1), labels.to(logits.dtype))
    return cross_entropy(logits, labels, ignore_index=-1)


def run(name, family, model, batch, labels):
    model.zero_grad()
    output = model(**batch.padded(family["segments"]), output_hidden_states=True)
    hidden = [batch.unpad(states) for states in output.hidden_states]
    logits = batch.unpad(output.logits) if name == "bert-token-classification" else output.logits
    loss = loss_of(name, logits, labels)
    loss.backward()
    return hidden, logits, loss


def make_family(name, family):
    seed = 1000 + list(FAMILIES).index(name)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    config = copy.deepcopy(family["config"])
    config._attn_implementation = "eager"
    model = family["model"](config).eval()
    randomise(model, generator)
    folder = OUTPUT / name
    model.save_pretrained(folder)

    batch = RaggedBatch.random(generator, with_segments=family["segments"], **family["ids"])
    labels = make_labels(name, batch, generator)
    single = run(name, family, copy.deepcopy(model), batch, labels)
    precise = copy.deepcopy(model).double()
    hidden, logits, loss = run(name, family, precise, batch, labels)
    difference = lambda a, b: float(f"{(a.double() - b).abs().max().item():.2g}")
    write_json(folder, "golden.json", {
        "madeWith": made_with(),
        "batch": batch.to_json(),
        "layers": len(hidden) - 1,
        "hidden": [significant(states) for states in hidden],
        "logits": significant(logits),
        "labels": labels.tolist(),
        "loss": significant(loss, 10)[0],
        "float32Difference": {
            "hidden": max(difference(a, b) for a, b in zip(single[0], hidden)),
            "logits": difference(single[1], logits),
        },
    })
    if family["gradients"]:
        gradients = {key: value.grad for key, value in precise.named_parameters() if value.grad is not None}
        write_tensors(folder, "grads.safetensors", gradients)
    return model, batch, labels


def main():
    torch.set_num_threads(1)
    wanted = sys.argv[1:] or list(FAMILIES)
    for name in wanted:
        model, batch, labels = make_family(name, FAMILIES[name])
        print(f"{name}: written")
        if name == "bert":
            hashee.make(model, batch, labels)
            adamw.make(model, batch, labels)


if __name__ == "__main__":
    main()
