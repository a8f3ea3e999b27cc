"""`lake up`: starts what does not run yet."""

from tidelake.cli import output
from tidelake.cli.here import default_stack
from tidelake.cli.patience import interruptible
from tidelake.cli.ticks import TickList
from tidelake.local.parts import QUERY, SOURCES


def command() -> None:
    """Start the local stack: GCS emulator, Kafka, ingest-router, log-router and two bronze-writers;
    PostgreSQL, Kafka Connect; Hive Metastore, Trino, silver-processor, query-gateway and monitor.

    LAKE_PARTS=road leaves all but the first six out, LAKE_PARTS=road,sources the last five. What runs
    already is left alone, and told where variables set other settings than it has. Ctrl-C stops what this
    command has started.
    """
    console = output.console()
    stack = default_stack()
    with interruptible() as stop, TickList(console) as ticks:
        stack.up(ticks, stop)
    console.print(f"\nIngest API  {stack.router_url}/v1/datasets/DATASET/events   gRPC {stack.router_grpc}")
    console.print(f"Kafka       {stack.lake.kafka_bootstrap_servers}")
    console.print(f"Lake        {stack.lake.lake_root}   key file {stack.lake.service_account}")
    if SOURCES in stack.parts:
        console.print(f"Connect     {stack.connect_url}")
    if QUERY in stack.parts:
        console.print(f"Query API   {stack.gateway_url}/v1/query   gRPC {stack.gateway_grpc}")
        console.print(f"Trino       {stack.trino.url}   certificate {stack.trino.certificate}")
        console.print(f"Status page {stack.page_url}")
    console.print("\nNext: ./lake demo   ·   ./lake status   ·   ./lake down")
