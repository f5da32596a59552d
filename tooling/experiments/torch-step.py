"""Times the training step of a dense BERT classifier in PyTorch: forward, backward, clipping and AdamW on given batches.

The peer of `bench-training`, which writes the batches and starts this with --serve: one line on stdin runs one round over all
batches, one line of JSON on stdout answers. Without --serve it runs --rounds rounds by itself and prints the median step.

Needs torch and transformers, from any index; nothing else of this repository does.
"""

import argparse
import json
import statistics
import sys
import time


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True, help="folder of the pretrained encoder")
    parser.add_argument("--batches", required=True, help="JSON: list of {inputIds: [[...]], labels: [...]}")
    parser.add_argument("--labels", type=int, default=2, help="number of classes")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds after one to warm up")
    parser.add_argument("--serve", action="store_true", help="a round for every line on stdin")
    return parser.parse_args()


def padded(batches, pad):
    """Every batch as input_ids, attention_mask and labels, padded to its own longest sequence."""
    import torch

    for batch in batches:
        rows = batch["inputIds"]
        ids = torch.full((len(rows), max(map(len, rows))), pad, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, values in enumerate(rows):
            ids[row, : len(values)] = torch.tensor(values)
            mask[row, : len(values)] = 1
        yield {"input_ids": ids, "attention_mask": mask, "labels": torch.tensor(batch["labels"])}


def make_optimizer(model, learning_rate):
    """AdamW with decoupled decay, none on biases and LayerNorm, in the fastest form this torch has for CPUs."""
    import torch

    decays, plain = [], []
    for name, parameter in model.named_parameters():
        (plain if name.endswith("bias") or "LayerNorm" in name else decays).append(parameter)
    groups = [{"params": decays, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    try:
        return torch.optim.AdamW(groups, lr=learning_rate, fused=True), "fused"
    except (RuntimeError, TypeError):
        return torch.optim.AdamW(groups, lr=learning_rate), "for-each"


def make_round(model, optimizer, batches):
    import torch

    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]

    def run():
        times = {"forward": 0.0, "backward": 0.0, "optimizer": 0.0}
        loss_sum = 0.0
        for batch in batches:
            start = time.perf_counter()
            loss = model(**batch).loss
            loss_sum += loss.item()
            forward = time.perf_counter()
            loss.backward()
            backward = time.perf_counter()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            times["forward"] += forward - start
            times["backward"] += backward - forward
            times["optimizer"] += time.perf_counter() - backward
        # Milliseconds a step.
        steps = {name: 1000 * seconds / len(batches) for name, seconds in times.items()}
        return {**steps, "step": sum(steps.values()), "loss": loss_sum / len(batches)}

    return run


def blas():
    """Which library multiplies the matrices: it decides more than anything else."""
    import re

    import torch

    found = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    return found.group(1) if found else "unknown"


def main():
    arguments = parse_arguments()
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        arguments.model, num_labels=arguments.labels, dtype=torch.float32
    )
    model.train()
    optimizer, form = make_optimizer(model, arguments.learning_rate)
    with open(arguments.batches, encoding="utf-8") as file:
        batches = list(padded(json.load(file), model.config.pad_token_id or 0))
    run = make_round(model, optimizer, batches)
    facts = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "threads": torch.get_num_threads(),
        "blas": blas(),
        "cpuCapability": torch.backends.cpu.get_cpu_capability(),
        "attention": model.config._attn_implementation,
        "adamW": form,
    }
    print(json.dumps(facts), flush=True)
    if arguments.serve:
        for _ in sys.stdin:
            print(json.dumps(run()), flush=True)
        return
    run()
    rounds = [run() for _ in range(arguments.rounds)]
    names = ("forward", "backward", "optimizer", "step")
    print(json.dumps({name: round(statistics.median(r[name] for r in rounds), 2) for name in names}))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
