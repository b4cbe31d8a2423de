"""Reads and writes events with the Python SDK of CloudEvents: one JSON list in, one JSON list out."""

import base64
import dataclasses
import json
import sys
from datetime import datetime, timezone

from cloudevents.core.bindings import amqp, http, kafka, rabbitmq
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

event_format = JSONFormat()


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def given_message(binding, key, headers, body):
    content_type = headers.get("content-type")
    others = {name: value for name, value in headers.items() if name != "content-type"}
    if binding == "kafka":
        as_bytes = {name: value.encode() for name, value in headers.items()}
        return kafka.KafkaMessage(headers=as_bytes, key=key, value=body)
    if binding == "amqp":
        return amqp.AMQPMessage({"content-type": content_type}, others, body)
    if binding == "rabbitmq":
        return rabbitmq.RabbitMQMessage(others, content_type, body)
    return http.HTTPMessage(headers, body)


modules = {"kafka": kafka, "amqp": amqp, "rabbitmq": rabbitmq, "http": http}
readers = {
    "kafka": kafka.from_kafka,
    "amqp": amqp.from_amqp,
    "rabbitmq": rabbitmq.from_rabbitmq,
    "http": http.from_http,
}


def read(binding, key, headers, body):
    message = given_message(binding, key, headers, base64.b64decode(body))
    event = readers[binding](message, event_format)
    attributes = event.get_attributes()
    attributes["time"] = attributes["time"].astimezone(timezone.utc).isoformat()
    data = event.get_data()
    return {"attributes": attributes, "data": data if not isinstance(data, bytes) else text(data)}


def write(binding, mode, attributes, data):
    time = datetime.fromisoformat(attributes["time"])
    event = CloudEvent({**attributes, "time": time}, data)
    message = getattr(modules[binding], f"to_{mode}")(event, event_format)
    fields = dataclasses.asdict(message)
    headers = {**fields.get("headers", {}), **fields.get("properties", {})}
    headers.update(fields.get("application_properties", {}))
    if fields.get("content_type") is not None:
        headers["content-type"] = fields["content_type"]
    body = next(fields[name] for name in ("value", "body", "application_data") if name in fields)
    body = body.encode() if isinstance(body, str) else body
    return {
        "key": text(fields.get("key")),
        "headers": {name: text(value) for name, value in headers.items()},
        "body": base64.b64encode(body).decode(),
    }


calls = {"read": read, "write": write}
print(json.dumps([calls[name](*arguments) for name, *arguments in json.load(sys.stdin)]))
