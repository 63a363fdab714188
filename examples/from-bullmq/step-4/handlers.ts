/** Step 4, the consumer: started with FAIRLEAD_HANDLERS naming this file. */
// #region handlers
import { handlersThat } from '../handlers.ts';

export default handlersThat((tenant, mail) => {
  console.log(`${tenant}: a mail to ${mail.to}`);
});
// #endregion handlers
