/** The code of docs/client.md, as a program: it wants FAIRLEAD_URL and FAIRLEAD_API_KEY. */
// #region create
import { ApiProblem, createClient } from '@fairlead/client';

const fairlead = createClient({
  url: process.env['FAIRLEAD_URL'] ?? 'http://127.0.0.1:8080',
  apiKey: process.env['FAIRLEAD_API_KEY'],
});
// #endregion create

// #region add
const order = { orderId: 4711, to: 'ada@example.com' };
const added = await fairlead.addJob({
  workspace: 'acme',
  idempotencyKey: `receipt-${order.orderId}`,
  body: { type: 'email.receipt', payload: order },
});
console.log(added.id, added.state);
// #endregion add

// #region problem
try {
  await fairlead.retryJob({ workspace: 'acme', id: added.id });
} catch (error) {
  if (!(error instanceof ApiProblem)) throw error;
  if (error.code !== 'JOB_NOT_DEAD') throw error;
  console.log(error.status, error.message);
}
// #endregion problem

// #region each
for await (const job of fairlead.each('listJobs', { workspace: 'acme', type: 'email.receipt' })) {
  console.log(job.id, job.state, job.attempts);
}
// #endregion each

// #region batch
async function* welcomes() {
  for (const to of ['ada@example.com', 'grace@example.com']) {
    yield { workspace: 'acme', type: 'email.welcome', payload: { to } };
  }
}
const { accepted, refused, results } = await fairlead.addJobs(welcomes());
console.log(accepted, refused, results.length);
// #endregion batch

// #region signal
const job = await fairlead.getJob({ workspace: 'acme', id: added.id, signal: AbortSignal.timeout(5_000) });
console.log(job.payload);
// #endregion signal
