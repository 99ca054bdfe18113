"""The end of starting up: everything is loaded, and stays."""

import gc

from django.urls import get_resolver


def settle() -> None:
    """Load the pages, and let the collector look at none of this again.

    Without it each full collection walks through everything that Django has loaded: tens of
    milliseconds, in the middle of somebody's request.
    """
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
