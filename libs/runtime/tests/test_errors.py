import pytest
from tidelake.runtime.errors import Blocked, LakeError, Poison, Terminal, Transient


class StoreAway(LakeError, Transient):
    pass


@pytest.mark.parametrize("caught", [StoreAway, Transient, LakeError])
def test_an_error_is_caught_by_its_class_by_its_marker_and_as_the_lakes_own(caught: type[Exception]):
    with pytest.raises(caught, match="away"):
        raise StoreAway("The store is away.")


@pytest.mark.parametrize("other", [Blocked, Poison, Terminal])
def test_a_marker_does_not_catch_what_carries_another(other: type[Exception]):
    assert not issubclass(StoreAway, other)
