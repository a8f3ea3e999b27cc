from ingest_router.core.inflight import InFlight


def test_a_charge_beyond_the_budget_takes_nothing() -> None:
    budget = InFlight(100)
    with budget.charge("a") as one, budget.charge("b") as other, budget.charge("c") as third:
        assert one.take(50)
        assert other.take(40)
        assert not third.take(11)
        assert budget.taken == 90


def test_one_producer_has_at_most_half_and_others_get_in() -> None:
    budget = InFlight(100)
    with budget.charge("greedy") as one, budget.charge("greedy") as two, budget.charge("modest") as other:
        assert one.take(40)
        assert not two.has_room(11)
        assert not two.take(11)
        assert two.take(10)
        assert other.has_room(50)
        assert other.take(50)


def test_asking_for_room_takes_nothing() -> None:
    budget = InFlight(100)
    with budget.charge("a") as charge:
        assert charge.has_room(50)
        assert budget.taken == 0


def test_everything_comes_back_when_the_request_ends() -> None:
    budget = InFlight(100)
    with budget.charge("a") as one, budget.charge("b") as other:
        assert one.take(50)
        assert other.take(50)
        assert not one.take(1)
    assert budget.taken == 0
    with budget.charge("a") as again:
        assert again.take(50)


def test_a_request_that_fails_gives_back_too() -> None:
    budget = InFlight(100)
    try:
        with budget.charge("a") as charge:
            assert charge.take(50)
            raise ValueError
    except ValueError:
        pass
    assert budget.taken == 0
