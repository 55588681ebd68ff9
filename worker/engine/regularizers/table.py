"""What implements each regularizer that a spec can name."""

from collections.abc import Callable, Mapping
from typing import Any

from core.spec import regularizers as specs
from core.spec.regularizers import RegularizerSpec
from worker.engine.regularizers.activation_weight import ActivationWeight
from worker.engine.regularizers.dropout import Dropout
from worker.engine.regularizers.gradient_clipping import GradientClipping
from worker.engine.regularizers.gradient_noise import GradientNoise
from worker.engine.regularizers.input_noise import InputNoise
from worker.engine.regularizers.l1 import L1
from worker.engine.regularizers.l2 import L2
from worker.engine.regularizers.norm_product import NormProduct
from worker.engine.regularizers.regularizer import Regularizer
from worker.engine.regularizers.weight_clipping import WeightClipping

REGULARIZERS: Mapping[type[RegularizerSpec], Callable[[Any], Regularizer]] = {
    specs.L1: L1,
    specs.L2: L2,
    specs.ActivationWeight: ActivationWeight,
    specs.NormProduct: NormProduct,
    specs.Dropout: Dropout,
    specs.InputNoise: InputNoise,
    specs.GradientNoise: GradientNoise,
    specs.WeightClipping: WeightClipping,
    specs.GradientClipping: GradientClipping,
}
