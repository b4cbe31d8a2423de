"""The mail service: hears on Kafka what becomes of orders, tells their customers, and tells everybody that it has."""

import asyncio
import logging
import os
import signal
import sqlite3
import uuid

import cqrs
import di
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event, to_binary_event
from cloudevents.core.v1.event import CloudEvent
from cqrs.bootstrap import events as bootstrap

kafka = os.environ.get("KAFKA", "127.0.0.1:9092")
folder = os.environ.get("FOLDER", ".")


class OrderPlaced(cqrs.DomainEvent):
    message_id: str
    order_id: str
    customer: str


class OrderCancelled(cqrs.DomainEvent):
    message_id: str
    order_id: str
    customer: str
    reason: str


class Mails:
    """The mails that were sent. A message may come twice; by its id it has one mail."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(os.path.join(folder, "mail.db"), isolation_level=None)
        self.db.execute("create table if not exists mails (message_id text primary key, order_id text, text text)")

    def send(self, message_id: str, order_id: str, text: str) -> None:
        add = "insert or ignore into mails values (?, ?, ?)"
        if self.db.execute(add, (message_id, order_id, text)).rowcount == 1:
            print(text, flush=True)


mails = Mails()


class ConfirmOrder(cqrs.EventHandler[OrderPlaced]):
    async def handle(self, event: OrderPlaced) -> None:
        text = f"Dear {event.customer}, your order {event.order_id} is on its way."
        mails.send(event.message_id, event.order_id, text)


class Apologise(cqrs.EventHandler[OrderCancelled]):
    async def handle(self, event: OrderCancelled) -> None:
        text = f"Dear {event.customer}, your order {event.order_id} is cancelled. {event.reason}"
        mails.send(event.message_id, event.order_id, text)


def bind(events: cqrs.EventMap) -> None:
    events.bind(OrderPlaced, ConfirmOrder)
    events.bind(OrderCancelled, Apologise)


def event_of(record) -> OrderPlaced | OrderCancelled | None:
    """Reads the CloudEvent of a record as an event of this service."""
    cloud_event = from_kafka_event(KafkaMessage(dict(record.headers), record.key, record.value))
    data = cloud_event.get_data()
    known = (cloud_event.get_id(), data["orderId"], data["customer"])
    match cloud_event.get_type():
        case "order.placed":
            return OrderPlaced(*known)
        case "order.cancelled":
            return OrderCancelled(*known, data["reason"])
    return None


def mail_sent(event: OrderPlaced | OrderCancelled) -> KafkaMessage:
    attributes = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"mail.sent/{event.message_id}")),  # the same on every try
        "source": "/mail",
        "type": "mail.sent",
        "datacontenttype": "application/json",
        "partitionkey": event.order_id,
    }
    return to_binary_event(CloudEvent(attributes, {"orderId": event.order_id}))


async def run() -> None:
    mediator = bootstrap.bootstrap(di_container=di.Container(), events_mapper=bind)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    options = {"auto_offset_reset": "earliest", "enable_auto_commit": False}
    consumer = AIOKafkaConsumer("orders", bootstrap_servers=kafka, group_id="mail", **options)
    await producer.start()
    try:
        await consumer.start()
        print("tells customers, in Python", flush=True)
        async for record in consumer:
            event = event_of(record)
            if event is not None:
                await mediator.send(event)
                sent = mail_sent(event)
                await producer.send_and_wait("mails", sent.value, sent.key.encode(), headers=[*sent.headers.items()])
            await consumer.commit()  # not before all of it is done
    finally:
        await consumer.stop()
        await producer.stop()


async def main() -> None:
    running = asyncio.create_task(run())

    def end() -> None:
        if not running.cancelling():  # a second signal must not interrupt the leaving
            running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)
    parent = os.getppid()
    while not running.done():
        await asyncio.wait([running], timeout=1)
        if os.getppid() != parent:  # whoever started it is gone
            end()
    if not running.cancelled():
        running.result()


logging.getLogger("cqrs").setLevel(logging.WARNING)
asyncio.run(main())
