"""Defects that change nothing for anybody, each with the reason why."""

EXCUSED: dict[str, str] = {}
