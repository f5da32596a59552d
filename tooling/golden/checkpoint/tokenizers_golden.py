"""Trains four small tokenizers, and writes what the Python library makes of difficult texts with them.

bert (WordPiece, uncased), bert-cased, roberta (byte-level BPE, two separators), albert (Unigram). For each:
packages/checkpoint/test/golden/tokenizers/NAME/tokenizer.json and tokenizer_config.json as transformers saves them, and
expected.json with ids and segments, whole and truncated. Needs tokenizers and transformers.
Run from the root of the repository: python tooling/golden/checkpoint/tokenizers_golden.py

With a folder of a pretrained tokenizer and one of data sets (../shared/data) it also writes digest.json: a digest of the ids
of all texts of one data set, for a check that needs both.
    python tooling/golden/checkpoint/tokenizers_golden.py .cache/all-MiniLM-L6-v2 ../shared/data/sst-2/dev.tsv
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import transformers as t
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

OUT = Path("packages/checkpoint/test/golden/tokenizers")
CORPUS = """The quick brown fox jumps over the lazy dog, again and again.
A moving, funny and unexpectedly wise film that lingers long after the lights come up.
It never quite decides whether it wants to be a comedy or a tragedy; it ends up as neither.
Two hours of beautiful pictures can't hide that nothing happens, and nothing matters.
The acting is wooden, the dialogue is worse, and the plot could be written on a stamp.
Everyone in this village knows everyone, which makes the mystery all the more mysterious.
She writes about the sea the way others write about their mothers.
I wouldn't watch it again, but I'm glad that I watched it once.
Numbers such as 3, 14, 159 and 2,653 appear here, and so do prices: $19.99 or 20 euros.
Résumé, naïve, façade, São Paulo, Zürich and Kraków have letters with marks.
""".splitlines()
TEXTS = [
    "", " ", "a", "The quick brown fox", "THE LAZY DOG!", "unexpectedly wise", "It's funny, isn't it?",
    "can't won't shouldn't", "Résumé naïve façade", "résumé nai\u0308ve", "Zürich's São Paulo", "İstanbul ISTANBUL ıstanbul",
    "ΟΔΟΣ ΟΔΥΣΣΕΥΣ σοφός", "hello  world   three", "  leading and trailing  ", "tabs\tand\nlines\r\nhere", "non\u00a0breaking\u2003space",
    "zero\u200bwidth\ufeffmark", "control\u0001\u0007characters\u0000", "replacement\ufffdcharacter", "soft\u00adhyphen",
    "我喜欢这部电影", "movie 电影 film", "rare 𠀀𠀁 ideographs𪜀", "한국어 日本語 ひらがな", "emoji 🙂 👩‍👩‍👧 🏳️‍🌈 🥰", "math ∑ ≤ √2 × π",
    "$19.99 (or 20%)", "a-b_c/d\\e|f", "“quoted” ‘text’ — dash… «guillemets»", "¿Qué? ¡Sí!", "https://example.org/a?b=c&d=e#f", "me@example.org",
    "[CLS] the [SEP] [MASK] [PAD] [UNK]", "[MASK]ed words[MASK]", "[mask] [cls]", "<s> the </s> <mask> <pad>", "the<mask>dog , <mask> .",
    "x" * 99, "x" * 100, "x" * 101, "x" * 300, "again " * 40, "don't", "''quoted'' ``text''", "ﬁne ﬂow ①②③ ½", "ǅ ß ẞ ﬀ", "a\u0301\u0302\u0303b",
    "\u0301starts with a mark", "the \u0301 mark", "1234567890", "2,653.14", "٣٤٥ ४५६", "\U0001F600\U0001F601", "\ud7ff\ue000",
]
PAIRS = [
    ("The quick brown fox", "jumps over the lazy dog"), ("", "second only"), ("first only", ""), ("", ""), ("a", "again and again and again"),
    ("again and again and again", "a"), ("It's funny", "It isn't funny, it's wise"), ("[SEP]", "[CLS]"), ("我喜欢", "电影 𠀀"),
]
LENGTHS = [4, 5, 6, 7, 8, 9, 12]


def wordpiece(lowercase):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(CORPUS + TEXTS, trainers.WordPieceTrainer(vocab_size=420, special_tokens=special))
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)]
    )
    return tokenizer, dict(
        unk_token="[UNK]", sep_token="[SEP]", pad_token="[PAD]", cls_token="[CLS]", mask_token="[MASK]", model_max_length=512
    )


def roberta():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.BpeTrainer(
        vocab_size=480, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    from tokenizers import AddedToken

    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    return tokenizer, dict(
        bos_token="<s>", eos_token="</s>", unk_token="<unk>", sep_token="</s>", pad_token="<pad>", cls_token="<s>",
        mask_token="<mask>", model_max_length=512,
    )


def albert():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(),
        normalizers.Lowercase(), normalizers.Replace(Regex(" {2,}"), " "),
    ])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    special = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=special, unk_token="<unk>")
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer, dict(
        bos_token="[CLS]", eos_token="[SEP]", unk_token="<unk>", sep_token="[SEP]", pad_token="<pad>", cls_token="[CLS]",
        mask_token="[MASK]", model_max_length=512,
    )


def encode(tokenizer, text, length):
    if length:
        tokenizer.enable_truncation(length, strategy="longest_first")
    else:
        tokenizer.no_truncation()
    encoding = tokenizer.encode(*text) if isinstance(text, tuple) else tokenizer.encode(text)
    return dict(text=text, length=length, ids=encoding.ids, types=encoding.type_ids)


def digest(folder, data):
    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    lines = Path(data).read_text(encoding="utf-8").rstrip("\n").split("\n")
    total, hash = 0, hashlib.sha256()
    for line in lines:
        ids = tokenizer.encode(line).ids
        total += len(ids)
        hash.update((",".join(map(str, ids)) + "\n").encode())
    result = dict(data="/".join(Path(data).parts[-2:]), lines=len(lines), tokens=total, sha256=hash.hexdigest())
    (OUT / "digest.json").write_text(json.dumps(result, indent=1) + "\n")


def main():
    made = {"bert": wordpiece(True), "bert-cased": wordpiece(False), "roberta": roberta(), "albert": albert()}
    kept = (OUT / "digest.json").read_text() if (OUT / "digest.json").exists() else None
    shutil.rmtree(OUT, ignore_errors=True)
    for name, (tokenizer, special) in made.items():
        t.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(OUT / name)
        saved = Tokenizer.from_file(str(OUT / name / "tokenizer.json"))
        cases = [encode(saved, text, None) for text in TEXTS + PAIRS]
        cases += [encode(saved, text, length) for text in [TEXTS[3], TEXTS[42], *PAIRS] for length in LENGTHS]
        special_ids = sorted(saved.token_to_id(token) for key, token in special.items() if key.endswith("_token"))
        expected = dict(vocabSize=saved.get_vocab_size(), specialIds=sorted(set(special_ids)), cases=cases)
        (OUT / name / "expected.json").write_text(json.dumps(expected, ensure_ascii=True) + "\n")
    if kept:
        (OUT / "digest.json").write_text(kept)
    if len(sys.argv) > 2:
        digest(*sys.argv[1:3])


main()
