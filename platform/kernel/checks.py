"""System checks that a wrong installation does not pass."""

import platform
import sysconfig
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def platform_is_the_standard_library(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """``platform/`` is a source root: a module in it would replace the standard library's."""
    root = Path(__file__).resolve().parents[1]
    problems: list[CheckMessage] = []
    if not Path(platform.__file__ or "").is_relative_to(sysconfig.get_path("stdlib")):
        problems.append(Error("`platform` is not the standard library's.", id="kernel.E001"))
    if list(root.glob("*.py")):
        problems.append(Error("platform/ must not hold any .py file.", id="kernel.E002"))
    return problems


@register()
def requests_are_not_atomic_twice(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """With ATOMIC_REQUESTS a binding made in the middleware would silently be lost."""
    if any(database.get("ATOMIC_REQUESTS") for database in settings.DATABASES.values()):
        return [Error("ATOMIC_REQUESTS must be off.", id="kernel.E003")]
    return []
