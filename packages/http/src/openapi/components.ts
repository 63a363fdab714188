/** From zod schemas to the JSON Schemas of an OpenAPI document, with its named ones in one place. */
import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** By clients. What may be left out differs: a field with a default is always received. */
export type Direction = 'sent' | 'received';

export interface Components {
  /**
   * The schema as a client sends or receives it. One with an `id` in its meta is a reference to a component.
   *
   * @throws Error when two schemas share a name and are not the same
   */
  schema(of: z.ZodType, direction: Direction): JsonSchema;
  /** The same as a component of this name, unless it has a name of its own. */
  named(name: string, of: z.ZodType, direction: Direction): JsonSchema;
  /** The response as a reference to a component of this name. */
  response(name: string, response: object): object;
  /** The schemas with a name so far. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  readonly responses: Readonly<Record<string, object>>;
}

export function createComponents(): Components {
  const schemas: Record<string, JsonSchema> = {};
  const responses: Record<string, object> = {};

  function keep(name: string, schema: JsonSchema): void {
    const kept = schemas[name];
    if (kept !== undefined && JSON.stringify(kept) !== JSON.stringify(schema)) {
      throw new Error(`two schemas are named ${name}: give one of them another id, or none`);
    }
    schemas[name] = schema;
  }

  function schema(of: z.ZodType, direction: Direction): JsonSchema {
    // In an object, so that a name of its own makes a reference of it too.
    const { properties, $defs = {} } = toJsonSchema(z.object({ it: of }), direction) as {
      properties: { it: JsonSchema };
      $defs?: Record<string, JsonSchema>;
    };
    for (const [name, named] of Object.entries($defs)) keep(name, atComponents(named));
    return atComponents(properties.it);
  }

  return {
    schemas,
    responses,
    schema,
    response(name, response) {
      responses[name] = response;
      return { $ref: `#/components/responses/${name}` };
    },
    named(name, of, direction) {
      const found = schema(of, direction);
      if ('$ref' in found) return found;
      keep(name, found);
      return { $ref: `#/components/schemas/${name}` };
    },
  };
}

/** `addJob` → `AddJob` */
export function pascal(id: string): string {
  return id.charAt(0).toUpperCase() + id.slice(1);
}

function toJsonSchema(schema: z.ZodType, direction: Direction): object {
  return z.toJSONSchema(schema, {
    io: direction === 'sent' ? 'input' : 'output',
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      // Of what is coerced, and then checked, only the check says what is meant.
      if (direction === 'sent' && def.type === 'pipe' && isCoerced(def.in)) {
        Object.assign(jsonSchema, toJsonSchema(def.out as z.ZodType, direction));
      }
      // What JSON numbers can hold anyway.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      // The format says it, and the pattern cannot be read.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      // Of a TypeScript array, not of what is sent.
      if (def.type === 'readonly') delete jsonSchema.readOnly;
      delete jsonSchema.$schema;
      delete jsonSchema.id;
    },
  });
}

function isCoerced(schema: z.core.$ZodType): boolean {
  return (schema._zod.def as { coerce?: boolean }).coerce === true;
}

function atComponents(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}
