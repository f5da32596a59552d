"""Five AdamW updates of the small BERT: the loss of each step, and weights after the last."""

import copy

import torch
from torch.nn.functional import cross_entropy

from common import OUTPUT, made_with, significant, write_json, write_tensors

STEPS = [[0, 1, 2], [3, 4, 5], [5, 2], [1, 3, 4, 0], [0, 1, 2, 3, 4, 5]]
LEARNING_RATES = [0.001, 0.002, 0.0015, 0.001, 0.0005]
OPTIMIZER = {"weightDecay": 0.05, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "maxGradientNorm": 1.0}


def train(model, batch, labels):
    undecayed = lambda name: name.endswith("bias") or "LayerNorm" in name
    groups = [
        {"params": [p for n, p in model.named_parameters() if not undecayed(n)], "weight_decay": OPTIMIZER["weightDecay"]},
        {"params": [p for n, p in model.named_parameters() if undecayed(n)], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(OPTIMIZER["beta1"], OPTIMIZER["beta2"]), eps=OPTIMIZER["epsilon"])
    steps = []
    for rows, rate in zip(STEPS, LEARNING_RATES):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = cross_entropy(model(**batch.select(rows).padded(True)).logits, labels[rows])
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), OPTIMIZER["maxGradientNorm"])
        optimizer.step()
        steps.append({
            "rows": rows, "learningRate": rate, "loss": significant(loss, 10)[0], "gradientNorm": significant(norm, 10)[0]
        })
    return steps


def make(model, batch, labels):
    precise, single = copy.deepcopy(model).double().eval(), copy.deepcopy(model).eval()
    steps = train(precise, batch, labels)
    train(single, batch, labels)
    # The key biases are left out: they shift all scores of a query alike, so their gradient is zero in exact
    # arithmetic, and AdamW turns the rounding noise into updates of full size.
    kept = {
        name: value for name, value in precise.named_parameters()
        if name.startswith(("classifier.", "bert.encoder.layer.1.", "bert.embeddings.LayerNorm"))
        and not name.endswith("key.bias")
    }
    float32 = dict(single.named_parameters())
    write_tensors(OUTPUT / "bert-adamw", "weights.safetensors", kept)
    write_json(OUTPUT / "bert-adamw", "golden.json", {
        "madeWith": made_with(), "checkpoint": "../bert", "optimizer": OPTIMIZER, "steps": steps,
        "batch": batch.to_json(), "labels": labels.tolist(),
        "float32Difference": {
            "weights": float(f"{max((float32[n].double() - v).abs().max().item() for n, v in kept.items()):.2g}")
        },
    })
    print("bert-adamw: written")
