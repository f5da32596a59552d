"""Writes packages/generation/test/golden: two small encoder-decoders with their tokenizers, what transformers generates with them,
and what its logits processors make of random scores.

Every case is generated in float32 and in float64; both must agree, so that no near-tie decides.

    .venv/bin/python generation.py
"""

import json
import pathlib

import torch
import transformers as t
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers.generation import logits_process

from common import ROOT, RaggedBatch, made_with, significant
from cpt import CptForConditionalGeneration, save_cpt
from make import randomise
from seq2seq import encode, encoder_parts

OUTPUT = ROOT / "packages" / "generation" / "test" / "golden"
STEPS = 250
ENGLISH = """The river rose again last night and two villages lost their bridges, but nobody was hurt.
Engineers say that the older bridge can be repaired before winter comes; the newer one has to be built again.
Résumé of the day: rain, more rain, and a naïve hope for sunshine on Sunday.
Farmers count their losses: 3,200 sheep, 41 cows and most of the early potatoes.
Schools stay closed until Monday. "We are fine", wrote a teacher, "and we have plenty of soup."
""".splitlines()
CHINESE = """昨夜河水再次上涨，两个村庄的桥被冲毁，无人受伤。
工程师说旧桥可以在冬天之前修好，新桥必须重建。
学校停课到星期一，老师写道我们都很好，还有很多汤。
农民统计损失：3200只羊，41头牛和大部分早熟的土豆。
天气预报说星期日可能会出太阳 but only for 2 hours。
""".splitlines()
CASES = {
    "greedy": dict(max_length=20),
    "greedy, constrained": dict(max_length=18, min_length=9, no_repeat_ngram_size=2, repetition_penalty=1.3),
    "greedy, no forced end": dict(max_new_tokens=7, min_new_tokens=4, forced_eos_token_id=None),
    "beams, stop early": dict(num_beams=4, max_length=24, early_stopping=True, no_repeat_ngram_size=3),
    "beams, long": dict(num_beams=4, max_length=24, early_stopping=False, length_penalty=2.0, min_length=8),
    "beams, short": dict(num_beams=3, max_length=24, length_penalty=0.2, forced_eos_token_id=None),
    "beams, never stop early": dict(num_beams=3, max_length=16, early_stopping="never", length_penalty=0.5),
    "beams, several answers": dict(num_beams=5, max_length=14, length_penalty=0.0, num_return_sequences=3),
    "beams, forced first": dict(num_beams=2, max_length=12, forced_bos_token_id=7, repetition_penalty=1.2),
}


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        ENGLISH, trainers.BpeTrainer(vocab_size=360, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    )
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    names = dict(bos_token="<s>", eos_token="</s>", unk_token="<unk>", sep_token="</s>", pad_token="<pad>", cls_token="<s>", mask_token="<mask>")
    return tokenizer, names


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(
        CHINESE + ENGLISH, trainers.WordPieceTrainer(vocab_size=360, special_tokens=special, show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer, dict(unk_token="[UNK]", sep_token="[SEP]", pad_token="[PAD]", cls_token="[CLS]", mask_token="[MASK]")


def exit_layers(vocabulary, layers, special):
    """Some table: the exit layer follows from the id, special tokens run all layers."""
    return [layers if token in special else 1 + token % layers for token in range(vocabulary)]


def memory_of(model, rows, exits, pad):
    batch = RaggedBatch(rows, [[0] * len(row) for row in rows], pad)
    states = encode(model, batch, exits)[-1]
    longest = max(map(len, rows))
    memory = torch.zeros(len(rows), longest, states.shape[1], dtype=states.dtype)
    offset = 0
    for b, row in enumerate(rows):
        memory[b, : len(row)] = states[offset : offset + len(row)]
        offset += len(row)
    return memory


def generate(model, rows, exits, options):
    config = model.config
    batch = RaggedBatch(rows, [[0] * len(row) for row in rows], config.pad_token_id)
    settings = t.GenerationConfig(**{
        **dict(
            bos_token_id=config.bos_token_id, eos_token_id=config.eos_token_id, pad_token_id=config.pad_token_id,
            decoder_start_token_id=config.decoder_start_token_id, forced_eos_token_id=config.eos_token_id,
        ),
        **options,
    })
    output = model.generate(
        encoder_outputs=t.modeling_outputs.BaseModelOutput(
            last_hidden_state=memory_of(model, rows, exits, config.pad_token_id)
        ),
        attention_mask=batch.padded(False)["attention_mask"],
        generation_config=settings, return_dict_in_generate=True, output_scores=True,
    )
    answers = []
    for row in output.sequences.tolist():
        # What follows the end is filled up, with the end's own token where the padding's id is 0.
        end = row.index(config.eos_token_id, 1) + 1 if config.eos_token_id in row[1:] else len(row)
        answers.append(row[:end])
    scores = significant(output.sequences_scores) if options.get("num_beams", 1) > 1 else None
    return answers, scores


def teach(model, rows, generator):
    """Every second token of the source, badly: random weights repeat one token for ever, or end at once."""
    config = model.config
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" not in name.lower():
                parameter.mul_(0.3)
        model.final_logits_bias.copy_(0.3 * torch.randn(model.final_logits_bias.shape, generator=generator))
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    draw = lambda low, high: int(torch.randint(low, high, (1,), generator=generator))
    for _ in range(STEPS):
        sources, targets = [], []
        for _ in range(16):
            row = rows[draw(0, len(rows))]
            start = draw(1, len(row) - 2)
            inner = row[start : min(len(row) - 1, start + draw(1, 24))]
            sources.append([row[0], *inner, row[-1]])
            targets.append([config.decoder_start_token_id, *inner[::2], config.eos_token_id])
        batch = RaggedBatch(sources, targets, config.pad_token_id)
        longest = max(map(len, targets))
        labels = torch.tensor([row + [-100] * (longest - len(row)) for row in targets])
        decoder = labels[:, :-1].masked_fill(labels[:, :-1] == -100, config.pad_token_id)
        loss = torch.nn.functional.cross_entropy(
            model(**batch.padded(False), decoder_input_ids=decoder).logits.transpose(1, 2), labels[:, 1:]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"loss {loss.item():.2f}")


def make(name, model, tokenizer, names, texts, special, seed, save):
    generator = torch.Generator().manual_seed(seed)
    randomise(model, generator)
    teach(model, [tokenizer.encode(text).ids for text in ENGLISH + CHINESE], generator)
    model.eval()
    folder = OUTPUT / name
    folder.mkdir(parents=True, exist_ok=True)
    if save == "cpt":
        save_cpt(model, folder)
    else:
        model.generation_config = t.GenerationConfig(
            bos_token_id=0, eos_token_id=2, pad_token_id=1, decoder_start_token_id=2, forced_eos_token_id=2, num_beams=2,
            max_length=16, early_stopping=True,
        )
        model.save_pretrained(folder)
    # What a case doesn't set would come from here.
    model.generation_config = t.GenerationConfig()
    t.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=48, **names).save_pretrained(folder)

    encoded = [tokenizer.encode(text) for text in texts]
    rows = [encoding.ids for encoding in encoded]
    layers = len(encoder_parts(model)[1])
    table = exit_layers(model.config.vocab_size, layers, special)
    dense = [[layers] * len(row) for row in rows]
    exits = [[table[token] for token in row] for row in rows]
    precise = type(model)(model.config)
    precise.load_state_dict(model.state_dict())
    precise.eval().double()
    precise.generation_config = t.GenerationConfig()
    content = {"madeWith": made_with(), "texts": texts, "sources": rows, "exitLayer": table, "cases": []}
    with torch.no_grad():
        for case, options in CASES.items():
            for which, layers_of in (("dense", dense), ("exits", exits)):
                answers, scores = generate(precise, rows, layers_of, options)
                single, _ = generate(model, rows, layers_of, options)
                if single != answers:
                    raise SystemExit(f"{name}, {case}, {which}: float32 and float64 differ; take another seed")
                content["cases"].append({
                    "name": f"{case}, {which}", "exits": which == "exits", "options": options, "tokenIds": answers,
                    "scores": scores, "texts": [tokenizer.decode(row, skip_special_tokens=True) for row in answers],
                })
                print(name, case, which, [len(row) for row in answers])
    # Any ids at all decode, whole characters or not.
    ids = torch.randint(0, model.config.vocab_size, (40, 12), generator=generator).tolist()
    content["decoded"] = [{"ids": row, "text": tokenizer.decode(row, skip_special_tokens=True)} for row in ids]
    write(folder / "golden.json", content)


def make_processors():
    generator = torch.Generator().manual_seed(5)
    ids = torch.tensor([[2, 5, 6, 5, 6, 7, 5]])
    cases = []
    for name, processor in {
        "minLength": logits_process.MinLengthLogitsProcessor(8, [2]),
        "minLength, long enough": logits_process.MinLengthLogitsProcessor(7, [2]),
        "noRepeatNgramSize 1": logits_process.NoRepeatNGramLogitsProcessor(1),
        "noRepeatNgramSize 2": logits_process.NoRepeatNGramLogitsProcessor(2),
        "noRepeatNgramSize 3": logits_process.NoRepeatNGramLogitsProcessor(3),
        "repetitionPenalty": logits_process.RepetitionPenaltyLogitsProcessor(1.7),
        "forcedEosTokenId": logits_process.ForcedEOSTokenLogitsProcessor(8, 2),
        "forcedEosTokenId, not yet": logits_process.ForcedEOSTokenLogitsProcessor(9, 2),
        "temperature": logits_process.TemperatureLogitsWarper(0.7),
        "topK": logits_process.TopKLogitsWarper(5),
        "topP": logits_process.TopPLogitsWarper(0.8),
        "topP, tiny": logits_process.TopPLogitsWarper(0.01),
    }.items():
        scores = 2 * torch.randn(1, 16, generator=generator)
        cases.append({"name": name, "scores": significant(scores, 9), "expected": [
            None if value == float("-inf") else float(f"{value:.9g}") for value in processor(ids, scores)[0].tolist()
        ]})
    write(OUTPUT / "processors.json", {"madeWith": made_with(), "ids": ids[0].tolist(), "cases": cases})


def write(path: pathlib.Path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file, separators=(",", ":"), ensure_ascii=False)
        file.write("\n")


def main():
    torch.set_num_threads(1)
    torch.manual_seed(1)
    shape = dict(
        d_model=32, encoder_ffn_dim=48, decoder_ffn_dim=40, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=2, max_position_embeddings=48, attn_implementation="eager",
    )
    tokenizer, names = byte_level()
    config = t.BartConfig(
        **shape, vocab_size=tokenizer.get_vocab_size(), encoder_layers=4, bos_token_id=0, pad_token_id=1, eos_token_id=2,
        decoder_start_token_id=2, forced_eos_token_id=2,
    )
    texts = [ENGLISH[0][:60], "Rain.", ENGLISH[2][:44], "Schools stay closed", ENGLISH[4][:70]]
    make("bart", t.BartForConditionalGeneration(config), tokenizer, names, texts, {0, 1, 2, 3}, 3001, "bart")

    tokenizer, names = word_piece()
    config = t.BartConfig(
        **shape, vocab_size=tokenizer.get_vocab_size(), encoder_layers=6, bos_token_id=2, pad_token_id=0, eos_token_id=3,
        decoder_start_token_id=3, forced_eos_token_id=3,
    )
    texts = [CHINESE[0], "汤", CHINESE[2][:12], CHINESE[4], "旧桥 and 新桥"]
    make("cpt", CptForConditionalGeneration(config), tokenizer, names, texts, {0, 1, 2, 3, 4}, 3002, "cpt")
    make_processors()


if __name__ == "__main__":
    main()
