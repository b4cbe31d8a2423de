import { testExample } from "@sluice-examples/http-domain/testing";

testExample(new URL("../dist/main.js", import.meta.url));
