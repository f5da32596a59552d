"""Writes packages/checkpoint/test/golden/model: a tiny random classifier with its tokenizer, for the README's example.

Run after tokenizers_golden.py, from the root of the repository: python tooling/golden/checkpoint/model_golden.py
"""

import shutil
from pathlib import Path

import torch
import transformers as t

GOLDEN = Path("packages/checkpoint/test/golden")
OUT = GOLDEN / "model"

torch.manual_seed(3)
shutil.rmtree(OUT, ignore_errors=True)
tokenizer = t.AutoTokenizer.from_pretrained(GOLDEN / "tokenizers" / "bert")
config = t.BertConfig(
    vocab_size=len(tokenizer), hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
    max_position_embeddings=32, id2label={0: "negative", 1: "positive"}, label2id={"negative": 0, "positive": 1},
)
t.BertForSequenceClassification(config).half().save_pretrained(OUT)
tokenizer.save_pretrained(OUT)
