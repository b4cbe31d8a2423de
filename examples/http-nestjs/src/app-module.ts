import { Module } from "@nestjs/common";
import {
  bindings,
  CountFilesHandler,
  CountProcessed,
  exposed,
  ProcessFilesHandler,
} from "@sluice-examples/http-domain";
import { SluiceModule } from "sluice/http/nestjs";
import { FilesController } from "./files-controller.js";

@Module({
  imports: [SluiceModule.forRoot({ path: "api", http: exposed, ...bindings })],
  controllers: [FilesController],
  // Handlers are providers: Nest injects what they ask for.
  providers: [ProcessFilesHandler, CountFilesHandler, CountProcessed],
})
export class AppModule {}
