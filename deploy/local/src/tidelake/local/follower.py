"""The role by which the lake follows a database of the stack's PostgreSQL."""

from pathlib import Path

from tidelake.local.private_files import new_password
from tidelake.local.psql import PostgresLogin
from tidelake.local.source_login import SourceLogin, UnusableLogin, login_path


def make_follower(postgres: PostgresLogin, database: str, logins: Path) -> SourceLogin:
    """Its login, in a file of `logins`; made with its role when there is none. It may log in, replicate, and
    publish tables in `database`; which of them it may read is their owner's matter.

    Raises QueryFailed.
    """
    user = f"lake_{database}"
    try:
        password = SourceLogin.read(logins, database).password
    except UnusableLogin:
        password = new_password()
    login = SourceLogin(login_path(logins, database), "127.0.0.1", postgres.port, user, password)
    there = postgres.ask("postgres", f"select 1 from pg_roles where rolname = '{user}'")
    verb = "alter" if there else "create"
    # By psql's input: a command line is there for everybody to read.
    postgres.tell(
        "postgres",
        f"""{verb} role "{user}" login replication password '{password}';
grant connect, create on database "{database}" to "{user}";""",
    )
    login.write()
    return login
