"""Publishes with python-cqrs to a broker, or consumes what it has published there, and prints, as JSON, how many messages
a second that are. Called with kafka or amqp, the server's URL, publish or consume, a topic, how many messages, and how
many calls are under way.

What it promises is less: its Kafka producer waits for the leader only and gives no key, its RabbitMQ queue and messages do
not outlive the server, and there it takes one message at a time."""

import asyncio
import json
import logging
import sys
import time

import cqrs
from cqrs.adapters.amqp import amqp_consumer_factory, amqp_publisher_factory
from cqrs.adapters.kafka import kafka_producer_factory
from cqrs.bootstrap import events as bootstrap_events
from cqrs.deserializers import JsonDeserializer
from cqrs.events import EventEmitter, EventMap
from cqrs.message_brokers.amqp import AMQPMessageBroker
from cqrs.message_brokers.kafka import KafkaMessageBroker
from faststream import AckPolicy, kafka

# Importing it turns its debug log on, which would take most of the time.
logging.disable(logging.CRITICAL)

TEXT = "x" * 100


class OrderPlaced(cqrs.NotificationEvent[dict]):
    payload: dict


class NewInstances:
    """Makes an instance for each run, as Sluice does without a container."""

    async def resolve(self, type_):
        return type_()


class Seen:
    """As bench/src/brokers/all-seen.ts: counting begins once a fifth has come."""

    def __init__(self, messages):
        self.left, self.counted = messages, messages - messages // 5
        self.all = asyncio.Event()

    def see(self, payload):
        if payload["text"] != TEXT:
            return
        self.left -= 1
        if self.left == self.counted:
            self.start = time.perf_counter()
        if self.left == 0:
            self.rate = self.counted / (time.perf_counter() - self.start)
            self.all.set()


async def publish(transport, url, topic, messages, in_flight):
    if transport == "kafka":
        producer = kafka_producer_factory(url)
        broker, close = KafkaMessageBroker(producer), producer._producer.stop
    else:
        publisher = amqp_publisher_factory(url)
        broker, close = AMQPMessageBroker(publisher, "python-cqrs"), publisher.channel_pool.close
    emitter = EventEmitter(EventMap(), NewInstances(), broker)

    async def emit(n):
        await emitter.emit(OrderPlaced(event_name="order.placed", topic=topic, payload={"n": n, "text": TEXT}))

    async def lane(numbers):
        for n in numbers:
            await emit(n)

    try:
        # The first one connects.
        await emit(0)
        numbers = iter(range(1, messages))
        start = time.perf_counter()
        await asyncio.gather(*(lane(numbers) for _ in range(in_flight)))
        return (messages - 1) / (time.perf_counter() - start)
    finally:
        await close()


def mediator_showing(seen):
    class Handler(cqrs.EventHandler[OrderPlaced]):
        async def handle(self, event):
            seen.see(event.payload)

    return bootstrap_events.bootstrap(
        NewInstances(), events_mapper=lambda events: events.bind(OrderPlaced, Handler)
    )


async def consume_kafka(url, topic, messages):
    """As its README does: a subscriber of FastStream, which decodes, gives it to the mediator, and acknowledges."""
    seen = Seen(messages)
    mediator = mediator_showing(seen)
    broker = kafka.KafkaBroker(bootstrap_servers=[url], logger=None)

    async def decoder(message):
        return JsonDeserializer(OrderPlaced)(message.body)

    @broker.subscriber(
        topic, group_id="bench", auto_offset_reset="earliest", ack_policy=AckPolicy.MANUAL, decoder=decoder
    )
    async def handle(body, message: kafka.KafkaMessage):
        await mediator.send(body)
        await message.ack()

    async with broker:
        await broker.start()
        await seen.all.wait()
    return seen.rate


async def consume_amqp(url, topic, messages):
    seen = Seen(messages)
    mediator = mediator_showing(seen)

    async def handle(message):
        await mediator.send(JsonDeserializer(OrderPlaced)(message.body))
        await message.ack()

    consuming = asyncio.create_task(amqp_consumer_factory(url).consume(handle, topic))
    await seen.all.wait()
    consuming.cancel()
    return seen.rate


async def main(transport, url, work, topic, messages, in_flight):
    rate = await publish(transport, url, topic, int(messages), int(in_flight))
    if work == "consume":
        consume = consume_kafka if transport == "kafka" else consume_amqp
        rate = await consume(url, topic, int(messages))
    print(json.dumps({"rate": rate}))


asyncio.run(main(*sys.argv[1:]))
