"""Writes small random checkpoints as transformers saves them, and where each canonical tensor comes from.

For every family: config.json and model.safetensors by save_pretrained, and in expected.json the shape and the first and
last values of each tensor under its canonical name, read off the modules themselves and not off the names in the file.
Weights are stored as F16 to keep them small. Needs torch and transformers.
Run from the root of the repository: python tooling/golden/checkpoint/families_golden.py
"""

import json
import shutil
from pathlib import Path

import torch
import transformers as t

OUT = Path("packages/checkpoint/test/golden/families")
SIZES = dict(
    vocab_size=20, hidden_size=12, num_hidden_layers=3, num_attention_heads=3, intermediate_size=10,
    max_position_embeddings=9,
)
LABELS = dict(id2label={0: "no", 1: "maybe", 2: "yes"}, label2id={"no": 0, "maybe": 1, "yes": 2})
ALBERT = dict(SIZES, embedding_size=8, num_hidden_layers=4, num_hidden_groups=3)
DISTILBERT = dict(vocab_size=20, dim=12, n_layers=3, n_heads=3, hidden_dim=10, max_position_embeddings=9)

MODELS = {
    "bert": t.BertForSequenceClassification(t.BertConfig(**SIZES, **LABELS)),
    "bert-base": t.BertModel(t.BertConfig(**SIZES)),
    "bert-pretraining": t.BertForPreTraining(t.BertConfig(**SIZES)),
    "bert-token": t.BertForTokenClassification(t.BertConfig(**SIZES, **LABELS)),
    "bert-regression": t.BertForSequenceClassification(t.BertConfig(**SIZES, num_labels=1)),
    "roberta": t.RobertaForSequenceClassification(t.RobertaConfig(**SIZES, **LABELS, type_vocab_size=1)),
    "roberta-token": t.RobertaForTokenClassification(t.RobertaConfig(**SIZES, **LABELS)),
    "distilbert": t.DistilBertForSequenceClassification(t.DistilBertConfig(**DISTILBERT, **LABELS)),
    "distilbert-token": t.DistilBertForTokenClassification(t.DistilBertConfig(**DISTILBERT, **LABELS)),
    "electra": t.ElectraForSequenceClassification(t.ElectraConfig(**SIZES, **LABELS, embedding_size=8)),
    "electra-token": t.ElectraForTokenClassification(t.ElectraConfig(**SIZES, **LABELS, embedding_size=12)),
    "electra-pretraining": t.ElectraForPreTraining(t.ElectraConfig(**SIZES, embedding_size=8)),
    "albert": t.AlbertForSequenceClassification(t.AlbertConfig(**ALBERT, **LABELS)),
    "albert-token": t.AlbertForTokenClassification(t.AlbertConfig(**{**ALBERT, "num_hidden_groups": 1}, **LABELS)),
}


def bert_layer(layer):
    attention = layer.attention
    return dict(
        query=attention.self.query, key=attention.self.key, value=attention.self.value, output=attention.output.dense,
        attentionNorm=attention.output.LayerNorm, up=layer.intermediate.dense, down=layer.output.dense,
        norm=layer.output.LayerNorm,
    )


def albert_layer(layer):
    attention = layer.attention
    return dict(
        query=attention.query, key=attention.key, value=attention.value, output=attention.dense,
        attentionNorm=attention.LayerNorm, up=layer.ffn, down=layer.ffn_output, norm=layer.full_layer_layer_norm,
    )


def distilbert_layer(layer):
    attention = layer.attention
    return dict(
        query=attention.q_lin, key=attention.k_lin, value=attention.v_lin, output=attention.out_lin,
        attentionNorm=layer.sa_layer_norm, up=layer.ffn.lin1, down=layer.ffn.lin2, norm=layer.output_layer_norm,
    )


def modules(model):
    """Canonical name of each module (or embedding table) -> the module."""
    base = getattr(model, model.base_model_prefix, model)
    kind = model.config.model_type
    found = {
        "embeddings.word": base.embeddings.word_embeddings,
        "embeddings.position": base.embeddings.position_embeddings,
        "embeddings.norm": base.embeddings.LayerNorm,
    }
    if kind != "distilbert":
        found["embeddings.type"] = base.embeddings.token_type_embeddings
    if kind == "electra" and hasattr(base, "embeddings_project"):
        found["embeddings.projection"] = base.embeddings_project
    if kind == "albert":
        found["embeddings.projection"] = base.encoder.embedding_hidden_mapping_in
        layers = [albert_layer(group.albert_layers[0]) for group in base.encoder.albert_layer_groups]
    elif kind == "distilbert":
        layers = [distilbert_layer(layer) for layer in base.transformer.layer]
    else:
        layers = [bert_layer(layer) for layer in base.encoder.layer]
    for i, parts in enumerate(layers, 1):
        found.update({f"layers.{i}.{part}": module for part, module in parts.items()})
    pooler = getattr(base, "pooler", None)
    if pooler is not None:
        pooler = getattr(pooler, "dense", pooler)
    name = type(model).__name__
    if name.endswith("ForSequenceClassification"):
        if kind in ("roberta", "electra"):
            found["heads.main.dense"], found["heads.main.classifier"] = model.classifier.dense, model.classifier.out_proj
        elif kind == "distilbert":
            found["heads.main.dense"], found["heads.main.classifier"] = model.pre_classifier, model.classifier
        else:
            found["heads.main.dense"], found["heads.main.classifier"] = pooler, model.classifier
    else:
        if name.endswith("ForTokenClassification"):
            found["heads.main.classifier"] = model.classifier
        if pooler is not None:
            found["pooler"] = pooler
    return found


def layer_weights(model):
    """Which set of weights each layer runs with, as the forward pass of the model chooses it."""
    if model.config.model_type != "albert":
        return list(range(1, 4))
    base, used = getattr(model, model.base_model_prefix, model), []
    handles = [
        group.register_forward_hook(lambda *_, number=number: used.append(number))
        for number, group in enumerate(base.encoder.albert_layer_groups, 1)
    ]
    base(torch.tensor([[2, 5, 3]]))
    for handle in handles:
        handle.remove()
    return used


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    torch.manual_seed(5)
    expected = {}
    for name, model in MODELS.items():
        model = model.eval()
        for parameter in model.parameters():
            parameter.data = torch.randn_like(parameter).half().float()
        used = layer_weights(model)
        tensors = {}
        for canonical, module in modules(model).items():
            for kind, parameter in module.named_parameters():
                key = canonical if isinstance(module, torch.nn.Embedding) else f"{canonical}.{kind}"
                values = parameter.detach().flatten().tolist()
                tensors[key] = dict(shape=list(parameter.shape), first=values[0], last=values[-1])
        expected[name] = dict(layerWeights=used, tensors=tensors)
        model.half().save_pretrained(OUT / name)
    (OUT / "expected.json").write_text(json.dumps(expected) + "\n")


main()
