from torchvision.datasets import MNIST, FashionMNIST

from core.spec.class_names import class_names
from core.spec.datasets import BUILTIN
from worker.engine.data import digits


def test_as_many_are_known_as_there_are() -> None:
    known = {name: class_names(name) for name in BUILTIN}

    assert {name: len(set(names)) for name, names in known.items() if names} == {
        name: BUILTIN[name].classes for name, names in known.items() if names
    }
    assert all(known[name] for name in ("digits", "mnist", "fashion-mnist", "cifar10", "cifar100"))


def test_they_are_those_of_the_sources() -> None:
    assert class_names("digits") == list(digits.load().class_names)
    assert class_names("mnist") == MNIST.classes
    assert class_names("fashion-mnist") == FashionMNIST.classes
