"""Writes packages/runtime-onnx/test/golden/pretrained.json: what transformers computes with a real pretrained encoder.

    python pretrained.py .cache/all-MiniLM-L6-v2

Weights and full states are too large to commit, so the file keeps a few columns of every state, the first token's
whole last state and the cosines between the mean-pooled sentences. float64, like make.py.
"""

import hashlib
import pathlib
import sys

import torch
import transformers

from common import OUTPUT, RaggedBatch, made_with, significant, write_json

SENTENCES = [
    "A quietly moving film that earns every one of its tears.",
    "The plot is a mess, and nobody on screen seems to care.",
    ["The committee met on Tuesday.", "On Tuesday there was a meeting of the committee."],
    "Brilliant.",
    "Zyzzyva beetles & café crowds: 3,141 of them (unverified) crossed the Øresund bridge in 2022!",
]


def main():
    torch.set_num_threads(1)
    folder = pathlib.Path(sys.argv[1])
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = transformers.AutoModel.from_pretrained(folder, local_files_only=True, attn_implementation="eager")
    encoded = [tokenizer(*([text] if isinstance(text, str) else text)) for text in SENTENCES]
    batch = RaggedBatch(
        [e["input_ids"] for e in encoded], [e["token_type_ids"] for e in encoded], tokenizer.pad_token_id
    )
    with torch.no_grad():
        output = model.double().eval()(**batch.padded(True), output_hidden_states=True)
    hidden = [batch.unpad(states) for states in output.hidden_states]
    size = hidden[0].shape[1]
    columns = [0, size // 4 + 1, size // 2 + 2, size - 1]
    mask = batch.padded(True)["attention_mask"].unsqueeze(-1)
    mean = torch.nn.functional.normalize((output.last_hidden_state * mask).sum(1) / mask.sum(1), dim=-1)
    write_json(OUTPUT, "pretrained.json", {
        "madeWith": made_with(),
        "model": "sentence-transformers/all-MiniLM-L6-v2",
        "weightsSha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
        "sentences": SENTENCES,
        "batch": batch.to_json(),
        "columns": columns,
        "hidden": [significant(states[:, columns]) for states in hidden],
        "firstTokens": significant(output.last_hidden_state[:, 0]),
        "cosines": significant(mean @ mean.T),
    })


if __name__ == "__main__":
    main()
