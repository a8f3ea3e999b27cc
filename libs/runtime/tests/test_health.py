import threading

from tidelake.runtime.health import Health


def test_a_process_that_has_said_nothing_is_not_ready_but_lives():
    health = Health()
    assert (health.ready(), health.live()) == (False, True)


def test_it_is_ready_when_all_its_components_are():
    health = Health()
    health.set("kafka", True)
    assert health.ready()
    health.set("store", False, "answers 503")
    assert not health.ready()
    assert health.report() == {
        "ready": False,
        "live": True,
        "stopping": False,
        "dead": None,
        "components": {
            "kafka": {"ok": True, "reason": ""},
            "store": {"ok": False, "reason": "answers 503"},
        },
    }
    health.forget("store")
    assert health.ready()


def test_a_process_that_stops_is_never_ready_again():
    health = Health()
    health.stopping()
    health.set("kafka", True)
    assert (health.ready(), health.live()) == (False, True)


def test_a_dead_process_is_neither_and_keeps_the_first_reason():
    health = Health()
    health.set("kafka", True)
    health.dead("the commit hangs")
    health.dead("something after it")
    assert (health.ready(), health.live()) == (False, False)
    assert health.report()["dead"] == "the commit hangs"


def test_many_threads_may_report_at_once():
    health = Health()

    def report(name: str) -> None:
        for i in range(200):
            health.set(name, i % 2 == 1)
            health.report()

    threads = [threading.Thread(target=report, args=(f"component-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert health.ready()
