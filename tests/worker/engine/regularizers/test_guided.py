"""Σ ‖W_c − E v_c‖²: from its own words, the vectors from theirs, and what the pull does."""

import math

import pytest
import torch
from torch.autograd import gradcheck

from core.errors import InvalidJob
from core.spec import regularizers as specs
from tests.worker.engine.builders import CLASSES, a_moment, a_network, a_setting, a_split, a_trainer, train
from worker.engine import registry
from worker.engine.regularizers.guided import Guided, pull
from worker.engine.regularizers.side_information import (
    centred,
    colours,
    directions,
    roughness,
    side_information,
)

MOMENT = a_moment(torch.zeros(1, CLASSES))
CROSS = specs.Vectors(values=((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)))


def attached(network, **options):
    guided = Guided(specs.Guided(**{"strength": 1.0, "source": CROSS, **options}))
    guided.attach(a_setting(network))
    return guided


def test_the_pull_is_that_of_plain_numbers():
    rows = [[1.0, 2.0], [3.0, -1.0]]
    encoder, information = [[0.5], [-1.0]], [[2.0], [1.0]]  # E v: (1, −2) and (0.5, −1)

    found = pull(*(torch.tensor(one) for one in (rows, encoder, information)))

    assert found.item() == pytest.approx((0 + 4**2) + (2.5**2 + 0))


def test_the_gradient_is_right():
    shapes = ((3, 4), (4, 2), (3, 2))
    inputs = [torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in shapes]

    assert gradcheck(pull, inputs)


def test_it_begins_as_a_squared_penalty_on_the_classifier():
    network = a_network()

    found = attached(network, strength=0.3).penalty(MOMENT)

    assert found.item() == pytest.approx(0.3 * network.fc.weight.square().sum().item())


def test_the_decay_of_the_encoder_counts():
    network = a_network()
    guided = attached(network, strength=1e-9, encoder_decay=0.5)
    with torch.no_grad():
        guided.encoder.fill_(0.1)

    assert guided.penalty(MOMENT).item() == pytest.approx(0.5 * 0.01 * guided.encoder.numel(), rel=1e-4)


def learned_to_the_end(network, **options):
    """The penalty once E has come to rest, the classifier held still."""
    guided = attached(network, **options)
    optimizer = torch.optim.LBFGS(guided.parameters(), max_iter=200, tolerance_grad=1e-9)

    def penalty():
        optimizer.zero_grad()
        found = guided.penalty(MOMENT)
        found.backward()
        return found

    optimizer.step(penalty)
    return guided.penalty(MOMENT).item()


@pytest.mark.parametrize("decay", [0.03, 1.0])
def test_the_encoder_comes_to_rest_where_ridge_regression_ends(decay):
    """Left is s · tr(Wᵀ (I − V (VᵀV + decay / s · I)⁻¹ Vᵀ) W), s the strength, V the vectors as rows."""
    network, strength = a_network(), 0.3

    found = learned_to_the_end(network, strength=strength, encoder_decay=decay)

    rows = network.fc.weight.detach().double()
    vectors = centred(torch.tensor(CROSS.values, dtype=torch.float64))
    ridge = vectors.T @ vectors + decay / strength * torch.eye(2, dtype=torch.float64)
    left = torch.eye(4, dtype=torch.float64) - vectors @ torch.linalg.inv(ridge) @ vectors.T
    assert found == pytest.approx(strength * torch.trace(rows.T @ left @ rows).item(), rel=1e-4)


def test_without_decay_an_encoder_of_full_rank_would_fit_anything():
    """Hence the decay must be above 0: of as many free vectors as classes no pull is left."""
    network = a_network()
    with torch.no_grad():
        network.fc.weight -= network.fc.weight.mean(dim=0)  # what vectors without their mean can reach
    free = specs.Vectors(values=tuple(tuple(float(i == j) for j in range(CLASSES)) for i in range(CLASSES)))

    left = learned_to_the_end(network, source=free, encoder_decay=1e-9)

    assert left < 1e-4 * network.fc.weight.square().sum().item()


def test_only_prototypes_come_from_the_teacher():
    sources = (specs.ImageStatistics(), CROSS, specs.TeacherPrototypes())

    assert [specs.Guided(source=source).reads_teacher for source in sources] == [False, False, True]


def test_vectors_are_centred_and_scaled():
    found = centred(torch.tensor([[3.0, 0.0], [1.0, 0.0], [2.0, 1.0], [2.0, -1.0]], dtype=torch.float64))

    assert found.tolist() == [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
    assert centred(torch.full((3, 2), 7.0, dtype=torch.float64)).abs().max() == 0  # alike for all: no pull


def test_another_number_of_vectors_than_classes_is_refused():
    with pytest.raises(InvalidJob, match="2 vectors are given to guide 4 classes"):
        attached(a_network(), source=specs.Vectors(values=((1.0,), (2.0,))))


def test_the_encoder_is_learned_with_the_student_and_is_none_of_it():
    trainer = a_trainer(regularizers=registry.regularizers((specs.Guided(strength=0.05, source=CROSS),)))
    (guided,) = trainer.regularizers.values()
    trainer.optimizer.add_param_group({"params": list(guided.parameters())})

    train(trainer, epochs=3)

    assert guided.encoder.abs().sum() > 0
    assert len(list(guided.parameters())) == 1  # and the classifier is not among them
    assert trainer.network.state_dict().keys() == a_network().state_dict().keys()


def test_classes_of_which_alike_things_are_known_get_alike_weights():
    """Two pairs of classes with one vector each; the loss itself knows nothing of pairs."""
    twins = specs.Vectors(values=((1.0,), (1.0,), (-1.0,), (-1.0,)))

    def likeness(*chosen):
        trainer = a_trainer(regularizers=registry.regularizers(chosen))
        for regularizer in trainer.regularizers.values():
            trainer.optimizer.add_param_group({"params": list(regularizer.parameters())})
        rows = train(trainer, epochs=8)["fc.weight"]
        return torch.nn.functional.cosine_similarity(rows[[0, 2]], rows[[1, 3]]).mean().item()

    assert likeness(specs.Guided(strength=0.3, source=twins)) > likeness() + 0.1


def an_image(values):
    """One image of 8 × 8, all channels alike."""
    return torch.tensor(values, dtype=torch.uint8).view(1, 8, 8, 1).expand(-1, -1, -1, 3)


def test_colours_are_shares_in_eight_ranges():
    image = torch.zeros(1, 8, 8, 3, dtype=torch.uint8)
    image[:, :4, :, 0] = 255  # half of the red

    red, green, blue = colours(image).view(3, 8).tolist()

    assert red == [0.5, 0, 0, 0, 0, 0, 0, 0.5]
    assert green == blue == [1, 0, 0, 0, 0, 0, 0, 0]


def test_directions_tell_upright_edges_from_level_ones():
    upright = an_image([[0] * 4 + [200] * 4] * 8)
    level = upright.transpose(1, 2)

    assert directions(upright)[0].argmax().item() == 0  # brightness changes across
    assert directions(level)[0].argmax().item() == 4  # a quarter of a turn further
    assert directions(upright).sum().item() == pytest.approx(1.0)
    assert directions(an_image([[7] * 8] * 8)).abs().max() == 0  # no edge at all


def test_roughness_tells_a_fine_pattern_from_a_coarse_one():
    fine = an_image([[0, 255] * 4, [255, 0] * 4] * 4)
    coarse = an_image([[0] * 4 + [255] * 4] * 4 + [[255] * 4 + [0] * 4] * 4)

    assert roughness(fine)[0].tolist() == pytest.approx([0.25, 0.25, 0.25])
    assert roughness(coarse)[0].tolist() == pytest.approx([0.0, 0.0, 0.25])


def test_statistics_are_means_over_the_training_images_of_each_class():
    source = specs.ImageStatistics(parts=("colour",))

    found = side_information(source, a_setting(a_network(), training_images=50))

    split = a_split(50)
    means = torch.stack(
        [colours(split.images[split.labels == label]).mean(dim=0) for label in range(CLASSES)]
    )
    torch.testing.assert_close(found, centred(means))


def test_parts_have_the_same_say():
    setting = a_setting(a_network())
    both = side_information(specs.ImageStatistics(parts=("colour", "shape")), setting)

    for part, begin, end in (("colour", 0, 24), ("shape", 24, 32)):
        alone = side_information(specs.ImageStatistics(parts=(part,)), setting)
        torch.testing.assert_close(both[:, begin:end], alone / math.sqrt(2))


def test_prototypes_are_what_the_teacher_computes_before_its_classifier():
    teacher = a_network(seed=9).eval()
    setting = a_setting(a_network(), teacher=teacher)

    found = side_information(specs.TeacherPrototypes(), setting)

    split = setting.material.splits.train
    images = setting.material.normalization.to(setting.device)(split.images)
    pooled = teacher.flat(teacher.pool(teacher.relu(teacher.norm(teacher.conv(images))))).double()
    means = torch.stack([pooled[split.labels == label].mean(dim=0) for label in range(CLASSES)])
    torch.testing.assert_close(found, centred(means), rtol=1e-5, atol=1e-6)
