"""The small random checkpoints: one of each family, with shapes chosen so that mixed-up sizes can't go unnoticed."""

import transformers as t

from common import MAX_LENGTH, VOCABULARY

BERT = dict(
    vocab_size=VOCABULARY, hidden_size=24, num_hidden_layers=4, num_attention_heads=3, intermediate_size=32,
    max_position_embeddings=MAX_LENGTH, type_vocab_size=2, pad_token_id=0,
)
CLASSES = ["negative", "neutral", "positive"]
TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def labels(names):
    return dict(id2label=dict(enumerate(names)), label2id={name: i for i, name in enumerate(names)})


# Ids of the special tokens: first, last, padding, and the lowest ordinary id.
WORDPIECE = dict(first=2, last=3, pad=0, lowest=5)
BYTE_LEVEL = dict(first=0, last=2, pad=1, lowest=4)

FAMILIES = {
    "bert": dict(
        config=t.BertConfig(**BERT, **labels(CLASSES)),
        model=t.BertForSequenceClassification, ids=WORDPIECE, segments=True, gradients=True,
    ),
    "bert-gelu-new": dict(
        config=t.BertConfig(**{**BERT, "num_hidden_layers": 3}, hidden_act="gelu_new", **labels(CLASSES)),
        model=t.BertForSequenceClassification, ids=WORDPIECE, segments=True, gradients=False,
    ),
    "bert-token-classification": dict(
        config=t.BertConfig(**{**BERT, "num_hidden_layers": 3}, **labels(TAGS)),
        model=t.BertForTokenClassification, ids=WORDPIECE, segments=True, gradients=True,
    ),
    "bert-regression": dict(
        config=t.BertConfig(**{**BERT, "num_hidden_layers": 3}, problem_type="regression", **labels(["score"])),
        model=t.BertForSequenceClassification, ids=WORDPIECE, segments=True, gradients=True,
    ),
    # TinyBERT's peculiarities: a head size that is no power of two, I != 4H.
    "tinybert": dict(
        config=t.BertConfig(
            **{**BERT, "hidden_size": 36, "num_attention_heads": 6, "intermediate_size": 60, "num_hidden_layers": 3},
            **labels(CLASSES),
        ),
        model=t.BertForSequenceClassification, ids=WORDPIECE, segments=True, gradients=False,
    ),
    "roberta": dict(
        config=t.RobertaConfig(
            vocab_size=VOCABULARY, hidden_size=24, num_hidden_layers=3, num_attention_heads=3, intermediate_size=32,
            max_position_embeddings=MAX_LENGTH + 2, type_vocab_size=1, layer_norm_eps=1e-5,
            bos_token_id=0, pad_token_id=1, eos_token_id=2, **labels(CLASSES),
        ),
        model=t.RobertaForSequenceClassification, ids=BYTE_LEVEL, segments=False, gradients=True,
    ),
    "distilbert": dict(
        config=t.DistilBertConfig(
            vocab_size=VOCABULARY, dim=24, n_layers=3, n_heads=3, hidden_dim=32,
            max_position_embeddings=MAX_LENGTH, pad_token_id=0, **labels(CLASSES),
        ),
        model=t.DistilBertForSequenceClassification, ids=WORDPIECE, segments=False, gradients=False,
    ),
    "electra": dict(
        config=t.ElectraConfig(**{**BERT, "num_hidden_layers": 3}, embedding_size=16, **labels(CLASSES)),
        model=t.ElectraForSequenceClassification, ids=WORDPIECE, segments=True, gradients=False,
    ),
    "albert": dict(
        config=t.AlbertConfig(
            **BERT, embedding_size=16, inner_group_num=1, num_hidden_groups=1, hidden_act="gelu_new", bos_token_id=2,
            eos_token_id=3, **labels(CLASSES),
        ),
        model=t.AlbertForSequenceClassification, ids=WORDPIECE, segments=True, gradients=True,
    ),
    # Layers 1 and 2 share one set of weights, 3 and 4 another.
    "albert-groups": dict(
        config=t.AlbertConfig(
            **BERT, embedding_size=16, inner_group_num=1, num_hidden_groups=2, hidden_act="gelu", bos_token_id=2,
            eos_token_id=3, **labels(CLASSES),
        ),
        model=t.AlbertForSequenceClassification, ids=WORDPIECE, segments=True, gradients=False,
    ),
}
