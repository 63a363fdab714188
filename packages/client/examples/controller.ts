/** The code of docs/client.md about the controller, as a program: it wants FAIRLEAD_CONTROLLER_URL and FAIRLEAD_API_KEY. */
// #region controller
import { createControllerClient } from '@fairlead/client';

const controller = createControllerClient({
  url: process.env['FAIRLEAD_CONTROLLER_URL'] ?? 'http://127.0.0.1:8082',
  apiKey: process.env['FAIRLEAD_API_KEY'],
});
const { capacity, decision } = await controller.getCapacity();
console.log(capacity, decision?.words);

for await (const { id, words } of controller.each('listDecisions', { kind: 'promotion', changes: 'true' })) {
  console.log(id, words);
}
// #endregion controller
