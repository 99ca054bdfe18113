"""How the identity provider is called, for pages that may have to do without one."""

from __future__ import annotations

from django import template

from agencies.oidc.provider import the_provider

register = template.Library()


@register.simple_tag
def provider_name() -> str:
    """Its name; empty where people sign in with a password only."""
    provider = the_provider()
    return provider.name if provider else ""
