import { describe } from "../../errors/describe.js";
import type { OwnAttribute, OwnAttributes } from "./attribute-names.js";
import { isMediaType } from "./media-type.js";

const lowerCaseOrDigits = /^[a-z0-9]+$/;
const printableAscii = /^[\x20-\x7e]*$/;
const illegal = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
const required = ["specversion", "id", "source", "type"] as const;
const neverEmpty = ["id", "source", "type", "partitionkey"] as const;
const neverEmptyExtensions: ReadonlySet<string> = new Set(["subject", "dataschema"]);

/** What CloudEvents demands of the name of an attribute. */
export const expectedName = 'lower-case letters and digits, and not "data"';
/** What CloudEvents demands of the value of an attribute that is text. */
export const expectedText = "text without control characters, unpaired surrogates and noncharacters";

export function isAttributeName(name: string): boolean {
  return name !== "data" && lowerCaseOrDigits.test(name);
}

export function isAttributeText(value: unknown): value is string {
  return typeof value === "string" && (printableAscii.test(value) || !illegal.test(value));
}

/** Whether the value of an extension may be this; `subject` and `dataschema` count as such here. */
export function isExtensionValue(name: string, value: unknown): value is string {
  return isAttributeText(value) && (value !== "" || !neverEmptyExtensions.has(name));
}

/** What is wrong with what was given, in the words of its binding; the moment is looked at by whoever reads it. */
export function problemOf(
  given: OwnAttributes,
  nameOf: { readonly [name in OwnAttribute]: string },
): string | undefined {
  for (const name of required) if (given[name] === undefined) return `${nameOf[name]} is missing`;
  if (given.specversion !== "1.0") {
    return `${nameOf.specversion} is ${describe(given.specversion)}; expected "1.0"`;
  }
  for (const name of neverEmpty) if (given[name] === "") return `${nameOf[name]} is empty`;
  const { datacontenttype } = given;
  if (datacontenttype === undefined || isMediaType(datacontenttype)) return undefined;
  return `its media type is ${describe(datacontenttype)}; expected one such as "application/json"`;
}
