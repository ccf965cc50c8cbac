"""A section while it is being read: the same as the value it becomes, but open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from viewer.clinical import Item, Moment, Result, Row, Section, Text


@dataclass
class Draft:
    heading: str = ""
    term: str = ""
    items: list[Item] = field(default_factory=list)
    sections: list[Draft] = field(default_factory=list)
    details: list[Row] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)

    def add(self, *items: Item) -> None:
        self.items.extend(items)

    def open(self, heading: str = "", term: str = "") -> Draft:
        """A new section within this one."""
        self.sections.append(Draft(heading, term))
        return self.sections[-1]

    def comment(self, *lines: str) -> bool:
        """Hang a comment on the result before it; false if there is none."""
        last = self.items[-1] if self.items else None
        if not isinstance(last, Result):
            return False
        self.items[-1] = replace(last, comments=(*last.comments, *lines))
        return True

    def write(self, *lines: str) -> None:
        """Continue the text at the end of the section, or begin one."""
        last = self.items[-1] if self.items else None
        if isinstance(last, Text) and not last.markup:
            self.items[-1] = replace(last, lines=(*last.lines, *lines))
        else:
            self.items.append(Text(lines))

    @property
    def results_begun(self) -> bool:
        return any(isinstance(item, Result) for item in self.items) or bool(self.sections)

    @property
    def filled(self) -> bool:
        """Whether anything was read into it; a heading of our own does not count."""
        said = self.heading or self.items or self.details or self.moments
        return bool(said) or any(one.filled for one in self.sections)

    def build(self) -> Section:
        return Section(
            self.heading,
            self.term,
            tuple(self.items),
            tuple(section.build() for section in self.sections if section.filled),
            tuple(self.details),
            tuple(self.moments),
            tuple(self.statuses),
        )
