"""A server and a real Chromium, as the live page has them."""

from ..live.walking import browsers, driver, film, one_server, person, server  # noqa: F401 - fixtures
