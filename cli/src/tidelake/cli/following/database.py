"""The database whose table is followed, asked by PostgreSQL's own psql."""

import subprocess
from collections.abc import Mapping
from datetime import timedelta

import msgspec
from tidelake.contracts.contract import SourceTable
from tidelake.contracts.source_epoch import SourceEpoch
from tidelake.local.psql import Psql
from tidelake.local.source_login import SourceLogin

from .facts import SlotFacts, SourceFacts
from .problems import DatabaseAway, QuestionRefused, publication_remedy

_WITHIN = timedelta(seconds=10)
_NO_CONNECTION = 2  # psql's exit code

_FACTS = """
select json_build_object(
  'user', current_user,
  'wal_level', current_setting('wal_level'),
  'replicates', (select rolreplication or rolsuper from pg_roles where rolname = current_user),
  'kind', c.relkind,
  'readable', coalesce(has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'), false),
  'key', coalesce((
    select json_agg(a.attname) from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = c.oid and i.indisprimary), '[]'),
  'key_defers', exists(
    select from pg_index i where i.indrelid = c.oid and i.indisprimary and not i.indimmediate),
  'identity', case
    when c.relreplident = 'i' and exists(
      select from pg_index i where i.indrelid = c.oid and i.indisprimary and i.indisreplident) then 'd'
    else coalesce(c.relreplident, '') end,
  'unchangeable', coalesce(
    c.relreplident = 'f' and current_setting('server_version_num')::int >= 180000 and exists(
      select from pg_attribute a where a.attrelid = c.oid and a.attgenerated <> ''), false),
  'columns', (
    select coalesce(json_agg(json_build_object(
      'name', a.attname,
      'written', format_type(a.atttypid, a.atttypmod),
      'type', json_build_object(
        'name', coalesce(b.typname, t.typname),
        'category', t.typcategory,
        'item', case when i.oid is not null then
          json_build_object('name', i.typname, 'category', i.typcategory) end),
      'dimensions', greatest(a.attndims, t.typndims),
      'generated', a.attgenerated <> '') order by a.attnum), '[]')
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
    left join pg_type i on t.typcategory = 'A' and i.oid = coalesce(b.typelem, t.typelem)
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  'owned', coalesce(pg_has_role(c.relowner, 'usage'), false),
  'may_publish', has_database_privilege(current_database(), 'create'),
  'published', case when p.oid is not null then (
    select coalesce(json_agg(t.schemaname || '.' || t.tablename), '[]') from pg_publication_tables t
    where t.pubname = p.pubname and t.rowfilter is null) end,
  'publishes_all', coalesce(
    p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate and not exists(
      select from pg_publication_rel r where r.prpubid = p.oid and r.prattrs is not null), true),
  'slot_of', (
    select coalesce(s.database, '') from pg_replication_slots s where s.slot_name = :'publication'))
from (select 1) one
left join pg_namespace n on n.nspname = :'schema'
left join pg_class c on c.relnamespace = n.oid and c.relname = :'table'
left join pg_publication p on p.pubname = :'publication';
"""
_SLOT = """
select json_build_object(
  'active', active,
  'retained_bytes', coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint)
from pg_replication_slots where slot_name = :'slot' and database = current_database();
"""
_PUBLISH = """
create publication :"publication" for table :"schema".:"table";
"""


class SourceDatabase:
    """One database, by the login that Connect has, too: what it can't do, the connector can't either."""

    def __init__(self, login: SourceLogin, name: str) -> None:
        self._login = login
        self._name = name

    def look(self, table: SourceTable, publication: str) -> SourceFacts:
        """The slot is called as the publication is. Changes nothing. Raises DatabaseAway, QuestionRefused."""
        named = {"schema": table.schema, "table": table.name, "publication": publication}
        [line] = self._ask(_FACTS, named)
        return msgspec.json.decode(line, type=SourceFacts)

    def epoch(self) -> SourceEpoch:
        """Which server it is, in which of its lives. Raises DatabaseAway, QuestionRefused."""
        quoted = self._name.replace("\\", "\\\\").replace("'", "\\'")
        [line] = self._run(f"dbname='{quoted}' replication=database", ("-c", "IDENTIFY_SYSTEM"), "")
        system_id, timeline, *_ = line.split("|")
        return SourceEpoch(system_id, int(timeline))

    def publish(self, table: SourceTable, publication: str) -> None:
        """Makes the publication, of this table alone. Raises DatabaseAway, QuestionRefused."""
        named = {"schema": table.schema, "table": table.name, "publication": publication}
        remedy = f"Let the table's owner run: {publication_remedy(publication, table)}"
        self._ask(_PUBLISH, named, remedy)

    def slot(self, name: str) -> SlotFacts | None:
        """None: there is no such slot. Raises DatabaseAway, QuestionRefused."""
        lines = self._ask(_SLOT, {"slot": name})
        return msgspec.json.decode(lines[0], type=SlotFacts) if lines else None

    def _ask(self, script: str, named: Mapping[str, str], remedy: str = "") -> list[str]:
        variables = [part for name, value in named.items() for part in ("-v", f"{name}={value}")]
        return self._run(self._name, (*variables, "-q", "-f", "-"), script, remedy)

    def _run(self, target: str, what: tuple[str, ...], script: str, remedy: str = "") -> list[str]:
        login = self._login
        psql = Psql(login.hostname, login.port, login.user, {"PGPASSWORD": login.password})
        try:
            done = psql.run(target, what, _WITHIN, script)
        except (OSError, subprocess.TimeoutExpired) as error:
            late = f"no answer within {_WITHIN.total_seconds():g} s."
            why = late if isinstance(error, subprocess.TimeoutExpired) else f"{error}."
            raise DatabaseAway(self._name, login.path, why) from None
        said = " ".join(done.stderr.split()).rstrip("?.")
        if done.returncode == _NO_CONNECTION:
            raise DatabaseAway(self._name, login.path, f"{said}.")
        if done.returncode != 0:
            raise QuestionRefused(self._name, f"{said}.", remedy or "Doing the same again is safe.")
        return done.stdout.splitlines()
