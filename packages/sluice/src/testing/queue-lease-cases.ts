import type { QueueStore } from "../queue/queue-store.js";
import { expect, expectEqual } from "./expect.js";
import { expectCode, workerNamed } from "./store-test-bed.js";

/** A case for a queue with nothing in it. */
export interface QueueCase {
  readonly title: string;
  body(queue: QueueStore): Promise<void>;
}

const numbersOf = (leases: readonly { readonly bucket: number }[]) =>
  leases.map(({ bucket }) => bucket).sort((a, b) => a - b);

/** A lease that has ended as soon as it was taken: the moment of the store's clock has passed when it is asked again. */
const noTime = 1;

const untilLater = () => new Promise((resolve) => setTimeout(resolve, 20));

export const leaseCases: readonly QueueCase[] = [
  {
    title: "gives each bucket to one worker (O3)",
    async body({ leases, buckets }) {
      const [first, second] = [workerNamed("first"), workerNamed("second")];
      await leases.join(first);
      await leases.join(second);
      const some = await leases.take(first, Math.ceil(buckets / 2));
      const rest = await leases.take(second, buckets);
      expectEqual(some.length, Math.ceil(buckets / 2), "What the first took");
      expectEqual(numbersOf([...some, ...rest]), [...Array(buckets).keys()], "All of them together");
      expectEqual((await leases.take(first, buckets)).length, 0, "What is left");
      const renewed = await leases.renew(first);
      expectEqual(numbersOf(renewed.held), numbersOf(some), "What the first still holds");
      expectEqual(renewed.workers, 2, "Workers alive");
    },
  },
  {
    title: "gives each bucket to one worker when eight want them at the same moment (O3)",
    async body({ leases, buckets }) {
      const workers = Array.from({ length: 8 }, (_, n) => workerNamed(`worker ${n}`));
      await Promise.all(workers.map((worker) => leases.join(worker)));
      const taken = await Promise.all(workers.map((worker) => leases.take(worker, Math.ceil(buckets / 8))));
      for (const [n, worker] of workers.entries()) {
        const { held } = await leases.renew(worker);
        expectEqual(numbersOf(held), numbersOf(taken[n] ?? []), "What a worker was given, and what it holds");
      }
      const all = numbersOf(taken.flat());
      expectEqual(new Set(all).size, all.length, "Buckets that nobody shares");
    },
  },
  {
    title: "hands a bucket whose lease has ended to the next, under a higher epoch (O3)",
    async body({ leases, buckets }) {
      const [first, second] = [workerNamed("first", noTime), workerNamed("second")];
      await leases.join(first);
      const before = await leases.take(first, buckets);
      await untilLater();
      await leases.join(second);
      const after = await leases.take(second, buckets);
      expectEqual(numbersOf(after), numbersOf(before), "What the second took");
      for (const { bucket, epoch } of after) {
        const earlier = before.find((lease) => lease.bucket === bucket);
        expect(
          epoch > (earlier?.epoch ?? epoch),
          `Bucket ${bucket} has epoch ${epoch} after ${earlier?.epoch}.`,
        );
      }
      expectEqual((await leases.renew(first)).held, [], "What the first still holds");
    },
  },
  {
    title: "lets a worker keep a bucket whose lease has ended and that nobody took (O3)",
    async body({ leases, buckets }) {
      const worker = workerNamed("late", noTime);
      await leases.join(worker);
      const taken = await leases.take(worker, buckets);
      await untilLater();
      expectEqual((await leases.renew(worker)).held.length, taken.length, "What it holds");
    },
  },
  {
    title: "takes buckets back, but none that has changed hands (O3)",
    async body({ leases, buckets }) {
      const [first, second] = [workerNamed("first", noTime), workerNamed("second")];
      await leases.join(first);
      await leases.join(second);
      const stale = await leases.take(first, buckets);
      await untilLater();
      const held = await leases.take(second, buckets);
      await leases.release(stale);
      expectEqual(
        (await leases.renew(second)).held.length,
        held.length,
        "What is held after a stale release",
      );
      await leases.release(held.slice(0, 1));
      expectEqual((await leases.renew(second)).held.length, held.length - 1, "What is held after a release");
      expectEqual((await leases.take(second, buckets)).length, 1, "What can be taken again");
    },
  },
  {
    title: "forgets a worker that leaves, with all that it held (O3)",
    async body({ leases, buckets, desk }) {
      const [first, second] = [workerNamed("first"), workerNamed("second")];
      await leases.join(first);
      await leases.take(first, buckets);
      expectEqual((await desk.stats()).workers, [{ name: "first", buckets }], "Who serves");
      await leases.leave(first);
      await leases.join(second);
      expectEqual((await leases.take(second, buckets)).length, buckets, "What the next is given");
      expectEqual((await desk.stats()).workers, [{ name: "second", buckets }], "Who serves then");
    },
  },
  {
    title: "refuses a second worker of one name while the first is alive",
    async body({ leases }) {
      const gone = workerNamed("relay", noTime);
      await leases.join(gone);
      await untilLater();
      const first = workerNamed("relay");
      await leases.join(first);
      await leases.join(first);
      await expectCode(() => leases.join(workerNamed("relay")), "SLUICE_WORKER_NAME_TAKEN", "The second");
      await expectCode(() => leases.renew(gone), "SLUICE_WORKER_NAME_TAKEN", "The one from before");
    },
  },
];
