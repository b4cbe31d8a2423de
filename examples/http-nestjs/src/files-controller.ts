import { Controller, Get, Sse } from "@nestjs/common";
import { CountFiles, ProcessFiles } from "@sluice-examples/http-domain";
import { from, map } from "rxjs";
import { SluiceMediator } from "sluice/http/nestjs";

/** The application's own routes are as ever, and may use the mediator. */
@Controller("files")
export class FilesController {
  constructor(private readonly mediator: SluiceMediator) {}

  @Get("count")
  count() {
    return this.mediator.send(new CountFiles());
  }

  @Sse("events")
  events() {
    return from(this.mediator.stream(new ProcessFiles({ fileIds: ["a", "b", "c"] }))).pipe(
      map((data) => ({ data })),
    );
  }
}
