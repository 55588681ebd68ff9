"""What befalls the folder of a broker."""

from pathlib import Path


def damage(folder: Path) -> None:
    """The newest of its files ends in zeros, as after a power failure: the broker does not start with it."""
    newest = max((folder / "appendonlydir").iterdir(), key=lambda path: path.stat().st_mtime)
    with newest.open("ab") as file:
        file.write(bytes(4096))
