"""The house stays the way it was planned: no shadowed module, no long file, no forbidden call."""

import platform
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from agencies.models.policy import IDLE_MINUTES

ROOT = Path(__file__).resolve().parents[2]
OURS = ("platform", "audit", "agencies", "referrals", "meetings", "infra", "tests")
PUBLIC_PAGES = {
    "agencies:ask_any_passkey",
    "agencies:ask_passkey",
    "agencies:code",
    "agencies:join",
    "agencies:join_factor",
    "agencies:join_identity",
    "agencies:lost",
    "agencies:passkey",
    "agencies:replace",
    "agencies:replace_confirm",
    "agencies:replace_link",
    "agencies:role",
    "agencies:sign_in",
    "agencies:sign_out",
    "agencies:provider_start",
    "agencies:provider_go",
    "agencies:provider_return",
    "agencies:provider_ends",
    "agencies:provider_ends_here",
    "agencies:signed_out",
    "metrics",
}


def sources(*suffixes: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *OURS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if name.endswith(suffixes) and (ROOT / name).exists()]


def test_platform_is_still_the_standard_librarys():
    assert Path(platform.__file__).is_relative_to(sysconfig.get_path("stdlib"))
    assert list((ROOT / "platform").glob("*.py")) == []
    asked = "import platform, sys; print(platform.__file__)"
    for entry in (
        [sys.executable, "-c", asked],
        [sys.executable, "manage.py", "shell", "-c", asked],
    ):
        done = subprocess.run(entry, cwd=ROOT, capture_output=True, text=True, check=True)
        assert "site-packages" not in done.stdout
        assert str(ROOT) not in done.stdout


def test_no_file_is_longer_than_one_sitting():
    suffixes = (".py", ".html", ".ts", ".scss", ".css")
    lengths = {path: len(path.read_text().splitlines()) for path in sources(*suffixes)}
    too_long = [
        f"{path.relative_to(ROOT)}: {n}"
        for path, n in lengths.items()
        if n > 400 and path.parent.name != "migrations"
    ]
    assert too_long == []


FORBIDDEN = {
    r"\.delay\(": "tasks are started by beat only: what is owed is a row",
    r"mark_safe\(|\|\s*safe\b": "nothing is trusted to be safe HTML",
    r"fields\s*=\s*[\"']__all__": "fields are listed",
    r"skip_checks\s*=\s*True": "no service skips its checks",
    r"AllowAny": "the API is for signed-in people",
    r"\.verify_token\(|match_token\(": "only django_otp.verify_token locks the device",
    r"TODO|FIXME": "no to-do without a ticket",
}
ALLOWED = {
    r"\.verify_token\(|match_token\(": {
        "django_otp.verify_token(",
        "self.verify_token(id_token",  # of an identity provider: no device has to do with it
    },
}


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_nobody_writes_what_is_forbidden(pattern):
    found = []
    for path in sources(".py", ".html"):
        if path.is_relative_to(ROOT / "tests") or path.is_relative_to(ROOT / "platform/kernel/ui"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if re.search(pattern, line) and not any(
                allowed in line for allowed in ALLOWED.get(pattern, ())
            ):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert found == [], FORBIDDEN[pattern]


def routes(resolver=None, prefix="", namespace=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern, prefix + str(pattern.pattern), inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", pattern.callback


def test_every_page_is_for_signed_in_people_or_on_the_short_list():
    seen = set()
    for name, view in routes():
        seen.add(name)
        guarded = getattr(view, "for_signed_in_people", False)
        api = hasattr(view, "cls")
        if not guarded and not api:
            assert getattr(view, "for_anybody", False), name
            assert name in PUBLIC_PAGES, name
    assert seen >= PUBLIC_PAGES


def test_every_api_view_says_who_may_call_it():
    from kernel.http.api import ScopedViewSet

    views = [view.cls for _name, view in routes() if hasattr(view, "cls")]
    assert views
    assert all(issubclass(view, ScopedViewSet) for view in views)


def test_production_settings_are_strict():
    code = (
        "from django.conf import settings as s;"
        "assert s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE and s.SECURE_SSL_REDIRECT;"
        "assert s.SECURE_HSTS_SECONDS >= 31536000 and not s.DEBUG and not s.DEMO;"
        "assert s.SESSION_COOKIE_HTTPONLY and '*' not in s.ALLOWED_HOSTS;"
        "assert not any(d['ATOMIC_REQUESTS'] for d in s.DATABASES.values())"
    )
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "REMPART_SECRET_KEY": "x" * 60,
        "REMPART_ALLOWED_HOSTS": "rempart.example",
    }
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)


def test_idle_and_absolute_ends_of_a_session():
    assert (IDLE_MINUTES.default, IDLE_MINUTES.highest) == (15, 30)
    assert settings.SESSION_ABSOLUTE.total_seconds() <= 8 * 3600
