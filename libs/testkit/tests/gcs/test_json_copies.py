"""JSON API: new objects out of stored ones."""

import pytest
from tidelake.testkit.gcs.in_process import Ask

A = "/storage/v1/b/lake/o/a"
TO_B = {
    "copy": f"POST {A}/copyTo/b/lake/o/b",
    "rewrite": f"POST {A}/rewriteTo/b/lake/o/b",
    "move": f"POST {A}/moveTo/o/b",
}
EACH_WAY = pytest.mark.parametrize("line", TO_B.values(), ids=TO_B.keys())


@EACH_WAY
def test_content_and_attributes_arrive_under_a_new_generation(ask: Ask, line: str) -> None:
    generation = ask.put("a", b"content")
    ask.json(f"PATCH {A}", {"contentType": "text/csv", "metadata": {"k": "v"}})
    ask.json(line)
    document = ask.json("GET /storage/v1/b/lake/o/b")
    assert (document["contentType"], document["metadata"]) == ("text/csv", {"k": "v"})
    assert int(document["generation"]) > int(generation)
    assert ask.content("b") == b"content"


@EACH_WAY
def test_the_target_must_be_as_demanded(ask: Ask, line: str) -> None:
    ask.put("a", b"content")
    current = ask.put("b", b"before")
    assert ask(f"{line}?ifGenerationMatch=0").status == 412
    assert (ask.content("a"), ask.content("b")) == (b"content", b"before")
    assert ask(f"{line}?ifGenerationMatch={current}").status == 200
    assert ask.content("b") == b"content"


@EACH_WAY
def test_the_source_must_be_as_demanded(ask: Ask, line: str) -> None:
    generation = int(ask.put("a"))
    assert ask(f"{line}?ifSourceGenerationMatch={generation + 1}").status == 412
    assert ask.content("b") is None
    assert ask(f"{line}?ifSourceGenerationMatch={generation}").status == 200


def test_a_move_takes_the_source_away(ask: Ask) -> None:
    ask.put("a", b"content")
    ask.json(TO_B["move"])
    assert (ask.content("a"), ask.content("b")) == (None, b"content")
    assert ask(TO_B["move"]).status == 404
    assert len(list((ask.directory / "blobs").iterdir())) == 1


def test_an_object_does_not_move_to_its_own_name(ask: Ask) -> None:
    ask.put("a", b"content")
    assert ask(f"POST {A}/moveTo/o/a").status == 400
    assert ask.content("a") == b"content"


def test_a_copy_outlives_its_source(ask: Ask) -> None:
    ask.put("a", b"content")
    ask.json(TO_B["copy"])
    ask("DELETE /lake/a")
    again = ask.reopened()
    assert again.content("b") == b"content"
    again.store.close()


def test_a_rewrite_says_that_it_is_done(ask: Ask) -> None:
    ask.put("a", b"content")
    answer = ask.json(f"{TO_B['rewrite']}?maxBytesRewrittenPerCall=1048576", {"contentType": "text/csv"})
    assert (answer["done"], answer["objectSize"], answer["totalBytesRewritten"]) == (True, "7", "7")
    assert answer["resource"]["contentType"] == "text/csv"


def test_a_copy_may_ask_for_one_generation(ask: Ask) -> None:
    old = ask.put("a", b"old")
    ask.put("a", b"new")
    assert ask(f"{TO_B['copy']}?sourceGeneration={old}").status == 404


def test_composed_content_is_the_parts_in_order_and_has_no_md5(ask: Ask) -> None:
    ask.put("a", b"first, ")
    ask.put("b", b"second")
    parts = {"sourceObjects": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}
    document = ask.json("POST /storage/v1/b/lake/o/c/compose", parts)
    assert ask.content("c") == b"first, secondfirst, "
    assert "md5Hash" not in document
    media = ask.json("POST /upload/storage/v1/b/lake/o?uploadType=media&name=d", b"first, secondfirst, ")
    assert document["crc32c"] == media["crc32c"]


def test_a_composition_checks_the_target_and_each_part(ask: Ask) -> None:
    generation = int(ask.put("a"))
    compose = "POST /storage/v1/b/lake/o/c/compose"
    wrong = {"name": "a", "objectPreconditions": {"ifGenerationMatch": str(generation + 1)}}
    assert ask(compose, {"sourceObjects": [wrong]}).status == 412
    assert ask(compose, {"sourceObjects": [{"name": "a", "generation": str(generation + 1)}]}).status == 404
    assert ask(compose, {"sourceObjects": [{"name": "absent"}]}).status == 404
    assert ask(compose, {"sourceObjects": []}).status == 400
    assert ask(compose, {"sourceObjects": [{"name": "a"}], "deleteSourceObjects": True}).status == 501
    assert ask.content("c") is None
    assert ask(f"{compose}?ifGenerationMatch=0", {"sourceObjects": [{"name": "a"}]}).status == 200
    assert ask(f"{compose}?ifGenerationMatch=0", {"sourceObjects": [{"name": "a"}]}).status == 412
    assert list((ask.directory / "uploads").iterdir()) == []
