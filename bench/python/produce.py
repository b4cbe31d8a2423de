"""Adds rows to the outbox of python-cqrs, has its EventProducer publish them to a broker that does nothing, and prints,
as JSON, how many a second that are. Called with the way to an empty database and how many rows."""

import asyncio
import json
import logging
import sys
import time

import cqrs
from cqrs.message_brokers import protocol
from cqrs.outbox.sqlalchemy import Base
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

# Importing it turns its debug log on, which would take most of the time.
logging.getLogger("cqrs").setLevel(logging.WARNING)

BATCH = 1_000


class Nothing(protocol.MessageBroker):
    """A broker that does nothing."""

    def __init__(self):
        self.taken = 0

    async def send_message(self, message):
        self.taken += 1


async def main(url, rows):
    engine = create_async_engine(url.replace("postgres://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    events = cqrs.OutboxedEventMap()
    events.register("moved", cqrs.NotificationEvent[dict])

    async with AsyncSession(engine) as session:
        outbox = cqrs.SqlAlchemyOutboxedEventRepository(session, event_map=events)
        for n in range(rows):
            outbox.add(
                cqrs.NotificationEvent[dict](
                    event_name="moved", topic="moves", payload={"key": f"key-{n % 1000}", "text": "x" * 88}
                )
            )
        await outbox.commit()

    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.exec_driver_sql("vacuum analyze outbox")

    broker = Nothing()
    async with AsyncSession(engine) as session:
        outbox = cqrs.SqlAlchemyOutboxedEventRepository(session, event_map=events)
        producer = cqrs.EventProducer(broker, outbox)
        start = time.perf_counter()
        # As its documentation writes the loop, without the pause between two batches.
        async for batch in producer.event_batch_generator(BATCH):
            if not batch:
                break
            for event in batch:
                await producer.send_message(event)
            await outbox.commit()
        took = time.perf_counter() - start
    await engine.dispose()
    if broker.taken != rows:
        raise SystemExit(f"{broker.taken} of {rows} rows were published.")
    print(json.dumps({"rate": rows / took}))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
