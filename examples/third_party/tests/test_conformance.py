"""Every clause of the specification is a test."""

from conformance import parametrize


@parametrize("tile-pool", tier="smoke")
def test_tile_pool(check):
    check()
