"""What came of each defect so far, on disk: a campaign that was cut goes on where it was."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

NOTICED, SURVIVED, EXCUSED, TOGETHER = "noticed", "survived", "excused", "together"
LEFT, ASKED = "not by the tables", "not by a test alone"


@dataclass(frozen=True, slots=True)
class Line:
    """How one defect ended, by which cell or test, and how long that took."""

    name: str
    kind: str
    outcome: str
    by: str
    seconds: float


class Journal:
    """The lines of a campaign, each written as soon as it is known."""

    def __init__(self, *, anew: bool) -> None:
        self._path = Path(os.environ.get("REMPART_MUTANTS", "authz-mutants.jsonl"))
        if anew:
            self._path.unlink(missing_ok=True)
        self.lines: dict[str, Line] = {}
        if self._path.exists():
            for text in self._path.read_text().splitlines():
                line = Line(**json.loads(text))
                self.lines[line.name] = line

    def ended(self, name: str) -> bool:
        """Whether the defect has been noticed, or is known to be without effect."""
        line = self.lines.get(name)
        return line is not None and line.outcome in (NOTICED, EXCUSED, TOGETHER)

    def asked(self, name: str) -> bool:
        """Whether the tables were asked already, whatever came of it."""
        return name in self.lines

    def asked_tests(self, name: str) -> bool:
        """Whether tests were asked about it by itself, whatever came of it."""
        line = self.lines.get(name)
        return line is not None and line.outcome not in (LEFT, SURVIVED)

    def keep_left(self, name: str, kind: str) -> None:
        """The tables did not notice it."""
        if name not in self.lines:
            self.write(Line(name, kind, LEFT, "", 0))

    def write(self, line: Line) -> None:
        """Keep how a defect ended."""
        self.lines[line.name] = line
        with self._path.open("a") as file:
            file.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
