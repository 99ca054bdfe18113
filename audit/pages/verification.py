"""The verification: recompute everything now, and show what was signed last."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from audit.damage import Finding
from audit.selectors import latest_checkpoint, read_state
from audit.sentences import sentence
from audit.services.verify_log import verify_log
from kernel.http.pages import page
from kernel.viewer import Viewer

MOST_SHOWN = 20


@page
def verification(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What was signed last; after the button, what the verification found."""
    context: dict[str, object] = {}
    if request.method == "POST":
        verified = verify_log(viewer)
        report = verified.report
        context |= {"report": report, "standing": verified.standing}
        context["tone"] = "success" if verified.clean else "danger"
        context["sentences"] = [sentence(finding) for finding in _in_order(report.findings)]
        context["more"] = max(0, len(report.findings) - MOST_SHOWN)
    stored = latest_checkpoint(viewer) if request.method == "POST" else read_state(viewer)
    if stored is not None:
        context |= {"stored": stored, "fingerprint": fingerprint(stored.root)}
    return render(request, "audit/verification.html", context)


def fingerprint(root: bytes) -> str:
    """A root for two people to compare over the telephone."""
    text = root.hex()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.index)[:MOST_SHOWN]
