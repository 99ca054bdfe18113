"""Figures for a meter of the operator's: of the whole house, without a cell or a name.

They are there for whoever shows the token of the file that REMPART_METRICS_TOKEN_FILE names. For
everybody else, and where no file is named, the address does not exist.
"""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from kernel.health import measures
from kernel.http.bearer import secret_of
from kernel.http.pages import public_page

TYPE = "text/plain; version=0.0.4; charset=utf-8"
LEAST = 16
"""A token that is shorter is none."""


@public_page
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures, one a line, in the text format that meters read."""
    expected = settings.METRICS_TOKEN
    shown = secret_of(request) or ""
    if len(expected) < LEAST or not hmac.compare_digest(shown.encode(), expected.encode()):
        raise Http404
    lines = [
        f"# TYPE {measure.name} gauge\n{measure.name} {measure.value:.6g}" for measure in measures()
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type=TYPE)
