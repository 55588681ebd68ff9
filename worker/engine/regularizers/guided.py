"""A pull of the classifier towards what is known of each class beside its images."""

import torch
from torch import Tensor, nn

from core.spec import regularizers as spec
from worker.engine.models.layers import WeightLayer
from worker.engine.moment import Moment
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.regularizers.side_information import side_information
from worker.engine.shapes import Scalar


def pull(rows: Tensor, encoder: Tensor, information: Tensor) -> Scalar:
    """Σ_c ‖W_c − E v_c‖²

    rows          W [classes, features], of the classifier
    encoder       E [features, numbers]
    information   v [classes, numbers]
    """
    return (rows - information @ encoder.T).square().sum()


class Guided(Regularizer):
    """strength · Σ_c ‖W_c − E v_c‖² + encoder_decay · ‖E‖², W_c the classifier's weights of class c.

    The linear map E is learned with the student and never exported. Classes of which alike things are known
    get alike weights: E has to give them from v. Its decay is what makes that cost anything; undecayed, an E
    of full rank fits any W. It begins at 0, where the pull is towards 0, as that of an L2 penalty.
    """

    information: Tensor

    def __init__(self, chosen: spec.Guided) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        """raises InvalidJob if there are not as many vectors as classes"""
        head = setting.student.get_submodule(setting.architecture.head)
        assert isinstance(head, WeightLayer), "the layer that ends a network is linear"
        self.rows = [head.weight]  # in a list: it is no parameter of ours
        self.register_buffer("information", side_information(self.chosen.source, setting).float())
        shape = (head.weight.shape[1], self.information.shape[1])
        self.encoder = nn.Parameter(torch.zeros(shape, device=setting.device))

    def penalty(self, moment: Moment) -> Scalar:
        strength = self.chosen.strength * factor(self.chosen.over_time, moment.time)
        pulled = strength * pull(self.rows[0], self.encoder, self.information)
        return pulled + self.chosen.encoder_decay * self.encoder.square().sum()
