"""Each kind once, for what must hold of all of them; `tests` see that none is missing."""

from core.spec import regularizers as specs

SOFT = (
    specs.L1(),
    specs.L2(),
    specs.ActivationWeight(activations=("relu",)),
    specs.NormProduct(),
    specs.L2Sp(),
    specs.GroupLasso(),
    specs.Orthogonal(),
    specs.ConfidencePenalty(),
    specs.Guided(),
    specs.Dropout(),
    specs.InputNoise(),
    specs.GradientNoise(),
    specs.LabelSmoothing(),
    specs.Mixup(),
)
HARD = (
    specs.WeightClipping(max_abs=0.3),
    specs.GradientClipping(max_norm=1.0),
    specs.MaxNorm(radius=0.8),
    specs.SpectralNorm(limit=0.9),
    specs.Sparsity(share=0.25, begin=0.25, epochs=0.5),
    specs.Freeze(target="norm"),
)
EVERY = (*SOFT, *HARD)
PENALTIES = (*SOFT[:9], specs.GradientNoise(mode="exact"))  # what is a term of the loss

# Limits that nothing reaches.
LOOSE = (
    specs.WeightClipping(max_abs=1e6),
    specs.GradientClipping(max_abs=1e6),
    specs.GradientClipping(max_norm=1e6),
    specs.MaxNorm(radius=1e6),
    specs.SpectralNorm(limit=1e6),
    specs.Sparsity(share=1e-5),  # of 224 weights: none
)
