import { defineConfig } from "vitepress";

const page = (text: string, link: string) => ({ text, link: `/${link}` });

export default defineConfig({
  title: "Sluice",
  description: "Streaming-first CQRS and messaging for TypeScript",
  cleanUrls: true,
  themeConfig: {
    search: { provider: "local" },
    outline: "deep",
    sidebar: [
      {
        text: "Guide",
        items: [
          page("What is Sluice?", ""),
          page("Getting started", "getting-started"),
          page("Streaming", "streaming"),
          page("Events", "events"),
          page("Errors and cancellation", "errors-and-cancellation"),
          page("Containers and scopes", "containers-and-scopes"),
          page("Schemas", "schemas"),
          page("Middleware", "middleware"),
          page("Fallback", "fallback"),
          page("HTTP", "http"),
          page("HTTP in your framework", "http-frameworks"),
          page("Client", "client"),
          page("React", "react"),
          page("Outbox", "outbox"),
          page("Inbox", "inbox"),
          page("The wire", "wire"),
          page("Transactions of other libraries", "orms"),
          page("Testing", "testing"),
        ],
      },
      {
        text: "Reference",
        items: [
          page("Semantics", "semantics"),
          page("Errors by code", "errors"),
          page("Figures", "figures"),
          page("Glossary", "glossary"),
        ],
      },
      {
        text: "Coming from",
        items: [
          page("python-cqrs", "coming-from-python-cqrs"),
          page("MediatR", "coming-from-mediatr"),
          page("@nestjs/cqrs", "coming-from-nestjs-cqrs"),
        ],
      },
      {
        text: "Decisions",
        collapsed: true,
        items: [
          page("Overview", "decisions/"),
          page("A dispatch is its handler's run", "decisions/dispatch-is-run"),
          page("next() is one then", "decisions/next-is-one-then"),
          page("Slots are lent", "decisions/slots"),
          page("Lineage", "decisions/lineage"),
          page("What an abort means", "decisions/abort"),
          page("Scopes", "decisions/scopes"),
          page("Messages on the wire", "decisions/messages"),
          page("Messages in types", "decisions/types"),
          page("The wire", "decisions/wire"),
          page("The published JavaScript is bundled", "decisions/bundled"),
          page("Streams over HTTP", "decisions/http"),
          page("The client's wire", "decisions/client"),
        ],
      },
    ],
  },
});
