"""The mail service: hears of orders on Kafka, tells their customers, and tells everybody that it has."""

import asyncio
import dataclasses
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
from cqrs.container.di import DIContainer

kafka = os.environ.get("KAFKA", "127.0.0.1:9092")
folder = os.environ.get("FOLDER", ".")


@dataclasses.dataclass(frozen=True)
class OrderPlaced(cqrs.DomainEvent):
    message_id: str
    order_id: str
    customer: str


class Mails:
    """The mails that were sent. A message may come twice; its id lets it have one mail."""

    def __init__(self):
        self.db = sqlite3.connect(os.path.join(folder, "mail.db"), isolation_level=None)
        self.db.execute("create table if not exists mails (message_id text primary key, order_id text, text text)")

    def send(self, event: OrderPlaced) -> None:
        text = f"Dear {event.customer}, your order {event.order_id} is on its way."
        new = self.db.execute(
            "insert or ignore into mails values (?, ?, ?)", (event.message_id, event.order_id, text)
        )
        if new.rowcount == 1:
            print(text, flush=True)


class SendMail(cqrs.EventHandler[OrderPlaced]):
    def __init__(self, mails: Mails) -> None:
        self.mails = mails

    async def handle(self, event: OrderPlaced) -> None:
        self.mails.send(event)


def make_mediator(mails: Mails) -> cqrs.EventMediator:
    container = di.Container()
    container.bind(di.bind_by_type(di.dependent.Dependent(lambda: mails, scope="request"), Mails))
    return bootstrap.bootstrap(
        di_container=container,
        events_mapper=lambda events: events.bind(OrderPlaced, SendMail),
    )


async def run() -> None:
    mediator = make_mediator(Mails())
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(
        "orders",
        bootstrap_servers=kafka,
        group_id="mail",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await producer.start()
    await consumer.start()
    print("tells customers, in Python", flush=True)
    try:
        async for record in consumer:
            order = from_kafka_event(KafkaMessage(dict(record.headers), record.key, record.value))
            if order.get_type() == "order.placed":
                data = order.get_data()
                await mediator.send(OrderPlaced(order.get_id(), data["orderId"], data["customer"]))
                sent = mail_sent(order, data["orderId"])
                await producer.send_and_wait("mails", sent.value, sent.key.encode(), headers=list(sent.headers.items()))
            await consumer.commit()  # not before all of it is done
    finally:
        await consumer.stop()
        await producer.stop()


def mail_sent(order: CloudEvent, order_id: str) -> KafkaMessage:
    attributes = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"mail.sent/{order.get_id()}")),  # the same on every try
        "source": "/mail",
        "type": "mail.sent",
        "datacontenttype": "application/json",
        "partitionkey": order_id,
    }
    return to_binary_event(CloudEvent(attributes, {"orderId": order_id}))


async def end_with(parent: int, task: asyncio.Task) -> None:
    """Whoever started it may be killed."""
    while os.getppid() == parent:
        await asyncio.sleep(1)
    task.cancel()


async def main() -> None:
    running = asyncio.create_task(run())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    watching = asyncio.create_task(end_with(os.getppid(), running))
    try:
        await running
    except asyncio.CancelledError:
        pass
    watching.cancel()


logging.getLogger("cqrs").setLevel(logging.WARNING)
asyncio.run(main())
