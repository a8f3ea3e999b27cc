"""The datasets to be written are those that are published and bound to a topic."""

from datetime import timedelta

from bronze_writer.core.dataset import Dataset
from bronze_writer.core.datasets import datasets_of
from bronze_writer.on_twins import LakeOnTwins
from tidelake.contracts import names
from tidelake.contracts.registry import PublishedContracts


def test_a_published_contract_is_a_dataset(lake: LakeOnTwins) -> None:
    topic = lake.publish("flights", freshness=5)
    published = PublishedContracts(lake.objects)
    published.refresh()
    (dataset,) = datasets_of(published)
    assert dataset == Dataset(
        name="flights",
        major=1,
        topic=topic,
        table_path="bronze/flights",
        commit_interval=timedelta(seconds=1),
        description=dataset.description,
        bound_topic_id=lake.topics.topic_id(topic),
    )


def test_one_whose_topic_is_not_bound_is_still_being_applied(lake: LakeOnTwins) -> None:
    lake.publish("flights")
    lake.objects.delete(names.topic_binding_path("flights", 1))
    published = PublishedContracts(lake.objects)
    published.refresh()
    assert datasets_of(published) == ()
