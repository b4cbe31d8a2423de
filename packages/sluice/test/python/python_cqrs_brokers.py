"""Publishes and consumes with python-cqrs over real brokers: one JSON list in, one JSON list out."""

import asyncio
import json
import sys

import cqrs
from cqrs.adapters.amqp import amqp_consumer_factory, amqp_publisher_factory
from cqrs.adapters.kafka import kafka_producer_factory
from cqrs.deserializers import JsonDeserializer
from cqrs.message_brokers.amqp import AMQPMessageBroker
from cqrs.message_brokers.kafka import KafkaMessageBroker
from faststream import kafka

sys.dont_write_bytecode = True
from python_cqrs import event_of, fields_of, hand_over, models  # noqa: E402


async def send(broker_name, url, way, model, fields):
    if broker_name == "kafka":
        producer = kafka_producer_factory(url)
        broker, close = KafkaMessageBroker(producer), producer._producer.stop
    else:
        publisher = amqp_publisher_factory(url)
        broker, close = AMQPMessageBroker(publisher, "python-cqrs"), publisher.channel_pool.close
    try:
        await hand_over(broker, way, event_of(model, fields))
    finally:
        await close()


async def receive_kafka(url, topic, model, count):
    """As the README of python-cqrs consumes: a subscriber of FastStream, which decodes and acknowledges."""
    received, done = [], asyncio.Event()
    broker = kafka.KafkaBroker(bootstrap_servers=[url], logger=None)

    async def decoder(message):
        return JsonDeserializer(models[model])(message.body)

    @broker.subscriber(topic, group_id=topic, auto_offset_reset="earliest", decoder=decoder)
    async def handle(body, message: kafka.KafkaMessage):
        received.append(body)
        await message.ack()
        if len(received) == count:
            done.set()

    async with broker:
        await broker.start()
        await done.wait()
    return received


async def receive_amqp(url, topic, model, count):
    received, done = [], asyncio.Event()

    async def handle(message):
        received.append(JsonDeserializer(models[model])(message.body))
        await message.ack()
        if len(received) == count:
            done.set()

    consuming = asyncio.create_task(amqp_consumer_factory(url).consume(handle, topic))
    await done.wait()
    consuming.cancel()
    return received


async def receive(broker_name, url, topic, model, count):
    consume = receive_kafka if broker_name == "kafka" else receive_amqp
    events = await consume(url, topic, model, count)
    return [
        fields_of(event) if isinstance(event, cqrs.INotificationEvent) else {"error": event.error_message}
        for event in events
    ]


async def main():
    calls = {"send": send, "receive": receive}
    async with asyncio.timeout(60):
        print(json.dumps([await calls[name](*arguments) for name, *arguments in json.load(sys.stdin)]))


asyncio.run(main())
