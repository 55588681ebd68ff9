"""What implements each regularizer that a spec can name."""

from collections.abc import Callable, Mapping
from typing import Any

from core.spec import regularizers as specs
from core.spec.regularizers import RegularizerSpec
from worker.engine.regularizers.activation_weight import ActivationWeight
from worker.engine.regularizers.confidence_penalty import ConfidencePenalty
from worker.engine.regularizers.dropout import Dropout
from worker.engine.regularizers.freeze import Freeze
from worker.engine.regularizers.gradient_clipping import GradientClipping
from worker.engine.regularizers.gradient_noise import GradientNoise
from worker.engine.regularizers.group_lasso import GroupLasso
from worker.engine.regularizers.guided import Guided
from worker.engine.regularizers.input_noise import InputNoise
from worker.engine.regularizers.l1 import L1
from worker.engine.regularizers.l2 import L2
from worker.engine.regularizers.l2_sp import L2Sp
from worker.engine.regularizers.label_smoothing import LabelSmoothing
from worker.engine.regularizers.max_norm import MaxNorm
from worker.engine.regularizers.mixup import Mixup
from worker.engine.regularizers.norm_product import NormProduct
from worker.engine.regularizers.orthogonal import Orthogonal
from worker.engine.regularizers.regularizer import Regularizer
from worker.engine.regularizers.sparsity import Sparsity
from worker.engine.regularizers.spectral_norm import SpectralNorm
from worker.engine.regularizers.weight_clipping import WeightClipping

REGULARIZERS: Mapping[type[RegularizerSpec], Callable[[Any], Regularizer]] = {
    specs.L1: L1,
    specs.L2: L2,
    specs.ActivationWeight: ActivationWeight,
    specs.NormProduct: NormProduct,
    specs.L2Sp: L2Sp,
    specs.GroupLasso: GroupLasso,
    specs.Orthogonal: Orthogonal,
    specs.ConfidencePenalty: ConfidencePenalty,
    specs.Guided: Guided,
    specs.Dropout: Dropout,
    specs.InputNoise: InputNoise,
    specs.GradientNoise: GradientNoise,
    specs.LabelSmoothing: LabelSmoothing,
    specs.Mixup: Mixup,
    specs.WeightClipping: WeightClipping,
    specs.GradientClipping: GradientClipping,
    specs.MaxNorm: MaxNorm,
    specs.SpectralNorm: SpectralNorm,
    specs.Sparsity: Sparsity,
    specs.Freeze: Freeze,
}
