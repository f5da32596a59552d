"""Writes packages/eval/test/golden/metrics.json: metric inputs with the values of scikit-learn, SciPy and seqeval."""

import json
import pathlib
import warnings

import numpy
import scipy
import scipy.stats
import seqeval.metrics
import sklearn
import sklearn.metrics

OUTPUT = pathlib.Path(__file__).resolve().parents[3] / "packages" / "eval" / "test" / "golden" / "metrics.json"
TYPES = ["person", "location", "creative-work"]


def classification(name, predictions, targets):
    return {
        "name": name,
        "predictions": [int(value) for value in predictions],
        "targets": [int(value) for value in targets],
        "accuracy": sklearn.metrics.accuracy_score(targets, predictions),
        "f1": sklearn.metrics.f1_score(targets, predictions, labels=[1], average="macro", zero_division=0),
        "macroF1": sklearn.metrics.f1_score(targets, predictions, average="macro", zero_division=0),
        "matthews": sklearn.metrics.matthews_corrcoef(targets, predictions),
    }


def regression(name, predictions, targets):
    return {
        "name": name,
        "predictions": [float(value) for value in predictions],
        "targets": [float(value) for value in targets],
        "pearson": float(scipy.stats.pearsonr(predictions, targets).statistic),
        "spearman": float(scipy.stats.spearmanr(predictions, targets).statistic),
    }


def entities(name, predictions, targets):
    report = seqeval.metrics.classification_report(targets, predictions, output_dict=True, zero_division=0)
    return {
        "name": name,
        "predictions": predictions,
        "targets": targets,
        "precision": seqeval.metrics.precision_score(targets, predictions, zero_division=0),
        "recall": seqeval.metrics.recall_score(targets, predictions, zero_division=0),
        "f1": seqeval.metrics.f1_score(targets, predictions, zero_division=0),
        "types": {
            type_: {
                "precision": float(values["precision"]),
                "recall": float(values["recall"]),
                "f1": float(values["f1-score"]),
                "support": int(values["support"]),
            }
            for type_, values in report.items()
            if not type_.endswith("avg")
        },
    }


def random_tags(generator, sentences, noise_of=None):
    """Tags without any order, so that entities begin with I, change type inside and touch each other."""
    tags = ["O"] + [f"{mark}-{type_}" for type_ in TYPES for mark in "BI"]
    weights = numpy.array([4.0] + [1.0, 2.0] * len(TYPES))
    draw = lambda: str(generator.choice(tags, p=weights / weights.sum()))
    if noise_of is None:
        return [[draw() for _ in range(generator.integers(1, 12))] for _ in range(sentences)]
    return [[draw() if generator.random() < 0.25 else tag for tag in sentence] for sentence in noise_of]


def spread(values):
    return {
        "values": values,
        "mean": float(numpy.mean(values)),
        "standardDeviation": float(numpy.std(values, ddof=1)) if len(values) > 1 else 0.0,
    }


def interval(values, level):
    low, high = scipy.stats.t.interval(level, len(values) - 1, numpy.mean(values), scipy.stats.sem(values))
    return {"values": values, "level": level, "low": float(low), "high": float(high)}


def difference(first, second, level):
    """Of the means: Welch's test, and Student's where one side is a single run, whose variance is then the other's."""
    single = min(len(first), len(second)) == 1
    result = scipy.stats.ttest_ind(first, second, equal_var=single)
    low, high = result.confidence_interval(level)
    return {"first": first, "second": second, "level": level, "low": float(low), "high": float(high)}


def bootstrap(values):
    """The percentile bootstrap; its ends depend on the samples drawn, so they are compared with some room."""
    result = scipy.stats.bootstrap((values,), numpy.mean, method="percentile", n_resamples=50_000, rng=1)
    low, high = result.confidence_interval
    return {"values": [float(value) for value in values], "low": float(low), "high": float(high)}


def main():
    warnings.simplefilter("ignore")
    generator = numpy.random.default_rng(7)
    noisy = lambda targets, classes, share: numpy.where(
        generator.random(len(targets)) < share, generator.integers(0, classes, len(targets)), targets
    )
    binary = generator.integers(0, 2, 60)
    skewed = (generator.random(60) < 0.1).astype(int)
    three = generator.integers(0, 3, 60)
    scores = numpy.round(generator.random(50) * 5, 1)
    targets = random_tags(generator, 30)
    content = {
        "madeWith": {
            "numpy": numpy.__version__,
            "scikit-learn": sklearn.__version__,
            "scipy": scipy.__version__,
            "seqeval": "1.2.2",
        },
        "classification": [
            classification("binary", noisy(binary, 2, 0.4), binary),
            classification("skewed", noisy(skewed, 2, 0.3), skewed),
            classification("three classes", noisy(three, 3, 0.5), three),
            classification("one class is never predicted", numpy.where(three == 2, 0, three), three),
            classification("only one class predicted", numpy.zeros(60), binary),
            classification("positive class nowhere", numpy.zeros(5), numpy.zeros(5)),
            classification("all right", binary, binary),
        ],
        "regression": [
            regression("with ties", numpy.round(scores + generator.normal(0, 1, 50), 1), scores),
            regression("monotonous", numpy.exp(scores), scores),
            regression("opposite", -scores, scores),
            regression("many ties", numpy.round(scores / 2 + generator.normal(0, 0.7, 50)), numpy.round(scores)),
        ],
        "entities": [
            entities("random tags", random_tags(generator, 30, targets), targets),
            entities("independent tags", [[str(t) for t in generator.permutation(s)] for s in targets], targets),
            entities("all right", targets, targets),
            entities("nothing found", [["O"] * len(sentence) for sentence in targets], targets),
            entities("I after O and after another type", [["I-person", "I-location", "B-location", "I-person"]],
                     [["B-person", "B-location", "I-location", "I-person"]]),
        ],
        "spread": [spread([0.9, 0.88, 0.893]), spread([0.5])],
        "intervals": [interval([0.9, 0.88, 0.893], 0.95), interval([1.0, 2.0], 0.9), interval([3.0, 1.0, 4.0, 1.0, 5.0], 0.99)],
        "differences": [
            difference([0.9, 0.88, 0.893], [0.86, 0.87, 0.85], 0.95),
            difference([0.61, 0.6, 0.62], [0.505, 0.505, 0.505], 0.95),
            difference([1.0, 3.0], [2.0, 9.0, 4.0, 4.5], 0.99),
            difference([0.15], [0.09, 0.11, 0.1], 0.95),
            difference([3.0, 5.0], [1.0], 0.9),
        ],
        "bootstrap": [bootstrap(numpy.round(generator.exponential(1, 120), 3)), bootstrap(binary)],
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
