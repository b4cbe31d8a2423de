import { DomainEvent, Query } from "sluice";
import { schemaCommand } from "sluice/messages";
import { z } from "zod";

/** Its fields come from outside, so a schema checks them. */
export class ProcessFiles extends schemaCommand(z.object({ fileIds: z.array(z.string()).max(1_000) }))<{
  fileId: string;
  status: string;
}> {}

export class CountFiles extends Query<{ processed: number }> {}

export class FileProcessed extends DomainEvent {
  constructor(readonly fileId: string) {
    super();
  }
}
