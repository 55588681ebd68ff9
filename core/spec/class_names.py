"""The classes of the data sets that are known by name, in the order of their labels.

Known without the images, so that weights of other classes are refused before a job waits for a worker.
"""

_NAMES = {
    "digits": "0|1|2|3|4|5|6|7|8|9",
    "mnist": "0 - zero|1 - one|2 - two|3 - three|4 - four|5 - five|6 - six|7 - seven|8 - eight|9 - nine",
    "fashion-mnist": "T-shirt/top|Trouser|Pullover|Dress|Coat|Sandal|Shirt|Sneaker|Bag|Ankle boot",
    "cifar10": "airplane|automobile|bird|cat|deer|dog|frog|horse|ship|truck",
    "cifar100": "apple|aquarium_fish|baby|bear|beaver|bed|bee|beetle|bicycle|bottle|bowl|boy|bridge|bus|"
    "butterfly|camel|can|castle|caterpillar|cattle|chair|chimpanzee|clock|cloud|cockroach|couch|crab|crocodile|cup|"
    "dinosaur|dolphin|elephant|flatfish|forest|fox|girl|hamster|house|kangaroo|keyboard|lamp|lawn_mower|"
    "leopard|lion|lizard|lobster|man|maple_tree|motorcycle|mountain|mouse|mushroom|oak_tree|orange|orchid|"
    "otter|palm_tree|pear|pickup_truck|pine_tree|plain|plate|poppy|porcupine|possum|rabbit|raccoon|ray|road|"
    "rocket|rose|sea|seal|shark|shrew|skunk|skyscraper|snail|snake|spider|squirrel|streetcar|sunflower|"
    "sweet_pepper|table|tank|telephone|television|tiger|tractor|train|trout|tulip|turtle|wardrobe|whale|"
    "willow_tree|wolf|woman|worm",
}


def class_names(dataset: str) -> list[str] | None:
    """Of the set with this name; None of one whose classes are not known."""
    return _NAMES[dataset].split("|") if dataset in _NAMES else None
