import type { components, paths } from "./schema.gen";

/** The parts of the API's description, by name. */
export type Schemas = components["schemas"];

/** An address of the API as its description has it, with its parameters in braces. */
export type Path = keyof paths;

/** The methods that an address takes. */
export type Method<P extends Path> = {
  [M in keyof paths[P]]: NonNullable<paths[P][M]> extends { responses: unknown } ? M : never;
}[keyof paths[P]] &
  string;

/** What an address answers when all is well. */
export type Answer<P extends Path, M extends Method<P>> = paths[P][M] extends { responses: infer Responses }
  ? JsonOf<Responses[keyof Responses & (200 | 201 | 202)]>
  : never;

type JsonOf<Response> = Response extends { content: { "application/json": infer Body } } ? Body : never;

/** The names in braces of an address. */
export type PathValues<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [N in Name]: string } & PathValues<Rest>
  : unknown;

/** Fills the parameters of an address in. */
export const fillIn = (path: string, values: Readonly<Record<string, string>>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
