"""Which first layers a network has."""

from core.spec.models import SMALL_IMAGE, Pretrained, Stem, Student, Teacher


def stem_of(network: Teacher | Student, image_size: int | None) -> Stem:
    """Its own, or what `auto` comes to on images of that side; `auto` still where it is not known.

    image_size    in pixels
    """
    if network.stem != "auto":
        return network.stem
    if isinstance(network.source, Pretrained):
        # Their first filters look at such images; in some networks nothing else would fit them.
        return "imagenet"
    if image_size is None:
        return "auto"
    return "small" if image_size <= SMALL_IMAGE else "imagenet"
