"""model_card.md: what the student is, what it was trained on, how good it is, and how to use it elsewhere."""

from collections.abc import Iterator, Mapping
from typing import Any

from worker.engine.pages.figures import Report
from worker.engine.pages.recipe import learned, trained_markdown
from worker.engine.pages.words import count, percent, size, within

STUDENT = "student.safetensors"
IMAGE = "image.png"


def card(report: Report, elsewhere: Mapping[str, Any] | None) -> str:
    """The card as Markdown.

    elsewhere   how to build the student with torchvision alone; None where that has no such network
    """
    student, data = report["student"], report["dataset"]
    side = data["image_size"]
    how = "" if elsewhere is None else f"## Use it\n\n```python\n{use(elsewhere, data)}```\n\n"
    return (
        f"# {plain(report['name'] or student['architecture'])}\n\n"
        f"{_named(student)}, {learned(report, _named(report['teacher']))} on {plain(data['title'])} "
        f"({len(data['class_names'])} classes, images of {side} px).\n\n"
        f"{how}## How good it is\n\n{_table(report)}\n"
        f"Measured on {data['test_images']:,} test images that neither training nor the choice of the epoch "
        f"has seen. Intervals are 95 %, of the choice of test images only.\n\n{_losses(report)}"
        f"{trained_markdown(report)}## What it has seen\n\n"
        f"{data['train_images']:,} training and {data['validation_images']:,} "
        f"validation images; data set sha256 `{data['digest']}`; seed {report['seed']}. Inputs are "
        f"(v / 255 − mean) / std per channel, float32 [batch, 3, {side}, {side}]. "
        f"It has seen nothing else: images unlike these get a confident answer, too.\n"
    )


def use(elsewhere: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """Lines of Python that answer for an image with torch, torchvision and safetensors alone."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in elsewhere["arguments"].items())
    replaced = "".join(_replaced(name, *made) for name, made in elsewhere["replaced"].items())
    side = data["image_size"]
    return (
        "import json, torch, torchvision\n"
        "from safetensors import safe_open\n"
        "from PIL import Image\n"
        "from torchvision.transforms.functional import center_crop, pil_to_tensor, resize\n"
        f'file = safe_open("{STUDENT}", framework="pt")\n'
        f'student = torchvision.models.get_model("{elsewhere["builder"]}", {arguments}).eval()\n'
        f"{replaced}"
        "student.load_state_dict({name: file.get_tensor(name) for name in file.keys()})\n"
        'mean, std, names = (json.loads(file.metadata()[key]) for key in ("mean", "std", "class_names"))\n'
        f'image = center_crop(resize(Image.open("{IMAGE}").convert("RGB"), {side}), {side})\n'
        "image = pil_to_tensor(image).div(255).sub(torch.tensor(mean).view(3, 1, 1))\n"
        "probabilities = student(image[None] / torch.tensor(std).view(3, 1, 1)).softmax(dim=1)[0]\n"
        "print(names[probabilities.argmax()], probabilities.max().item())\n"
    )


def _replaced(name: str, kind: str, arguments: Mapping[str, Any]) -> str:
    made = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return f'student.set_submodule("{name}", torch.nn.{kind}({made}))\n'


def plain(text: str) -> str:
    """Words of a person, in which no sign is Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>()#|!" else sign for sign in text)


def _named(network: Mapping[str, Any]) -> str:
    return f"{network['architecture']} (width {network['width']:g}, stem {network['stem']})"


def _table(report: Report) -> str:
    both = [report[role] for role in ("student", "teacher")]
    rows = (
        ("accuracy", *(f"{percent(one['test']['accuracy'])} ({within(one['test']['interval'])})"
                       for one in both)),
        ("calibration error", *(f"{one['test']['calibration_error']:.4f}" for one in both)),
        ("parameters", *(count(one["parameters"]) for one in both)),
        ("multiply-accumulates", *(count(one["macs"]) for one in both)),
        ("file", *(size(one["file"]["bytes"]) for one in both)),
    )  # fmt: skip
    lines = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"| | student | teacher |\n|---|---|---|\n{lines}"


def _losses(report: Report) -> str:
    lost = ", ".join(_changed(report))
    return f"Classes that lost most against the teacher: {lost}.\n\n" if lost else ""


def _changed(report: Report) -> Iterator[str]:
    by_name = {one["name"]: one for one in report["classes"]}
    for name in report["classes_lost_most"][:5]:
        yield f"{plain(name)} ({100 * by_name[name]['change']:+.1f} points)"
