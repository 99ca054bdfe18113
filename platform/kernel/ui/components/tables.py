"""Tables that become cards on a phone, each value with its column's name beside it."""

from typing import Any

from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kernel.ui.components.registry import draw, register
from kernel.ui.patterns import (
    CELL,
    CELL_THAT_NAMES_THE_ROW,
    CELL_WITHOUT_VALUE,
    ROW,
    ROW_TO_NOTICE,
)

KEY = "_ui_columns"


class Columns:
    """The names of a table's columns, given out one by one while a row is drawn."""

    def __init__(self, labels: tuple[Any, ...]) -> None:
        self.labels = labels
        self.at = 0

    def take(self) -> Any:
        """The name of the column that the next cell belongs to."""
        label = self.labels[self.at] if self.at < len(self.labels) else ""
        self.at += 1
        return label


@register.simple_block_tag(takes_context=True)
def ui_table(
    context: Context, content: str, caption: Any, *, hide_caption: bool = False
) -> SafeString:
    """A table with its caption."""
    return draw(context, "table", content=content, caption=caption, hide_caption=hide_caption)


@register.simple_tag(takes_context=True)
def ui_columns(context: Context, *labels: Any) -> SafeString:
    """The head of the table. An empty label is a column of buttons."""
    context[KEY] = Columns(labels)
    return draw(context, "table_head", labels=labels)


@register.simple_block_tag(takes_context=True)
def ui_row(context: Context, content: str, *, highlight: bool = False) -> SafeString:
    """A row of cells."""
    columns = context.get(KEY)
    if columns is not None:
        columns.at = 0
    return format_html(ROW_TO_NOTICE if highlight else ROW, content)


@register.simple_block_tag(takes_context=True)
def ui_cell(
    context: Context, content: str, *, heading: bool = False, kind: str = "text"
) -> SafeString:
    """A value; ``heading`` for the one that names the row."""
    columns = context.get(KEY)
    label = columns.take() if columns is not None else ""
    if heading:
        return format_html(CELL_THAT_NAMES_THE_ROW, label, content)
    if not content.strip():
        return format_html(CELL_WITHOUT_VALUE, kind, label)
    return format_html(CELL, kind, label, content)
