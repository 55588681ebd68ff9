"""Files that can't be used: a few are told by name and passed over, many are a reason to stop."""

from typing import Any

from core.errors import DatasetUnreadable
from worker.packing.names import shown

MOST_NAMED = 100


class Corrupt:
    """The unreadable files of a set.

    share    of all its files that may be unreadable
    """

    def __init__(self, files: int, share: float) -> None:
        self._files = files
        self._most = int(share * files)
        self._named: list[dict[str, str]] = []
        self.told: dict[str, Any] = {"count": 0, "files": self._named}  # grows with what is added

    def add(self, name: str, reason: str) -> None:
        """raises DatasetUnreadable once there are too many, and no more could be named"""
        self.told["count"] += 1
        if len(self._named) < MOST_NAMED:
            self._named.append({"name": shown(name), "reason": reason})
        if self.told["count"] >= MOST_NAMED:
            self.judge()

    def judge(self) -> None:
        """raises DatasetUnreadable if there are too many"""
        if self.told["count"] > self._most:
            first = self._named[0]
            raise DatasetUnreadable(
                f"{self.told['count']} of {self._files} files can't be read, at most {self._most} may be; "
                f"{first['name']}: {first['reason']}",
                hint="Repair or remove the files that the report names, and upload the set again.",
            )
