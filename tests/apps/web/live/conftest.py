"""A server with the true pose model, a real Chromium, and sessions on saved poses."""

from ....drivers.live.conftest import jpeg, live  # noqa: F401 - fixtures
from .walking import browsers, driver, film, one_server, person, server  # noqa: F401 - fixtures
