"""What must hold of an object for a change to be made."""

import orjson
import pytest
from tidelake.testkit.gcs.in_process import Ask


@pytest.mark.parametrize("line", ["PUT /lake/a", "POST /upload/storage/v1/b/lake/o?uploadType=media&name=a"])
def test_absent_is_demanded_and_found_or_not(ask: Ask, line: str) -> None:
    absent = {"x-goog-if-generation-match": "0"}
    assert ask(line, b"first", absent).status == 200
    assert ask(line, b"second", absent).status == 412
    assert ask.content("a") == b"first"


def test_a_generation_is_demanded_and_found_or_not(ask: Ask) -> None:
    generation = ask.put("a", b"first")
    other = str(int(generation) + 1)
    assert ask("PUT /lake/a", b"second", {"x-goog-if-generation-match": other}).status == 412
    assert ask("PUT /lake/a", b"second", {"x-goog-if-generation-match": generation}).status == 200
    assert ask("PUT /lake/a", b"third", {"x-goog-if-generation-match": generation}).status == 412
    assert ask("PUT /lake/absent", b"third", {"x-goog-if-generation-match": generation}).status == 412
    assert ask.content("a") == b"second"


def test_a_missing_object_is_missing_whatever_was_demanded_of_it(ask: Ask) -> None:
    assert ask("GET /storage/v1/b/lake/o/a?ifGenerationMatch=5").status == 404
    assert ask("DELETE /storage/v1/b/lake/o/a?ifGenerationMatch=5").status == 404
    assert ask("POST /storage/v1/b/lake/o/a/rewriteTo/b/lake/o/b?ifSourceGenerationMatch=5").status == 404
    assert ask("POST /storage/v1/b/lake/o/a/moveTo/o/b?ifSourceGenerationMatch=5").status == 404
    assert ask("DELETE /lake/a").status == 404


def test_a_deleted_object_is_absent_again(ask: Ask) -> None:
    generation = ask.put("a")
    assert ask(f"DELETE /storage/v1/b/lake/o/a?ifGenerationMatch={int(generation) + 1}").status == 412
    assert ask(f"DELETE /storage/v1/b/lake/o/a?ifGenerationMatch={generation}").status == 204
    assert ask("PUT /lake/a", b"new", {"x-goog-if-generation-match": "0"}).status == 200


def test_each_api_words_the_refusal_in_its_own_way(ask: Ask) -> None:
    ask.put("a")
    json_answer = ask("POST /upload/storage/v1/b/lake/o?uploadType=media&name=a&ifGenerationMatch=0", b"x")
    error = orjson.loads(json_answer.body)["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (412, "conditionNotMet")
    xml_answer = ask("PUT /lake/a", b"x", {"x-goog-if-generation-match": "0"})
    assert b"<Code>PreconditionFailed</Code>" in xml_answer.body


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        ("GET /storage/v1/b/lake/o/a?ifMetagenerationMatch=1", {}),
        ("GET /storage/v1/b/lake/o?versions=true", {}),
        ("PUT /lake/a", {"if-match": "x"}),
        ("GET /lake/a", {"if-none-match": "x"}),
    ],
)
def test_a_condition_that_is_not_built_is_refused_and_never_ignored(
    ask: Ask, line: str, headers: dict[str, str]
) -> None:
    ask.put("a", b"before")
    answer = ask(line, b"after", headers)
    assert answer.status == 501
    assert ask.content("a") == b"before"


def test_a_generation_that_is_no_number_is_refused(ask: Ask) -> None:
    assert ask("PUT /lake/a", b"", {"x-goog-if-generation-match": "none"}).status == 400
