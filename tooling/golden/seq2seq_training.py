"""Writes losses and gradients of the encoder-decoders that seq2seq.py made, beside their checkpoints: training.json and
grads-{case}.safetensors under the checkpoint's names. Values are float64, dropout is off.

Cases: dense; exits (of source tokens); both (of source and target tokens, with the logits). Exits are computed layer by layer in plain
PyTorch: a token whose layer is past keeps its state.

    .venv/bin/python seq2seq_training.py
"""

import torch
import transformers as t
from safetensors.torch import load_file

from common import OUTPUT, VOCABULARY, RaggedBatch, made_with, significant, write_json, write_tensors
from cpt import CptForConditionalGeneration
from seq2seq import BYTE_LEVEL, CPT, WORDPIECE, encode, encoder_parts

SMOOTHING = 0.1
LABEL_LENGTHS = [4, 6, 1, 3, 12, 2]


def load(name):
    folder = OUTPUT / name
    if name != "cpt":
        return t.BartForConditionalGeneration.from_pretrained(folder, attn_implementation="eager")
    model = CptForConditionalGeneration(t.BartConfig(**CPT))
    inner = "model.encoder."
    tensors = {
        name.replace(inner, inner + "bert.") if name.startswith(inner) else name: value
        for name, value in load_file(folder / "model.safetensors").items()
    }
    model.load_state_dict(tensors, strict=False)
    return model


def stored_names(model, name):
    """Gradients by the names that the checkpoint has."""
    gradients = {"final_logits_bias": model.final_logits_bias.grad}
    for key, parameter in model.named_parameters():
        if parameter.grad is not None:
            gradients[key.replace("model.encoder.bert.", "model.encoder.")] = parameter.grad
    if name == "bart-scaled":
        gradients = {key.removeprefix("model."): value for key, value in gradients.items() if key != "final_logits_bias"}
    return gradients


def decode(model, memory, inputs, exits):
    """Logits [n, V] of one output; a token whose layer is past keeps its state."""
    decoder = model.get_decoder()
    ids = torch.tensor([inputs])
    states = decoder.embed_tokens(ids) + decoder.embed_positions(ids)
    states = decoder.layernorm_embedding(states)
    n = len(inputs)
    causal = torch.full((n, n), float("-inf"), dtype=states.dtype).triu(1)[None, None]
    for number, layer in enumerate(decoder.layers, 1):
        computed = layer(states, causal, memory[None], use_cache=False)
        states = torch.where(torch.tensor(exits)[None, :, None] >= number, computed, states)
    return model.lm_head(states)[0] + model.final_logits_bias[0]


def run(model, batch, labels, exits, target_exits):
    model.zero_grad()
    model.final_logits_bias.grad = None
    memory = encode(model, batch, exits)[-1]
    start, pad = model.config.decoder_start_token_id, model.config.pad_token_id
    logits, offset = [], 0
    for ids, row, target in zip(batch.sequences, labels, target_exits):
        inputs = [start] + [pad if label < 0 else label for label in row[:-1]]
        logits.append(decode(model, memory[offset : offset + len(ids)], inputs, target))
        offset += len(ids)
    logits = torch.cat(logits)
    loss = torch.nn.functional.cross_entropy(
        logits, torch.tensor(sum(labels, [])), ignore_index=-1, label_smoothing=SMOOTHING
    )
    loss.backward()
    return loss, logits


def reference(model, batch, labels):
    """The loss of the dense case as transformers computes it, all at once and padded."""
    longest = max(map(len, labels))
    padded = torch.tensor([[-100 if label < 0 else label for label in row] + [-100] * (longest - len(row)) for row in labels])
    output = model(**batch.padded(False), labels=padded)
    return torch.nn.functional.cross_entropy(
        output.logits.flatten(0, 1), padded.flatten(), ignore_index=-100, label_smoothing=SMOOTHING
    )


def make(name, ids, seed):
    generator = torch.Generator().manual_seed(seed)
    model = load(name).double().eval()
    model.final_logits_bias.requires_grad_()
    batch = RaggedBatch.random(generator, with_segments=False, **ids)
    if name == "cpt":
        batch.segments = [[1] * len(row) for row in batch.sequences]
    labels = [
        torch.randint(ids["lowest"], VOCABULARY, (length,), generator=generator).tolist() for length in LABEL_LENGTHS
    ]
    labels[1][2] = labels[4][0] = -1
    layers, depth = len(encoder_parts(model)[1]), len(model.get_decoder().layers)
    draw = lambda high, rows: [torch.randint(1, high + 1, (len(row),), generator=generator).tolist() for row in rows]
    full = lambda value, rows: [[value] * len(row) for row in rows]
    some = draw(layers, batch.sequences)
    # By the token that the decoder is given, as a table has it.
    table = torch.randint(1, depth + 1, (VOCABULARY,), generator=generator).tolist()
    start, pad = model.config.decoder_start_token_id, model.config.pad_token_id
    given = [[start] + [pad if label < 0 else label for label in row[:-1]] for row in labels]
    cases = {
        "dense": (full(layers, batch.sequences), full(depth, labels)),
        "exits": (some, full(depth, labels)),
        "both": (some, [[table[token] for token in row] for row in given]),
    }
    content = {
        "madeWith": made_with(), "batch": batch.to_json(), "labels": labels, "smoothing": SMOOTHING, "decoderExitLayer": table,
    }
    for case, (exits, target_exits) in cases.items():
        loss, logits = run(model, batch, labels, exits, target_exits)
        if case == "dense":
            torch.testing.assert_close(reference(model, batch, labels), loss)
        content[case] = {"exitLayers": sum(exits, []), "loss": loss.item()}
        if case == "both":
            content[case]["logits"] = significant(logits)
        write_tensors(OUTPUT / name, f"grads-{case}.safetensors", stored_names(model, name))
    write_json(OUTPUT / name, "training.json", content)
    print(f"{name}: written")


def main():
    torch.set_num_threads(1)
    make("bart", BYTE_LEVEL, 3001)
    make("bart-scaled", BYTE_LEVEL, 3002)
    make("cpt", WORDPIECE, 3003)


if __name__ == "__main__":
    main()
