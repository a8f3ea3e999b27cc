from ingest_router.core.inflight import InFlight


def test_a_charge_beyond_the_budget_takes_nothing() -> None:
    budget = InFlight(100)
    with budget.charge() as charge:
        assert charge.take(60)
        assert not charge.take(41)
        assert budget.taken == 60


def test_everything_comes_back_when_the_request_ends() -> None:
    budget = InFlight(100)
    with budget.charge() as one, budget.charge() as other:
        assert one.take(60)
        assert other.take(40)
        assert not one.take(1)
    assert budget.taken == 0


def test_a_request_that_fails_gives_back_too() -> None:
    budget = InFlight(100)
    try:
        with budget.charge() as charge:
            charge.take(100)
            raise ValueError
    except ValueError:
        pass
    assert budget.taken == 0
