import subprocess
import sys
from pathlib import Path

import pytest
from tidelake.local.stubs import StubGenerationFailed, generate_stubs

_PROTO = """\
syntax = "proto3";
package tidelake.example.v1;
service Example { rpc Ask(Question) returns (Answer); }
message Question { string text = 1; }
message Answer { string text = 1; }
"""
_SERVICE = Path("services/some-service/src/some_service/generated")
_CLIENT = Path("libs/client/src/tidelake/client/generated")


def repo(folder: Path, proto: str = _PROTO) -> Path:
    contract = folder / "services/some-service/contract"
    contract.mkdir(parents=True)
    (contract / "example.proto").write_text(proto, encoding="utf-8")
    return folder


def test_service_and_client_get_the_same_stubs_and_one_process_may_import_both(tmp_path: Path) -> None:
    root = repo(tmp_path)
    generate_stubs(root)
    for target in (_SERVICE, _CLIENT):
        names = {path.name for path in (root / target).iterdir()}
        assert names >= {"__init__.py", "example_pb2.py", "example_pb2.pyi", "example_pb2_grpc.py"}
    # In a process of its own: what is imported stays in protobuf's pool.
    code = (
        "import sys\n"
        f"sys.path[:0] = [{str((root / _SERVICE).parent)!r}, {str(root / 'libs/client/src/tidelake')!r}]\n"
        "from generated.example_pb2_grpc import ExampleStub\n"
        "from client.generated.example_pb2_grpc import ExampleServicer\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_stubs_that_are_right_already_are_not_touched(tmp_path: Path) -> None:
    root = repo(tmp_path)
    first = generate_stubs(root)
    before = {path: path.stat().st_mtime_ns for path in first}
    assert {path: path.stat().st_mtime_ns for path in generate_stubs(root)} == before


@pytest.mark.parametrize(
    ("proto", "said"),
    [
        (_PROTO.replace("message Answer", "massage Answer"), "example.proto:5"),
        (_PROTO.replace("package tidelake.example.v1;", ""), "no package line"),
    ],
)
def test_a_file_that_cannot_be_compiled_is_named_with_the_compilers_words(
    tmp_path: Path, proto: str, said: str
) -> None:
    with pytest.raises(StubGenerationFailed, match=said):
        generate_stubs(repo(tmp_path, proto))
