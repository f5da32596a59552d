"""HashEE's forward pass in plain PyTorch, one sequence and one token at a time, to be compared with.

Layer l, token t (Sun et al. 2022): if t is still active (exit layer >= l) its state is computed from the states of
all tokens after layer l - 1, frozen ones included, whose keys and values are layer l's own; otherwise the state is
copied up. Nothing is detached, so gradients reach the early layers through frozen states.
"""

import math

import torch
from torch.nn.functional import cross_entropy, gelu, layer_norm, linear

from common import OUTPUT, made_with, significant, write_json, write_tensors


def encode(weights, config, ids, segments, exits):
    """Hidden states [n, H] after the embeddings and after every layer."""
    part = lambda x, prefix: linear(x, weights[f"{prefix}.weight"], weights[f"{prefix}.bias"])
    norm = lambda x, prefix: layer_norm(
        x, (config.hidden_size,), weights[f"{prefix}.weight"], weights[f"{prefix}.bias"], config.layer_norm_eps
    )
    size = config.hidden_size // config.num_attention_heads
    embedding = "bert.embeddings"
    states = [
        norm(
            weights[f"{embedding}.word_embeddings.weight"][token]
            + weights[f"{embedding}.position_embeddings.weight"][position]
            + weights[f"{embedding}.token_type_embeddings.weight"][segment],
            f"{embedding}.LayerNorm",
        )
        for position, (token, segment) in enumerate(zip(ids, segments))
    ]
    collected = [torch.stack(states)]
    for layer in range(1, config.num_hidden_layers + 1):
        prefix = f"bert.encoder.layer.{layer - 1}"
        keys = [part(x, f"{prefix}.attention.self.key") for x in states]
        values = [part(x, f"{prefix}.attention.self.value") for x in states]
        following = []
        for t, x in enumerate(states):
            if exits[t] < layer:
                following.append(x)
                continue
            query = part(x, f"{prefix}.attention.self.query")
            context = []
            for head in range(config.num_attention_heads):
                span = slice(head * size, (head + 1) * size)
                scores = torch.stack([query[span] @ key[span] / math.sqrt(size) for key in keys])
                shares = torch.softmax(scores, dim=0)
                context.append(sum(share * value[span] for share, value in zip(shares, values)))
            attended = part(torch.cat(context), f"{prefix}.attention.output.dense")
            y = norm(x + attended, f"{prefix}.attention.output.LayerNorm")
            widened = gelu(part(y, f"{prefix}.intermediate.dense"))
            following.append(norm(y + part(widened, f"{prefix}.output.dense"), f"{prefix}.output.LayerNorm"))
        states = following
        collected.append(torch.stack(states))
    return collected


def classify(weights, state):
    pooled = torch.tanh(linear(state, weights["bert.pooler.dense.weight"], weights["bert.pooler.dense.bias"]))
    return linear(pooled, weights["classifier.weight"], weights["classifier.bias"])


def forward(weights, config, batch, exits):
    """Hidden states after each layer, [T, H] each, and logits [B, C]."""
    runs = [
        encode(weights, config, ids, segments, row)
        for ids, segments, row in zip(batch.sequences, batch.segments, exits)
    ]
    logits = torch.stack([classify(weights, states[-1][0]) for states in runs])
    return [torch.cat(layers) for layers in zip(*runs)], logits


def draw_exits(batch, layers, generator, pinned):
    """Random exit layers; with `pinned`, first and last tokens of each sequence run all layers, as special ones do."""
    exits = [torch.randint(1, layers + 1, (len(row),), generator=generator).tolist() for row in batch.sequences]
    for row, ids in zip(exits, batch.sequences):
        for t, token in enumerate(ids):
            if pinned and token in (2, 3):
                row[t] = layers
    return exits


def make(model, batch, labels):
    config = model.config
    layers = config.num_hidden_layers
    weights = {name: value.detach().double().requires_grad_() for name, value in model.named_parameters()}

    hidden, logits = forward(weights, config, batch, [[layers] * len(row) for row in batch.sequences])
    reference = model.double()(**batch.padded(True), output_hidden_states=True)
    for ours, theirs in zip(hidden, reference.hidden_states):
        torch.testing.assert_close(ours, batch.unpad(theirs))
    torch.testing.assert_close(logits, reference.logits)
    model.float()

    generator = torch.Generator().manual_seed(77)
    cases = {}
    for name, pinned in (("pinned", True), ("unpinned", False)):
        exits = draw_exits(batch, layers, generator, pinned)
        hidden, logits = forward(weights, config, batch, exits)
        loss = cross_entropy(logits, labels)
        gradients = torch.autograd.grad(loss, list(weights.values()))
        cases[name] = {
            "exitLayers": sum(exits, []),
            "hidden": [significant(states) for states in hidden],
            "logits": significant(logits),
            "loss": significant(loss, 10)[0],
        }
        if pinned:
            write_tensors(OUTPUT / "bert-hashee", "grads.safetensors", dict(zip(weights, gradients)))
        else:
            # Gradient of a part only: enough to tell a missing path through frozen first tokens.
            chosen = ("bert.embeddings.word_embeddings.weight", "bert.encoder.layer.1.attention.self.value.weight")
            cases[name]["gradients"] = {
                key: significant(value) for key, value in zip(weights, gradients) if key in chosen
            }
            del cases[name]["hidden"][1:-1]
    write_json(OUTPUT / "bert-hashee", "golden.json", {
        "madeWith": made_with(), "checkpoint": "../bert", "batch": batch.to_json(), "labels": labels.tolist(), **cases,
    })
    print("bert-hashee: written")
