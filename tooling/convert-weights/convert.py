"""Writes the pickled weights of a model folder as model.safetensors. See README.md beside this file."""

import argparse
import json
import os
import sys
from pathlib import Path

PICKLED = "pytorch_model.bin"
INDEX = "pytorch_model.bin.index.json"
OUTPUT = "model.safetensors"
# Before it, weights_only let prepared files run code (CVE-2025-32434).
OLDEST_TORCH = (2, 6)


def libraries():
    try:
        import torch
        from safetensors.torch import save_file
    except ImportError as error:
        sys.exit(f"{error.name} is missing: pip install torch safetensors numpy")
    version = tuple(int(part) for part in torch.__version__.split(".")[:2])
    if version < OLDEST_TORCH:
        sys.exit(f"torch is {torch.__version__}; 2.6 or newer is needed, because older ones may run code that is in a pickle.")
    return torch, save_file


def pickled_files(folder):
    """The weights of a folder: one file, or those that an index names."""
    if (folder / PICKLED).is_file():
        return [folder / PICKLED]
    if not (folder / INDEX).is_file():
        sys.exit(f"{folder} has no {PICKLED} and no {INDEX}; expected a model folder with pickled weights.")
    names = set(json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"].values())
    for name in names:
        if Path(name).name != name:
            sys.exit(f"{INDEX} names {name!r}; expected files of the folder itself.")
    return [folder / name for name in sorted(names)]


def read(torch, files):
    """All tensors by name. Names that share their memory become tensors of their own, as safetensors wants them."""
    tensors = {}
    for file in files:
        try:
            state = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:
            sys.exit(f"{file} can't be read as weights alone, and what else it holds isn't run: {error}")
        if not isinstance(state, dict):
            sys.exit(f"{file} holds a {type(state).__name__}; expected tensors by name, as save_pretrained writes them.")
        for name, value in state.items():
            if not isinstance(name, str) or not isinstance(value, torch.Tensor):
                sys.exit(f"{file}: {name!r} is a {type(value).__name__}; expected tensors by name, as save_pretrained writes them.")
            tensors[name] = value.detach().clone(memory_format=torch.contiguous_format)
    return tensors


def main():
    parser = argparse.ArgumentParser(
        description="Writes model.safetensors beside the pickled weights (pytorch_model.bin, whole or in shards) of a model"
        " folder. Names, shapes and types of the tensors stay, and so do config.json and all other files. Nothing that is"
        " in the pickle is run.",
    )
    parser.add_argument("folder", type=Path, help="model folder in the Hugging Face layout")
    parser.add_argument("--overwrite", action="store_true", help=f"replace a {OUTPUT} that is there")
    arguments = parser.parse_args()
    target = arguments.folder / OUTPUT
    files = pickled_files(arguments.folder)
    if target.exists() and not arguments.overwrite:
        sys.exit(f"{target} exists. --overwrite replaces it.")
    torch, save_file = libraries()
    tensors = read(torch, files)
    beside = target.with_name(f".{OUTPUT}.{os.getpid()}")
    try:
        save_file(tensors, beside, metadata={"format": "pt"})
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    print(f"{target}: {len(tensors)} tensors")


if __name__ == "__main__":
    main()
