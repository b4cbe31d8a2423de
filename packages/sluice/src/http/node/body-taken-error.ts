import { SluiceError } from "../../errors/sluice-error.js";

/** The body of a request was read before Sluice was asked, and nothing of it is left. */
export class BodyTakenError extends SluiceError {
  readonly code = "SLUICE_HTTP_BODY_TAKEN";

  constructor(options?: ErrorOptions) {
    super(
      "The request's body was read before, and req.body is undefined. Mount Sluice before the middleware that reads " +
        "bodies, or use one that leaves what it read in req.body, as express.json() does.",
      options,
    );
  }
}
