"""When cameras that several processes share were watched: only while every one of them looked. Pure."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SILENT = timedelta(seconds=20)  # a process that has not spoken for so long is not looking; they speak each 5 s


@dataclass(frozen=True, slots=True)
class Word:
    """What a process says of its cameras: it looked at them from `since` to `until`, and whether it still does."""

    since: datetime
    until: datetime
    looking: bool

    def pack(self) -> bytes:
        """As one line."""
        said = {"since": self.since.isoformat(), "until": self.until.isoformat(), "looking": self.looking}
        return json.dumps(said).encode() + b"\n"

    @classmethod
    def unpack(cls, line: bytes) -> "Word":
        """Read a line; ValueError if it is none."""
        said = json.loads(line)
        return cls(datetime.fromisoformat(said["since"]), datetime.fromisoformat(said["until"]), said["looking"])


@dataclass
class Own:
    """The word of this process itself."""

    _since: datetime | None = None
    _word: Word | None = None

    @property
    def looking(self) -> bool:
        """Whether we were looking when last asked for a word."""
        return self._since is not None

    def word(self, at: datetime, *, looking: bool, ended_at: datetime) -> Word | None:
        """
        Word at a time; None while it has never looked.

        `ended_at` is when the looking ended where it is not looking now.
        """
        if looking:
            self._since = self._since or at
            self._word = Word(self._since, at, True)
        elif self._since is not None:
            self._word = Word(self._since, max(self._since, ended_at), False)
            self._since = None
        return self._word


@dataclass
class Watch:
    """Puts the words of `of` processes together."""

    of: int
    _words: dict[int, Word] = field(default_factory=dict)

    def heard(self, index: int, word: Word) -> None:
        """A process spoke."""
        self._words[index] = word

    def gone(self, index: int) -> None:
        """A process ended: it looked until it last said so."""
        if word := self._words.get(index):
            self._words[index] = Word(word.since, word.until, False)

    def together(self, at: datetime) -> Word | None:
        """Word of them all at a time; None while they never looked all at once."""
        words = self._words.values()
        if len(words) < self.of:
            return None
        since, until = max(word.since for word in words), min(word.until for word in words)
        looking = all(word.looking and at - word.until <= SILENT for word in words)
        return Word(since, until, looking) if since <= until else None
