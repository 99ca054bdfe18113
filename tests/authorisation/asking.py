"""Sends an operation as somebody."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.authorisation.operations import Operation
from tests.authorisation.scene import Scene


def ask(
    operation: Operation, scene: Scene, object_id: UUID, browser: Client, **headers: Any
) -> HttpResponse:
    """The answer to the operation about an object, with the body that its row has."""
    return send(operation, object_id, operation.body(scene, object_id), browser, **headers)


def send(
    operation: Operation, object_id: UUID, body: Any, browser: Client, **headers: Any
) -> HttpResponse:
    """The answer to the operation about an object, with this body: of a GET the question."""
    address = reverse(operation.name, kwargs=operation.place(object_id))
    if operation.method == "GET":
        return browser.get(address, body, **headers)
    if operation.is_api:
        return browser.post(address, json.dumps(body), content_type="application/json", **headers)
    return browser.post(address, body, **headers)


def everything_of(response: HttpResponse) -> str:
    """Every byte that leaves with an answer: status, headers, cookies and body."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    return f"{response.status_code}\n{headers}\n{response.cookies.output()}\n{said(response)}"


def said(response: HttpResponse) -> str:
    """The body as text, as often as it is asked for."""
    content = response.getvalue()
    if response.streaming:
        response.streaming_content = [content]
    return content.decode(errors="replace")
