"""Wrong implementations that the checks were not built against are caught, a sample of them here.

All of them: `python -m tests.aside.measure`.
"""

from __future__ import annotations

import pytest

from conformance.zoo import bugs
from conformance.zoo.sound import Sound
from tests.aside import meetings, members, narrow, specialists
from tests.aside.measure import measure

SAMPLE = sorted(members())[:: len(members()) // 16]


def test_there_are_many_and_none_is_of_the_zoo() -> None:
    assert len(members()) > 570
    assert not members().keys() & bugs().keys()


def test_each_says_what_is_wrong() -> None:
    for name, make in members().items():
        assert isinstance(make(), Sound), name
        assert (type(make()).__doc__ or "").endswith("."), name


def test_a_member_is_an_attribute_of_the_package() -> None:
    import tests.aside

    assert type(tests.aside.seventh_tap_skipped).__name__ == "seventh_tap_skipped"
    with pytest.raises(AttributeError, match="seventh-taps"):
        _ = tests.aside.seventh_taps


@pytest.mark.parametrize("name", SAMPLE)
def test_a_member_is_caught_in_the_smoke_tier(name: str) -> None:
    assert measure(members()[name], name, "smoke", to_the_end=False).caught


@pytest.mark.parametrize("sound", [Sound, *narrow.SOUND, *meetings.SOUND, *specialists.SOUND])
def test_a_sound_implementation_is_not_caught(sound: type[Sound]) -> None:
    assert not measure(sound, sound.__name__, "smoke", to_the_end=True).caught
