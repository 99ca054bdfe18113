"""The component tags, for ``{% load ui %}``. They are described in kernel/ui/README.md."""

from kernel.ui.components import register

__all__ = ["register"]
