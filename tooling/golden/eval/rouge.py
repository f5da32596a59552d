"""Writes packages/eval/test/golden/rouge.json: texts with the scores of rouge-score, and words with their stems."""

import importlib.metadata
import json
import pathlib
import random
import re

from nltk.stem.porter import PorterStemmer
from rouge_score import rouge_scorer

OUTPUT = pathlib.Path(__file__).resolve().parents[3] / "packages" / "eval" / "test" / "golden" / "rouge.json"
STEMS = """adopt allow analog angular apolog bounc cap carr communic compl conform control control decid defend defin differ
digit dog electr employ enjoy fail fall feel fizz flow form free hap happ hesit hiss hop hope inf irrit juggl lie motor
nat neat op pitch plaster play pon prob produc radic rat reason relat rel sensit siz sk spy tan tast tie toy trim tr troubl
valid vil voy whit""".split()
ENDINGS = """_ s es ies y ys ed ied eed ing ying er ers or e ee est able ably ible ibly al ally ally alize ality ance ant ate ated
ating ation ational ationally ative ator ful fully fulness ic ical icate iciti ism ist ity ive iveness ivity ize izer ization less
ly ment ments ness ology logi ous ously ousness tional tionally ement entli bli biliti ll lled lling t ion sion""".split()
SHORT = "a i is sky skies dying lying tying news inning innings outing outings canning cannings howe proceed exceed succeed".split()
SHORT += "dies died die flies cried ooze as ate used using eye by says happily enjoyed".split()
ENGLISH = """The quick brown foxes were jumping over a lazy dog . Dogs sleep happily , don't they ? An exceedingly useful method
computes each token's state only up to its exit layer ; frozen tokens stay visible . 3.5 times faster , it's said ; U.S. readers
enjoyed reading relational studies of the city of Zürich""".split()
CHINESE = "早退方法按词表给每个词元一个固定的退出层，之后其状态冻结。基于BERT的模型速度提高3倍，准确率下降0.5%！"


def english(generator, length):
    return " ".join(generator.choice(ENGLISH) for _ in range(length))


def changed(generator, tokens, vocabulary):
    """Drops, repeats, swaps and replaces some."""
    result = []
    for token in tokens:
        chance = generator.random()
        if chance < 0.15:
            continue
        result.append(generator.choice(vocabulary) if chance < 0.3 else token)
        if chance > 0.93:
            result.append(token)
    if len(result) > 3:
        place = generator.randrange(len(result) - 2)
        result[place], result[place + 2] = result[place + 2], result[place]
    return result


class Characters:
    """What characterTokens does: blanks apart, Latin letters and digits together, all else by itself."""

    def tokenize(self, text):
        return re.findall(r"[a-z0-9]+|\S", text.lower())


def cases(scorer, pairs):
    for prediction, target in pairs:
        scores = scorer.score(target, prediction)
        yield {
            "prediction": prediction,
            "target": target,
            **{name: list(map(float, scores[name])) for name in ("rouge1", "rouge2", "rougeL")},
        }


def main():
    generator = random.Random(5)
    pairs = []
    for length in (1, 2, 5, 12, 30, 80):
        for _ in range(3):
            target = english(generator, length).split()
            pairs.append((" ".join(changed(generator, target, ENGLISH)), " ".join(target)))
    pairs += [("", "the dog"), ("the dog", ""), ("...", "the dog"), ("The DOG, jumped!", "the dogs jumping")]
    chinese = []
    for length in (3, 10, 25, 45):
        target = list(CHINESE[:length])
        chinese.append(("".join(changed(generator, target, list(CHINESE))), "".join(target)))
    words = sorted({stem + ending.strip("_") for stem in STEMS for ending in ENDINGS} | set(SHORT))
    stemmer = PorterStemmer()
    names = ["rouge1", "rouge2", "rougeL"]
    content = {
        "madeWith": {name: importlib.metadata.version(name) for name in ("rouge-score", "nltk")},
        "stems": {word: stemmer.stem(word) for word in words},
        "stemmed": list(cases(rouge_scorer.RougeScorer(names, use_stemmer=True), pairs)),
        "plain": list(cases(rouge_scorer.RougeScorer(names, use_stemmer=False), pairs)),
        "characters": list(cases(rouge_scorer.RougeScorer(names, tokenizer=Characters()), chinese)),
    }
    OUTPUT.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
