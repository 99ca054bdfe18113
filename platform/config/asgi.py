"""Pages, API and sockets in one process."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402  needs the apps loaded above

from config.settling import settle  # noqa: E402  as below
from kernel.files.receiving import Bounded  # noqa: E402  as below
from kernel.live.routing import sockets  # noqa: E402  needs the apps loaded above

application = ProtocolTypeRouter({"http": Bounded(pages), "websocket": sockets()})
settle()
