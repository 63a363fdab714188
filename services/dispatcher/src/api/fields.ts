/** Pieces that the shapes of several operations are made of. */
import { z } from 'zod';

/** The router checks its form, and answers WORKSPACE_NAME_INVALID. */
export const workspaceName = z
  .string()
  .meta({ description: 'Name of a workspace: a-z, 0-9 and "-", 1 to 63 of them', examples: ['acme'] });
