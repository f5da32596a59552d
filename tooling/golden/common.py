"""What the golden-file scripts share: the ragged batch, rounding, writing."""

import json
import pathlib

import torch
import transformers
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "packages" / "runtime-onnx" / "test" / "golden"

# Six sequences, the longest as long as the position tables allow, one of a single token.
LENGTHS = [5, 1, 12, 3, 7, 2]
MAX_LENGTH = max(LENGTHS)
VOCABULARY = 60


def made_with():
    return {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__, "dtype": "float64"}


def significant(values, digits=7):
    """A flat list of numbers rounded to significant digits."""
    return [float(f"{value:.{digits}g}") for value in values.detach().double().flatten().tolist()]


def write_json(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / name, "w", encoding="utf-8") as file:
        json.dump(content, file, separators=(",", ":"))
        file.write("\n")


def write_tensors(folder, name, tensors):
    folder.mkdir(parents=True, exist_ok=True)
    save_file({key: value.detach().float().contiguous().clone() for key, value in tensors.items()}, folder / name)


class RaggedBatch:
    """Sequences side by side without padding, and their padded view for transformers."""

    def __init__(self, sequences, segments, pad):
        self.sequences, self.segments, self.pad = sequences, segments, pad

    @staticmethod
    def random(generator, first, last, pad, lowest, with_segments):
        sequences, segments = [], []
        for length in LENGTHS:
            ids = torch.randint(lowest, VOCABULARY, (length,), generator=generator).tolist()
            ids[0] = first
            if length > 1:
                ids[-1] = last
            segment = [0] * length
            if with_segments and length > 4:
                middle = length // 2
                ids[middle] = last
                segment = [0] * (middle + 1) + [1] * (length - middle - 1)
            sequences.append(ids)
            segments.append(segment)
        return RaggedBatch(sequences, segments, pad)

    def select(self, rows):
        return RaggedBatch([self.sequences[r] for r in rows], [self.segments[r] for r in rows], self.pad)

    def padded(self, with_segments):
        longest = max(map(len, self.sequences))
        fill = lambda rows, value: torch.tensor([row + [value] * (longest - len(row)) for row in rows])
        inputs = {
            "input_ids": fill(self.sequences, self.pad),
            "attention_mask": fill([[1] * len(row) for row in self.sequences], 0),
        }
        if with_segments:
            inputs["token_type_ids"] = fill(self.segments, 0)
        return inputs

    def unpad(self, values):
        """[B, S, ...] without the padding rows: [T, ...]."""
        return torch.cat([values[b, : len(row)] for b, row in enumerate(self.sequences)])

    def to_json(self):
        offsets = [0]
        for row in self.sequences:
            offsets.append(offsets[-1] + len(row))
        return {"inputIds": sum(self.sequences, []), "tokenTypeIds": sum(self.segments, []), "offsets": offsets}
