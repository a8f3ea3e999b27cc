"""What the README says of the API is what the API says."""

import json
import re
from pathlib import Path

import msgspec
from query_gateway.core.refusals import QuestionRefused, Reason, unknown_table
from query_gateway.inbound.http.answers import refusal_answer
from query_gateway.inbound.http.body import QueryBody
from query_gateway.inbound.problems import problem_of

README = (Path(__file__).parents[1] / "README.md").read_text()


def section(title: str) -> str:
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_fields_of_a_question_are_those_that_are_read():
    rows = re.findall(r"^\| `(\w+)` \|", section("What is asked").split("**gRPC**")[0], re.MULTILINE)
    assert rows == [field.name for field in msgspec.structs.fields(QueryBody)]


def test_every_refusal_is_listed_with_its_codes():
    rows = re.findall(r"^\| `([\w-]+)` \| (\d+) \| (\w+) \|", section("What is refused"), re.MULTILINE)
    problems = (problem_of(QuestionRefused(reason, "", "")) for reason in Reason)
    assert set(rows) == {(one.kind, str(one.http_status), one.grpc_code.name) for one in problems}


def test_the_example_of_a_refusal_is_one():
    (example,) = re.findall(r"```json\n(.*?)```", section("What is refused"), re.DOTALL)
    readable = ("bronze.flights", "ops.datasets", "silver.flights", "silver.flights_outcomes")
    answer = refusal_answer(unknown_table("silver.fligths", readable))
    assert json.loads(example) == json.loads(bytes(answer.body))
