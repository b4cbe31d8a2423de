"""Prints, as JSON, the nanoseconds that python-cqrs takes for a send, a streamed item, and an item with four events."""

import asyncio
import json
import logging
import statistics
import time

import cqrs
from cqrs.bootstrap.requests import bootstrap, bootstrap_streaming

# Importing it turns its debug log on, which would take most of the time.
logging.getLogger("cqrs").setLevel(logging.WARNING)

ITEMS = 1000
REPEATS = 7


class NewInstances:
    """Makes an instance for each run, as Sluice does without a container."""

    async def resolve(self, type_):
        return type_()


class Rename(cqrs.Request[None]):
    n: int


class Item(cqrs.Response):
    n: int


class Count(cqrs.Request[Item]):
    items: int


class CountWithEvents(cqrs.Request[Item]):
    items: int


class Indexed(cqrs.DomainEvent):
    n: int


class Compared(cqrs.DomainEvent):
    n: int


class Counted(cqrs.DomainEvent):
    n: int


class Audited(cqrs.DomainEvent):
    n: int


class RenameHandler(cqrs.RequestHandler[Rename]):
    async def handle(self, request):
        return None


class CountHandler(cqrs.StreamingRequestHandler[Count]):
    def clear_events(self):
        pass

    async def handle(self, request):
        for n in range(request.items):
            yield Item(n=n)


class CountWithEventsHandler(cqrs.StreamingRequestHandler[CountWithEvents]):
    def __init__(self):
        self._events = []

    @property
    def events(self):
        return self._events.copy()

    def clear_events(self):
        self._events.clear()

    async def handle(self, request):
        for n in range(request.items):
            self._events.append(Indexed(n=n))
            self._events.append(Compared(n=n))
            self._events.append(Counted(n=n))
            self._events.append(Audited(n=n))
            yield Item(n=n)


class Index(cqrs.EventHandler[Indexed]):
    async def handle(self, event):
        pass


class Compare(cqrs.EventHandler[Compared]):
    async def handle(self, event):
        pass


class Tally(cqrs.EventHandler[Counted]):
    async def handle(self, event):
        pass


class Audit(cqrs.EventHandler[Audited]):
    async def handle(self, event):
        pass


def bind_requests(requests):
    requests.bind(Count, CountHandler)
    requests.bind(CountWithEvents, CountWithEventsHandler)


def bind_events(events):
    events.bind(Indexed, Index)
    events.bind(Compared, Compare)
    events.bind(Counted, Tally)
    events.bind(Audited, Audit)


async def nanoseconds(run):
    """The median over the repeats of what one step of a run takes."""
    await run()
    took = []
    for _ in range(REPEATS):
        start = time.perf_counter_ns()
        await run()
        took.append((time.perf_counter_ns() - start) / ITEMS)
    return statistics.median(took)


async def main():
    sender = bootstrap(NewInstances(), commands_mapper=lambda requests: requests.bind(Rename, RenameHandler))
    streamer = bootstrap_streaming(
        NewInstances(),
        commands_mapper=bind_requests,
        domain_events_mapper=bind_events,
        max_concurrent_event_handlers=10,
        concurrent_event_handle_enable=True,
    )

    async def send():
        for n in range(ITEMS):
            await sender.send(Rename(n=n))

    async def stream():
        async for _ in streamer.stream(Count(items=ITEMS)):
            pass

    async def stream_with_events():
        async for _ in streamer.stream(CountWithEvents(items=ITEMS)):
            pass

    took = {
        "send": await nanoseconds(send),
        "stream": await nanoseconds(stream),
        "stream-events": await nanoseconds(stream_with_events),
    }
    print(json.dumps(took))


asyncio.run(main())
