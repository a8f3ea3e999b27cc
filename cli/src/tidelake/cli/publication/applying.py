"""Putting a checked contract into force: topics, binding, publication. Every step may be repeated."""

from collections.abc import Callable

from tidelake.cli.following.following import Following
from tidelake.cli.following.problems import KeysWouldMove
from tidelake.contracts import names
from tidelake.contracts.bindings import TopicBinding, accept_new_topic, bind_topic, read_binding
from tidelake.contracts.contract import Contract
from tidelake.contracts.names import TopicPlan
from tidelake.contracts.publishing import publish
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.streams.errors import FewerPartitions, UnknownTopic
from tidelake.streams.missing_topics import make_missing
from tidelake.streams.topics import TopicSpec

from .checking import Checked
from .lake import Lake

Told = Callable[[str], None]
# With three copies, an acknowledged record survives the loss of any one broker.
_MIN_INSYNC_FROM = 3


class TopicMadeAnew(LakeError, Terminal):
    """The topic that the table is filled from is gone, and another one has its name."""

    def __init__(self, contract: Contract, bound: TopicBinding, found: str) -> None:
        self.dataset = contract.dataset
        self.bound = bound
        self.found = found
        super().__init__(
            f"The topic {bound.topic} was made anew: {contract.dataset} is filled from the one with id "
            f"{bound.topic_id}, and Kafka has {found} now. What was in the old one and not yet in bronze is "
            "gone, so bronze was not pointed at the new one. If that is known and accepted, it goes on from "
            f"the new one's start after ./lake dataset apply --accept-new-topic {contract.dataset}."
        )


class ContractedPartitions(LakeError, Terminal):
    """The contract asks for fewer partitions than its topic has."""

    def __init__(self, contract: Contract, has: int) -> None:
        self.dataset = contract.dataset
        self.has = has
        super().__init__(
            f"The contract of {contract.dataset} asks for {contract.partitions} partitions, its topic "
            f"{contract.topic} has {has}, and Kafka can take none away. It stays as it is. Set the "
            f"customProperty partitions to {has} or more."
        )


def check_topic(lake: Lake, contract: Contract, accept: bool) -> None:
    """Asks whether the topic, if there is one, can be what the contract asks for; changes nothing.

    Raises ContractedPartitions, KeysWouldMove, TopicMadeAnew, and what Kafka and the store raise.
    """
    try:
        has = lake.topics.partitions(contract.topic)
        topic_id = lake.topics.topic_id(contract.topic)
    except UnknownTopic:
        return
    if contract.table is not None and has != contract.partitions:
        raise KeysWouldMove(contract, has)
    if has > contract.partitions:
        raise ContractedPartitions(contract, has)
    bound = read_binding(lake.objects, contract.dataset, contract.major)
    if bound is not None and bound.topic_id != topic_id and not accept:
        raise TopicMadeAnew(contract, bound, topic_id)


def put_into_force(
    lake: Lake, checked: Checked, accept: bool, told: Told, following: Following | None = None
) -> TopicBinding:
    """Make the topics, bind the dataset's, begin to follow its table, publish the contract. Services take it
    from there.

    Publication comes last: what services see is complete. `accept`: a topic that was made anew is bound.
    Raises ContractedPartitions, KeysWouldMove, TopicMadeAnew, VersionTaken, what `following` raises, and what
    Kafka and the store raise.
    """
    contract = checked.draft.contract
    check_topic(lake, contract, accept)
    for made in make_missing(lake.topics, [_spec(plan, lake.replication) for plan in names.INTERNAL_TOPICS]):
        told(f"made topic {made}")
    plan = TopicPlan(contract.topic, contract.partitions, names.topic_config(contract.retention))
    try:
        changed = lake.topics.ensure(_spec(plan, lake.replication))
    except FewerPartitions as problem:
        raise ContractedPartitions(contract, problem.has) from problem
    told(f"topic {contract.topic} with {contract.partitions} partitions{'' if changed else ', as it was'}")
    binding = _bind(lake, contract, accept, told)
    if following is not None:
        following.begin(told)
    published = publish(lake.objects, contract, checked.draft.text, checked.json_schema)
    told(f"contract {contract.dataset} {contract.version}{' published' if published else ', as it was'}")
    return binding


def _bind(lake: Lake, contract: Contract, accept: bool, told: Told) -> TopicBinding:
    found = TopicBinding(contract.topic, lake.topics.topic_id(contract.topic))
    bound = bind_topic(lake.objects, contract.dataset, contract.major, found)
    if bound == found:
        return found
    if not accept:
        raise TopicMadeAnew(contract, bound, found.topic_id)
    while bound != found:  # somebody else may accept at the same time
        accept_new_topic(lake.objects, contract.dataset, contract.major, found)
        bound = read_binding(lake.objects, contract.dataset, contract.major)
    told(f"accepted the new topic {found.topic} with id {found.topic_id}")
    return found


def _spec(plan: TopicPlan, replication: int) -> TopicSpec:
    config = dict(plan.config)
    if replication >= _MIN_INSYNC_FROM:
        config["min.insync.replicas"] = str(replication - 1)
    return TopicSpec(plan.name, plan.partitions, replication, config)
