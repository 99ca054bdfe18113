"""The components. Each tag prepares values; the HTML is in templates/ui/, one file for each."""

from kernel.ui.components import (  # noqa: F401  registers the tags
    actions,
    chart,
    display,
    forms,
    live,
    notices,
    page,
    progress,
    repeat,
    secrets,
    tables,
)
from kernel.ui.components.registry import register

__all__ = ["register"]
