"""Writes packages/checkpoint/test/golden/dtypes.safetensors and its values: what the reader is compared with.

Needs torch and safetensors. Run from the root of the repository: python tooling/golden/checkpoint/safetensors_golden.py
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

OUT = Path("packages/checkpoint/test/golden")
torch.manual_seed(7)
values = torch.cat([torch.randn(20), torch.tensor([0.0, -0.0, 65504.0, 6e-8, 1e-5, -3.5])])
tensors = {
    "f32": values.reshape(2, 13),
    "f16": values.half().reshape(13, 2),
    "bf16": values.bfloat16(),
    "u8": torch.arange(5, dtype=torch.uint8),
    "i8": torch.tensor([[-128, 0, 127], [1, 2, 3]], dtype=torch.int8),
    "i8.scale": torch.tensor([0.5, 0.25]),
    "lonely": torch.zeros(2, 2, dtype=torch.int8),
    "position_ids": torch.arange(4).reshape(1, 4),
    "i32": torch.arange(3, dtype=torch.int32),
    "f64": torch.ones(1, dtype=torch.float64),
    "empty": torch.zeros(0, 4),
    "scalar": torch.tensor(1.25),
}
save_file(tensors, OUT / "dtypes.safetensors", metadata={"format": "pt"})
expected = {
    "f32": values.tolist(),
    "f16": values.half().float().tolist(),
    "f16bits": [x & 0xFFFF for x in values.half().view(torch.int16).tolist()],
    "bf16": values.bfloat16().float().tolist(),
    "i8": [-64.0, 0.0, 63.5, 0.25, 0.5, 0.75],
    "empty": [],
    "scalar": [1.25],
}
(OUT / "dtypes.json").write_text(json.dumps(expected, indent=1) + "\n")
