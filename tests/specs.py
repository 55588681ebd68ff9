"""Sound specs of every kind, for tests that must hold for all of them."""

from typing import Any

from hypothesis import strategies as st

from core.spec import JobSpec
from core.spec.checks import problems

Documents = st.SearchStrategy[dict[str, Any]]

WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=20)
# A name beginning with @ is refused: `@last` is a job already.
NAMES = WORDS.filter(lambda word: not word.startswith("@"))
SEEDS = st.integers(0, 2**32 - 1)
TARGETS = st.sampled_from([None, "*"])
ARCHITECTURES = st.sampled_from(["resnet18", "mobilenet_v2", "shufflenet_v2_x0_5", "regnet_y_400mf"])
STEMS = st.sampled_from(["auto", "small", "imagenet"])


def some(**fields: st.SearchStrategy[Any]) -> Documents:
    """An object with any of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


def kind(name: str, **fields: st.SearchStrategy[Any]) -> Documents:
    return st.fixed_dictionaries({"kind": st.just(name)}, optional=fields)


def numbers(above: float, upto: float) -> st.SearchStrategy[float]:
    return st.floats(above, upto, exclude_min=True, allow_subnormal=False)


STRENGTHS = st.floats(0, 1e6, allow_subnormal=False) | st.integers(0, 10**6)
IDS = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=25, max_size=25).map(lambda text: f"0{text}")
MODELS, JOBS = (IDS.map(lambda found, kind=kind: f"{kind}_{found}") for kind in ("model", "job"))
OF_MODELS = MODELS | MODELS.map(lambda found: {"kind": "model", "id": found})
TRAINED = st.one_of(
    st.sampled_from(["train", "pretrained"]),
    kind("train", epochs=st.integers(1, 10_000), seed=SEEDS, reuse=st.booleans()),
    kind("pretrained", weights=st.just("default"), epochs=st.integers(1, 10_000), seed=SEEDS),
)
TEACHER_SOURCES = st.one_of(TRAINED, OF_MODELS, JOBS | JOBS.map(lambda found: {"id": found}))
BEGUN = st.sampled_from(["random", "pretrained", {"kind": "pretrained"}])
STUDENT_SOURCES = BEGUN | OF_MODELS
STAGES = st.integers(1, 4)
TEMPERATURES = numbers(0.01, 1000)
SOFT = {"weight": STRENGTHS, "temperature": TEMPERATURES, "standardized": st.booleans()}
TERMS = st.one_of(
    kind("soft_targets", **SOFT),
    kind("hard_targets", weight=STRENGTHS),
    kind("hints", weight=STRENGTHS, stage=STAGES),
    kind("similarity", weight=STRENGTHS, stage=STAGES),
    kind("relations", weight=STRENGTHS, distance_weight=STRENGTHS, angle_images=st.integers(3, 256)),
    kind("correlation_congruence", weight=STRENGTHS, gamma=numbers(0, 100)),
    kind("variational", stages=st.lists(STAGES, min_size=1, max_size=8), initial_variance=numbers(0.01, 1e4)),
    kind("reused_classifier", weight=STRENGTHS, factor=st.integers(1, 64)),
    kind("logit_mse", weight=STRENGTHS),
    kind("decoupled", alpha=STRENGTHS, beta=STRENGTHS, **SOFT),
    kind("correlation", beta=STRENGTHS, gamma=STRENGTHS, **SOFT),
    kind("normalized", gamma=STRENGTHS, **SOFT),
    kind("weighted_soft", alpha=STRENGTHS, **SOFT),
    kind("learned_temperature", standardized=st.booleans(), reversal_epochs=numbers(0, 10_000)),
    kind("teacher_free", temperature=TEMPERATURES, confidence=st.floats(0.01, 0.99)),
    st.sampled_from(["soft_targets", "hints", "attention", "probabilistic", "decoupled", "teacher_free"]),
)
OVER_TIME = st.one_of(
    st.sampled_from(["constant", "warm_up", "linear", "cosine"]),
    kind("warm_up", epochs=numbers(0, 10_000)),
    kind("cosine", start=st.floats(0, 1e6), end=st.floats(0, 1e6), begin=st.floats(0, 10_000)),
)
INFORMATION = st.one_of(
    st.sampled_from(["image_statistics", "teacher_prototypes"]),
    kind(
        "image_statistics",
        parts=st.lists(st.sampled_from(["colour", "shape", "texture"]), min_size=1, max_size=3),
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("vectors"),
            "values": st.lists(
                st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2), min_size=10, max_size=10
            ),
        }
    ),
)
REGULARIZERS = st.one_of(
    kind("l1", strength=STRENGTHS, per_sample=st.booleans(), target=TARGETS),
    kind("l2", strength=STRENGTHS, per_sample=st.booleans(), target=TARGETS),
    kind(
        "dropout",
        rate=st.floats(0, 0.99),
        schedule=st.sampled_from(["constant", "depth"]),
        placement=st.sampled_from(["classifier", "stages"]),
    ),
    kind("activation_weight", strength=STRENGTHS, target=TARGETS, activations=st.just(["relu6"])),
    kind(
        "norm_product",
        strength=STRENGTHS,
        layers=st.lists(st.sampled_from(["*", {"target": "*", "norm": "l1"}]), min_size=1, max_size=2),
        reduction=st.sampled_from([None, "product", "geometric_mean", "log_sum"]),
    ),
    kind("input_noise", std=st.floats(0, 100), teacher_view=st.sampled_from(["clean", "noisy"])),
    kind("gradient_noise", strength=STRENGTHS, mode=st.sampled_from(["exact", "perturb"]), target=TARGETS),
    kind("l2_sp", strength=STRENGTHS, target=TARGETS, over_time=OVER_TIME),
    kind("group_lasso", strength=STRENGTHS, target=TARGETS, over_time=OVER_TIME),
    kind("orthogonal", strength=STRENGTHS, target=TARGETS, over_time=OVER_TIME),
    kind("confidence_penalty", strength=STRENGTHS, over_time=OVER_TIME),
    kind("guided", strength=STRENGTHS, source=INFORMATION, encoder_decay=numbers(0, 1e6)),
    kind("label_smoothing", smoothing=st.floats(0, 1), over_time=OVER_TIME),
    kind("mixup", alpha=st.floats(0, 100), over_time=OVER_TIME),
    kind("max_norm", radius=numbers(0, 1e6), target=TARGETS),
    kind("spectral_norm", limit=numbers(0, 1e6), target=TARGETS),
    kind(
        "sparsity",
        share=st.floats(0, 1, exclude_max=True),
        scope=st.sampled_from(["layer", "network"]),
        begin=st.floats(0, 1),
        epochs=st.none() | st.floats(0, 1),
        target=TARGETS,
    ),
    kind("freeze", target=st.sampled_from(["*0*", "*1*"])),
    kind("weight_clipping", max_abs=numbers(0, 1e6), include_bias=st.booleans(), target=TARGETS),
    kind("gradient_clipping", target=TARGETS).flatmap(
        lambda clip: st.tuples(st.sampled_from(["max_abs", "max_norm"]), numbers(0, 1e6)).map(
            lambda limit: clip | {limit[0]: limit[1]}
        )
    ),
    st.sampled_from(
        ["l1", "l2", "activation_weight", "norm_product", "dropout", "weight_clipping", "orthogonal", "mixup"]
    ),
)
SUBSETS = st.none() | st.fixed_dictionaries({"per_class": st.integers(2, 10_000)})
DATASETS = st.one_of(
    st.sampled_from(["digits", "cifar10", "cifar100", {"name": "digits"}]),
    st.fixed_dictionaries(
        {"name": st.sampled_from(["digits", "cifar10", "mnist", "fashion-mnist"])},
        optional={"subset": SUBSETS},
    ),
)
EXPORTS = st.lists(
    st.one_of(
        st.sampled_from(["onnx", "onnx_int8", "torch_export"]),
        kind("onnx", opset=st.integers(18, 22)),
        kind(
            "onnx_int8",
            calibration_images=st.integers(1, 10_000),
            reduce_range=st.booleans(),
            max_accuracy_loss=st.floats(0, 1, allow_subnormal=False),
        ),
    ),
    max_size=3,
    unique_by=lambda export: export if isinstance(export, str) else export["kind"],
)
OPTIMIZATION = some(
    epochs=st.integers(1, 10_000),
    batch_size=st.integers(2, 1000),
    optimizer=st.sampled_from(["sgd", "adamw"]),
    learning_rate=st.none() | numbers(0, 1e3),
    schedule=st.sampled_from(["cosine", "constant"]),
    warmup_epochs=st.none(),
    momentum=st.floats(0, 0.999),
    betas=st.lists(st.floats(0, 0.9999), min_size=2, max_size=2),
    precision=st.sampled_from(["auto", "float32", "bfloat16", "float16"]),
    augmentation=st.sampled_from(["none", "crop", "standard"]),
    view_seed=SEEDS,
    teacher_cache=st.sampled_from(["auto", "off"]),
)


def documents(*, named: bool = True) -> Documents:
    """What a person may post: every field now and then, bare words among them.

    named    weights of models and jobs, too, which are nobody's
    """
    teachers, students = (TEACHER_SOURCES, STUDENT_SOURCES) if named else (TRAINED, BEGUN)
    return some(
        name=st.none() | NAMES,
        tags=st.lists(WORDS, max_size=4),
        seed=SEEDS,
        priority=st.integers(0, 100),
        dataset=DATASETS,
        teacher=ARCHITECTURES | some(architecture=ARCHITECTURES, stem=STEMS, source=teachers),
        student=ARCHITECTURES
        | some(architecture=ARCHITECTURES, stem=STEMS, source=students)
        | some(architecture=st.just("mobilenet_v2"), stem=STEMS, width=st.floats(0.1, 4.0)),
        method=some(label_weight=st.none() | STRENGTHS, terms=st.lists(TERMS, max_size=3)),
        regularizers=st.lists(REGULARIZERS, max_size=4),
        optimization=OPTIMIZATION,
        stopping=some(patience_epochs=st.none() | st.integers(1, 100), target_accuracy=numbers(0, 1)),
        evaluation=some(
            validation_fraction=st.floats(0.01, 0.2),
            baseline=st.booleans(),
            latency_batches=st.lists(st.integers(1, 64), max_size=8),
        ),
        exports=EXPORTS,
        resources=some(gpus=st.sampled_from(["auto", 0, 1])),
    ).filter(lambda document: not problems(JobSpec.model_validate(document)))


def sound_specs() -> st.SearchStrategy[JobSpec]:
    return documents().map(JobSpec.model_validate)
