/** Owns both servers and waits to be killed. */
import { privatePostgres, privateRedis } from '@fairlead/testkit';

const redis = await privateRedis();
const postgres = await privatePostgres();
const [row] = await postgres.query('SHOW data_directory');
console.log(
  JSON.stringify({
    msg: 'listening',
    url: redis.url,
    redisPid: redis.pid(),
    postgresData: row?.data_directory,
    postgresPort: postgres.port,
  }),
);
setInterval(() => {}, 1_000);
