"""Sends and reads events with python-cqrs: one JSON list in, one JSON list out."""

import asyncio
import base64
import dataclasses
import datetime
import json
import logging
import sys
import uuid

import cqrs
import pydantic
from cqrs.deserializers import JsonDeserializer
from cqrs.deserializers.protobuf import ProtobufDeserializer
from cqrs.events import EventEmitter, EventMap, PydanticNotificationEvent
from cqrs.message_brokers.amqp import AMQPMessageBroker
from cqrs.message_brokers.kafka import KafkaMessageBroker
from cqrs.outbox.mock import MockOutboxedEventRepository
from cqrs.serializers import ProtobufEventSerializer
from cqrs.serializers.default import passthrough_value_serializer
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

logging.disable(logging.CRITICAL)


@dataclasses.dataclass
class Order:
    order_id: str
    total: float


class OrderPlaced(cqrs.NotificationEvent[Order]):
    event_name: str = "order.placed"
    payload: Order


class PydanticOrder(pydantic.BaseModel):
    order_id: str
    total: float


class PydanticOrderPlaced(PydanticNotificationEvent[PydanticOrder]):
    pass


class ProtoOrderPlaced(cqrs.NotificationEvent[dict]):
    payload: dict

    def proto(self):
        message = Struct()
        message.update({"event_id": str(self.event_id), "order": self.payload})
        return message

    @classmethod
    def from_proto(cls, message):
        fields = MessageToDict(message)
        return cls(
            event_id=uuid.UUID(fields["event_id"]),
            event_name="order.placed",
            topic="orders",
            payload=fields["order"],
        )


models = {
    "dataclass": OrderPlaced,
    "any payload": cqrs.NotificationEvent,
    "pydantic": PydanticOrderPlaced,
    "pydantic, any payload": PydanticNotificationEvent,
    "protobuf": ProtoOrderPlaced,
}


def plain(payload):
    if dataclasses.is_dataclass(payload):
        return dataclasses.asdict(payload)
    return payload.model_dump() if isinstance(payload, pydantic.BaseModel) else payload


def fields_of(event):
    moment = event.event_timestamp
    return {
        "event_id": str(event.event_id),
        "event_name": event.event_name,
        "event_timestamp": (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc))
        .astimezone(datetime.timezone.utc)
        .isoformat(timespec="milliseconds"),
        "topic": event.topic,
        "payload": plain(event.payload),
    }


def read(model, body):
    body = base64.b64decode(body)
    deserializer = (
        ProtobufDeserializer(models[model], Struct) if model == "protobuf" else JsonDeserializer(models[model])
    )
    event = deserializer(body)
    return fields_of(event) if isinstance(event, cqrs.INotificationEvent) else {"error": event.error_message}


class Sent(list):
    """Stands where python-cqrs hands a message to the client of Kafka or of RabbitMQ."""

    async def produce(self, topic, message, headers=None):
        self.append((topic, passthrough_value_serializer()(message), headers or {}))

    async def publish(self, message, queue_name, exchange_name):
        content_type = {} if message.content_type is None else {"content-type": message.content_type}
        self.append((queue_name, message.body, {**message.headers, **content_type}))


def event_of(model, fields):
    payload = fields["payload"]
    if model == "dataclass":
        payload = Order(**payload)
    if model == "pydantic":
        payload = PydanticOrder(**payload)
    moment = datetime.datetime.fromisoformat(fields["event_timestamp"])
    return models[model](**{**fields, "payload": payload, "event_timestamp": moment})


async def hand_over(broker, way, event, serializer=None):
    """Emits an event, or has the producer of the outbox publish it."""
    if way == "emitted":
        await EventEmitter(EventMap(), None, broker, serializer=serializer).emit(event)
    else:
        repository = MockOutboxedEventRepository(dict, serializer=serializer)
        repository.add(event)
        for row in await repository.get_many():
            await cqrs.EventProducer(broker, repository).send_message(row)


async def send(broker_name, way, model, fields):
    sent = Sent()
    broker = KafkaMessageBroker(sent) if broker_name == "kafka" else AMQPMessageBroker(sent, "exchange")
    event = event_of(model, fields)
    serializer = ProtobufEventSerializer({ProtoOrderPlaced: Struct}) if model == "protobuf" else None
    await hand_over(broker, way, event, serializer)
    [(topic, body, headers)] = sent
    return {
        "topic": topic,
        "headers": headers,
        "body": base64.b64encode(body).decode(),
        "fields": fields_of(event),
    }


async def main():
    answers = []
    for name, *arguments in json.load(sys.stdin):
        answers.append(read(*arguments) if name == "read" else await send(*arguments))
    print(json.dumps(answers))


if __name__ == "__main__":
    asyncio.run(main())
