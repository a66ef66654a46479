"""The zoo is complete, and each member is wrong where it says."""

from __future__ import annotations

from importlib import import_module

import pytest

from conformance.clauses import UnknownNameError, clauses, features
from conformance.zoo import bugs, left_out, member
from conformance.zoo.bug import Bug
from conformance.zoo.sound import Sound

SURVEYED = """
bwd-shape-check-lacks-clip ceil-clip-only-if-padded ceil-no-clip default-stride-is-one
double-ceil fast-path-drops-partial-window float32-size-arithmetic
negative-size-truncates-to-one one-element-stride-not-expanded same-pad-kernel-half
same-pad-negative-total backward-lets-padding-win finite-sentinel-padding
int-output-promoted-to-float int8-padding-zero mirror-padding
oversized-padding-leaks-sentinel replicate-padding running-max-starts-at-zero
zero-padding-wins bwd-dilation-h-used-for-w bwd-oh-ow-arguments-swapped
ceil-overhang-clamped-to-last dilation-only-in-shape huge-dilation-loop-counter-overflow
last-column-missed narrow-row-vector-load odd-width-row-pointer output-hw-swapped
reshape-wrong-axes stride-args-unused column-major-tie-order ties-split-evenly
minus-zero-miscompare nan-depends-on-simd-lane nan-dropped argmax-output-is-values
argmax-without-updating-maxval index-extra-batch-dim index-float32-precision index-is-float
index-local-to-window index-narrowed-before-check index-stored-in-half
bwd-reads-past-last-window bwd-workspace-not-initialised dx-not-zeroed
gather-uses-kernel-not-effective mkl-maxpoolgrad-wrong overlap-assigned-not-accumulated
pointer-shift-accumulates return-inside-loop unsynchronised-scatter dx-uses-x-strides
large-tensor-layout-switch unbatched-detected-as-nhwc x-noncontiguous-read-raw
grid-dimension-limit large-output-large-window negate-trick-overflows
plane-offset-int32-overflow graph-cache-key-incomplete pooling-overwrites-input
program-cache-second-run second-backward-corrupts-indices argmax-not-validated
attribute-length-not-validated empty-batch-backward-reshape empty-channel-accepted
negative-output-shape negative-padding-accepted adaptive-as-fixed-kernel
avg-bwd-divisor-disagrees avg-ceil-overhang-divisor avg-clamped-at-zero-on-pad
avg-divisor-override-ignored avg3d-batch-stride-missing-depth init-value-ignored
lp-signed-fractional-power-nan lp-zero-window-nan-gradient result-of-clamp-discarded
unpool-duplicate-index-gradient own-abs-max own-byteswapped own-clip-right-pad
own-clip-strict own-drop-index-zero own-fmax-value-nan-index own-int-min-index
own-kernel-range-minus-one own-last-chunk-dropped own-min own-min-of-x-minus-one-fill
own-mutates-nan own-output-reused own-pads-hw-swapped own-uint8-as-int8
own-upsample-equality
""".split()  # noqa: SIM905 - a list of words is read and compared more easily
"""The ids of the survey of known bugs that the zoo began from."""


def test_every_surveyed_bug_is_a_member_or_left_out_with_a_reason() -> None:
    assert len(SURVEYED) == len(set(SURVEYED)) == 98
    assert not bugs().keys() & left_out().keys()
    assert set(SURVEYED) <= bugs().keys() | left_out().keys()
    assert left_out().keys() <= set(SURVEYED)
    assert all(left_out().values())


def test_what_was_not_surveyed_is_called_our_own() -> None:
    assert all(name in SURVEYED or name.startswith("own-") for name in bugs())


def test_a_bug_is_cited_exactly_where_it_was_met_in_public() -> None:
    for name, bug in bugs().items():
        assert bug.id == name
        assert (bug.citation is None) == name.startswith("own-"), name
        if bug.citation is not None:
            repository, number = bug.citation.ref.split("#")
            assert bug.citation.url.startswith(f"https://github.com/{repository}/")
            assert bug.citation.url.endswith(f"/{int(number)}")


def test_every_member_says_what_it_does_and_which_clauses_it_breaks() -> None:
    for bug in bugs().values():
        assert bug.wrong.endswith("."), bug.id
        assert bug.trigger, bug.id
        assert bug.clauses, bug.id
        assert set(bug.clauses) <= clauses().keys(), bug.id


def test_every_clause_is_the_first_that_some_member_breaks() -> None:
    first = {bug.clauses[0] for bug in bugs().values()}
    assert sorted(clauses().keys() - first) == []


@pytest.mark.parametrize("bug", list(bugs().values()), ids=lambda bug: bug.id)
def test_a_member_differs_from_sound_on_its_trigger(bug: Bug) -> None:
    right = bug.show(Sound())
    assert right == bug.show(Sound()), "the trigger does not repeat"
    assert right != bug.show(bug.make())


@pytest.mark.parametrize("spelling", ["zero-padding-wins", "zero_padding_wins"])
def test_a_member_is_an_attribute_of_the_module_members(spelling: str) -> None:
    loaded = getattr(import_module("conformance.zoo.members"), spelling)
    assert type(loaded) is type(member("zero-padding-wins"))


def test_sound_is_an_attribute_of_the_module_members() -> None:
    assert type(import_module("conformance.zoo.members").sound) is Sound


def test_every_member_is_a_new_implementation_each_time() -> None:
    members = import_module("conformance.zoo.members")
    assert sorted(dir(members)) == sorted(bugs())
    for name in bugs():
        loaded = getattr(members, name)
        assert loaded is not getattr(members, name)
        assert loaded.claims <= features().keys()
        assert not loaded.dialect
        assert all(callable(getattr(loaded, part)) for part in ("forward", "backward", "indices"))


def test_an_unknown_member_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="zero-padding-wins"):
        member("zero-padding-win")
    with pytest.raises(AttributeError, match="zero-padding-wins"):
        getattr(import_module("conformance.zoo.members"), "zero-padding-win")
