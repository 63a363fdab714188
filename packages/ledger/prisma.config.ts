import { defineConfig } from 'prisma/config';

/**
 * For Prisma's own command line, where its engine binaries can be fetched (`prisma migrate deploy`, `prisma studio`).
 * Nothing of the product reads this file; only commands that reach a database need the URL.
 */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
