"""Classifies batches with PyTorch for hashee-bench, which starts it: a line of JSON on stdin is a turn, a line on stdout answers.

The first line on stdout says what computes. A turn is {"batches": [...]}: with --part texts a batch is a list of texts, or of
pairs of texts; with --part tokens it is {"ids": [[...]], "types": [[...]]}, which is made ready before the clock starts.

Needs torch and transformers, from any index.
"""

import argparse
import json
import resource
import sys
import time


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True, help="folder of the model")
    parser.add_argument("--part", choices=["texts", "tokens"], default="texts")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def padded(batch, pad):
    """Ids and segments of unequal length as the model's inputs."""
    import torch

    longest = max(map(len, batch["ids"]))
    ids = torch.full((len(batch["ids"]), longest), pad, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, (own_ids, own_types) in enumerate(zip(batch["ids"], batch["types"])):
        ids[row, : len(own_ids)] = torch.tensor(own_ids)
        types[row, : len(own_types)] = torch.tensor(own_types)
        mask[row, : len(own_ids)] = 1
    return {"input_ids": ids, "token_type_ids": types, "attention_mask": mask}


def tokenized(batch, tokenizer):
    pairs = isinstance(batch[0], list)
    texts = ([first for first, _ in batch], [second for _, second in batch]) if pairs else (batch,)
    return tokenizer(*texts, padding=True, truncation=True, return_tensors="pt")


def main():
    arguments = parse_arguments()
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(arguments.threads)
    tokenizer = transformers.AutoTokenizer.from_pretrained(arguments.model)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(arguments.model, dtype=torch.float32)
    model.eval()
    labels = model.config.id2label
    facts = {
        "torch": torch.__version__,
        "transformers (Python)": transformers.__version__,
        "torch's CPU capability": torch.backends.cpu.get_cpu_capability(),
        "torch's attention": str(model.config._attn_implementation),
    }
    print(json.dumps(facts), flush=True)
    for line in sys.stdin:
        batches = json.loads(line)["batches"]
        if arguments.part == "tokens":
            batches = [padded(batch, model.config.pad_token_id or 0) for batch in batches]
        answers = []
        started = time.perf_counter()
        with torch.inference_mode():
            for batch in batches:
                inputs = batch if arguments.part == "tokens" else tokenized(batch, tokenizer)
                scores, best = model(**inputs).logits.softmax(-1).max(-1)
                answers += [[labels[label], score] for label, score in zip(best.tolist(), scores.tolist())]
        milliseconds = 1000 * (time.perf_counter() - started)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        reply = {"milliseconds": milliseconds, "answers": answers, "peakMemoryBytes": peak}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
