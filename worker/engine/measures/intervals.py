"""How far a share of test images may be off, since there are only so many of them.

Another seed of the training would differ, too: that no interval here knows of.
"""

import math

Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution


def wilson(correct: int, images: int) -> tuple[float, float]:
    """The 95 % interval of a share, sound near 0 and 1 too. Wilson 1927."""
    share, z2 = correct / images, Z95**2 / images
    centre = (share + z2 / 2) / (1 + z2)
    half = Z95 / (1 + z2) * math.sqrt(share * (1 - share) / images + z2 / (4 * images))
    return max(0.0, centre - half), min(1.0, centre + half)


def paired(gained: int, lost: int, images: int) -> tuple[float, float]:
    """The 95 % interval of the difference of two shares of the same images, gained − lost of them.

    gained   images that only the second is right on; lost: only the first

    d ± z √((p + q − d²) / (n + 2)),  p = (gained + 1) / (n + 2),  q = (lost + 1) / (n + 2),  d = p − q

    Bonett and Price 2012: Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data. https://doi.org/10.3102/1076998611411915
    """
    p, q = (gained + 1) / (images + 2), (lost + 1) / (images + 2)
    half = Z95 * math.sqrt((p + q - (p - q) ** 2) / (images + 2))
    return max(-1.0, p - q - half), min(1.0, p - q + half)


def mcnemar(gained: int, lost: int) -> float:
    """The probability that chance alone parts two equal networks so far, or further. McNemar 1947, exact.

    Each image on which only one is right is a toss of a coin: 2 · P(X ≤ min(gained, lost)), X ~ B(n, ½).
    """
    tosses, fewer = gained + lost, min(gained, lost)
    ways, total = 1, 1  # of 0 heads, and of all up to here
    for heads in range(1, fewer + 1):
        ways = ways * (tosses - heads + 1) // heads
        total += ways
    return min(1.0, 2 * total / (1 << tosses))
