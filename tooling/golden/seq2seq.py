"""Writes the encoder-decoder checkpoints of packages/runtime-onnx/test/golden and what they compute.

bart (with the prefix and the bias that BartForConditionalGeneration saves), bart-scaled (as BartModel saves it: no prefix, no
bias, scaled embeddings), cpt (the layout of fnlp/cpt-base, which transformers has no class for: its BertModel as encoder, its
BART decoder). Values are float64.

    .venv/bin/python seq2seq.py
"""

import torch
import transformers as t

from common import LENGTHS, MAX_LENGTH, OUTPUT, VOCABULARY, RaggedBatch, made_with, significant, write_json
from cpt import CptForConditionalGeneration, save_cpt
from make import randomise

BART = dict(
    vocab_size=VOCABULARY, d_model=24, encoder_layers=4, decoder_layers=3, encoder_attention_heads=3,
    decoder_attention_heads=4, encoder_ffn_dim=32, decoder_ffn_dim=40, max_position_embeddings=MAX_LENGTH, bos_token_id=0,
    pad_token_id=1, eos_token_id=2, decoder_start_token_id=2, forced_eos_token_id=2, attn_implementation="eager",
)
CPT = {
    **BART, "encoder_layers": 6, "decoder_layers": 2, "bos_token_id": 2, "pad_token_id": 0, "eos_token_id": 3,
    "decoder_start_token_id": 3, "forced_eos_token_id": 3,
}
TARGET_LENGTHS = [3, 6, 1, 4, 2, 5]
BYTE_LEVEL = dict(first=0, last=2, pad=1, lowest=4)
WORDPIECE = dict(first=2, last=3, pad=0, lowest=5)


def encoder_parts(model):
    """Embeddings and layers as functions of states, and the number of layers that the decoder reads."""
    encoder = model.get_encoder()
    if isinstance(model, CptForConditionalGeneration):
        bert = encoder.bert
        embed = lambda ids: bert.embeddings(input_ids=ids, token_type_ids=torch.ones_like(ids))
        return embed, bert.encoder.layer[: -model.config.decoder_layers]

    def embed(ids):
        words = encoder.embed_tokens(ids)
        return encoder.layernorm_embedding(words + encoder.embed_positions(ids))

    return embed, encoder.layers


def encode(model, batch, exits):
    """States [n, H] of each sequence after the embeddings and every layer; a token whose layer is past keeps its state."""
    embed, layers = encoder_parts(model)
    collected = []
    for ids, row in zip(batch.sequences, exits):
        states = embed(torch.tensor([ids]))
        run = [states[0]]
        for number, layer in enumerate(layers, 1):
            computed = layer(states, None)
            computed = computed[0] if isinstance(computed, tuple) else computed
            states = torch.where(torch.tensor(row)[None, :, None] >= number, computed, states)
            run.append(states[0])
        collected.append(run)
    return [torch.cat(states) for states in zip(*collected)]


def decode(model, batch, memory, targets):
    """Logits [n, V] after every token of every target, one sequence at a time."""
    logits, offset = [], 0
    for ids, target in zip(batch.sequences, targets):
        states = memory[offset : offset + len(ids)][None]
        offset += len(ids)
        output = model(
            encoder_outputs=t.modeling_outputs.BaseModelOutput(last_hidden_state=states),
            decoder_input_ids=torch.tensor([target]), use_cache=False,
        )
        logits.append(output.logits[0])
    return torch.cat(logits)


def make(name, model, ids, seed, save):
    generator = torch.Generator().manual_seed(seed)
    randomise(model, generator)
    if save != "plain":
        model.final_logits_bias.copy_(0.3 * torch.randn(1, VOCABULARY, generator=generator))
    model.eval()
    folder = OUTPUT / name
    folder.mkdir(parents=True, exist_ok=True)
    if save == "cpt":
        save_cpt(model, folder)
    elif save == "plain":
        model.model.save_pretrained(folder)
    else:
        model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)

    model.double()
    batch = RaggedBatch.random(generator, with_segments=False, **ids)
    if save == "cpt":
        batch.segments = [[1] * len(row) for row in batch.sequences]
    start = model.config.decoder_start_token_id
    targets = [
        [start, *torch.randint(ids["lowest"], VOCABULARY, (length - 1,), generator=generator).tolist()]
        for length in TARGET_LENGTHS
    ]
    layers = len(encoder_parts(model)[1])
    content = {"madeWith": made_with(), "batch": batch.to_json(), "layers": layers, "targets": targets}
    exits = {
        "dense": [[layers] * len(row) for row in batch.sequences],
        "exits": [torch.randint(1, layers + 1, (length,), generator=generator).tolist() for length in LENGTHS],
    }
    with torch.no_grad():
        for case, rows in exits.items():
            hidden = encode(model, batch, rows)
            if case == "dense":
                padded = batch.padded(False)
                reference = model.get_encoder()(**padded).last_hidden_state
                torch.testing.assert_close(batch.unpad(reference), hidden[-1])
            content[case] = {
                "exitLayers": sum(rows, []),
                "hidden": [significant(states) for states in (hidden if case == "dense" else hidden[-1:])],
                "logits": significant(decode(model, batch, hidden[-1], targets)),
            }
    write_json(folder, "golden.json", content)
    print(f"{name}: written")


def main():
    torch.set_num_threads(1)
    torch.manual_seed(1)
    make("bart", t.BartForConditionalGeneration(t.BartConfig(**BART)), BYTE_LEVEL, 2001, "whole")
    scaled = t.BartConfig(**BART, scale_embedding=True, activation_function="gelu_new")
    make("bart-scaled", t.BartForConditionalGeneration(scaled), BYTE_LEVEL, 2002, "plain")
    make("cpt", CptForConditionalGeneration(t.BartConfig(**CPT)), WORDPIECE, 2003, "cpt")


if __name__ == "__main__":
    main()
