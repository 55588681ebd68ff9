"""What a look into a data set shows: what its packer found, as far as it came."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.schemas.base import View


class Found(View):
    """What was stored. What a packer of another release knew more is left out, and does no harm."""

    model_config = ConfigDict(extra="ignore")


class NamedFiles(Found):
    """Some files: how many, and the first of them by name."""

    count: int
    names: list[str]


class CorruptFile(Found):
    """A file that can't be read, and why."""

    name: str
    reason: str


class CorruptFiles(Found):
    """Those that were passed over, the first of them by name."""

    count: int
    files: list[CorruptFile]


class SplitCounts(Found):
    """How many images a split has, and of each class."""

    images: int
    per_class: dict[str, int]


class Splits(Found):
    """Both splits; a test split of null is cut by jobs, from the training images."""

    train: SplitCounts | None
    test: SplitCounts | None


class SizeCount(Found):
    """How many images are of a size in pixels."""

    width: int
    height: int
    images: int


class Sizes(Found):
    """Of the images as they came, in pixels: `smallest` and `largest` are [width, height]."""

    different: int
    smallest: tuple[int, int] | None
    largest: tuple[int, int] | None
    most_common: list[SizeCount]


class EqualImages(Found):
    """An image of the test split, and the training image of the same pixels."""

    test: str
    train: str


class AcrossSplits(Found):
    """Test images that are trained on: how many, and the first of them."""

    count: int
    pairs: list[EqualImages]


class OtherwiseCalled(Found):
    """An image, and one of the same pixels in another class."""

    model_config = ConfigDict(extra="ignore", serialize_by_alias=True)
    file: str
    same: str = Field(alias="as")


class AcrossClasses(Found):
    """Images that another class has, too, so that one of both is wrong: how many, and the first of them."""

    count: int
    pairs: list[OtherwiseCalled]


class RepeatedImages(Found):
    """How many images of a split are there already."""

    train: int
    test: int


class Duplicates(Found):
    """Images of equal pixels, once they are resized."""

    across_splits: AcrossSplits
    within_splits: RepeatedImages
    across_classes: AcrossClasses | None = None


class Thumbnail(Found):
    """A training image as the network sees it, of 96 pixels at most."""

    model_config = ConfigDict(extra="ignore", serialize_by_alias=True)
    class_name: str = Field(alias="class")
    row: int = Field(description="of the packed file")
    png: str = Field(description="in base64")


class PackedBytes(Found):
    """Sizes in bytes: of what was sent, of the images or cells in it, and of what trainers map."""

    source: int
    files: int | None = None
    packed: int | None = None


class Refusal(Found):
    """Why it can't be used."""

    code: str
    detail: str
    hint: str | None


class ImagesPreview(Found):
    """Of images. Of a set that was refused, or that an older release packed, what was found out.

    layout                 which folders are which split
    ignored                files without a class, or beside the images
    names_read_as_cp437    names in a zip that does not say how they are written
    image_size_rule        why the packed images have this side
    mean, std              of red, green and blue, from 0 to 1
    """

    format: int | None = None
    class_names: list[str] | None = None
    layout: str | None = None
    ignored: NamedFiles | None = None
    names_read_as_cp437: NamedFiles | None = None
    bytes: PackedBytes | None = None
    image_size: int | None = None
    image_size_rule: str | None = None
    resize: str | None = None
    corrupt: CorruptFiles | None = None
    digest: str | None = None
    splits: Splits | None = None
    sizes: Sizes | None = None
    formats: dict[str, int] | None = None
    duplicates: Duplicates | None = None
    mean: list[float] | None = None
    std: list[float] | None = None
    thumbnails: list[Thumbnail] | None = None
    error: Refusal | None = None


class TableFile(Found):
    """How the cells of a table are written."""

    type: Literal["csv", "parquet"]
    encoding: str | None = None
    separator: str | None = None


class ColumnCounts(Found):
    """What a column holds.

    values    in order, where they can be classes
    rarest    the value that the fewest rows have, and how many
    """

    name: str
    is_text: bool
    values: list[str] | None
    rarest: tuple[str, int] | None = None
    min: float | None = None
    max: float | None = None
    mean: float | None = None


class UnusableCell(Found):
    """A cell that holds nothing, or a word where numbers stand."""

    row: int
    column: str
    reason: str


class UnusableCells(Found):
    """How many a refused table has, and the first of them."""

    count: int
    cells: list[UnusableCell]


class TablePreview(Found):
    """Of a table. Of one that was refused, what was found out.

    head    the first rows
    """

    format: int
    kind: Literal["table"]
    file: TableFile
    bytes: PackedBytes
    rows: int | None = None
    columns: list[ColumnCounts] | None = None
    head: list[list[str | float | None]] | None = None
    unusable: UnusableCells | None = None
    digest: str | None = None
    error: Refusal | None = None


class PreviewView(View):
    """What a look into a data set found: null before it is packed. What was not found out is left out."""

    id: str
    state: str
    # Whatever is no table is of images.
    preview: Annotated[TablePreview | ImagesPreview | None, Field(union_mode="left_to_right")]
