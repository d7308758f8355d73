"""Two real browsers, of which one films for the other."""

from ..live.walking import browsers, driver, film, person  # noqa: F401 - fixtures
