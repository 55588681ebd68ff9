import torch

from tests.worker.engine.measures.answers import some
from worker.engine.measures.intervals import wilson
from worker.engine.measures.ranking import TopFive, top_five


def test_a_label_among_the_five_likeliest_counts():
    logits, labels = some(1, sureness=0.0)
    found = sum(
        label in sorted(range(len(row)), key=row.__getitem__)[-5:]
        for row, label in zip(logits.tolist(), labels.tolist(), strict=True)
    )

    assert top_five(logits, labels) == TopFive(found / len(labels), wilson(found, len(labels)))
    assert 0 < found < len(labels)


def test_of_five_classes_it_says_nothing():
    assert top_five(torch.zeros(3, 5), torch.zeros(3, dtype=torch.int64)) == TopFive(None, None)
